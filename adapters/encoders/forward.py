"""The model in plain numpy, slow and easy to check: what a prepared graph is compared with."""

import math
from collections.abc import Sequence

import numpy as np

from adapters.encoders.weights import HEADS, Floats, Layer, Linear, Norm, Weights

EPSILON = 1e-12


def forward(weights: Weights, tokens: Sequence[int]) -> Floats:
    """The vector of one text by its tokens, of length one."""
    state = weights.words[list(tokens)] + weights.places[: len(tokens)]
    state = _normed(state, weights.norm)
    for layer in weights.layers:
        state = _layer(state, layer)
    mean = state.mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean), np.float32)


def _layer(state: Floats, layer: Layer) -> Floats:
    state = _normed(state + _linear(_attend(state, layer), layer.joined), layer.joined_norm)
    wide = _linear(state, layer.wide)
    bent = 0.5 * wide * (1 + _erf(wide / math.sqrt(2)))
    return _normed(state + _linear(bent, layer.narrow), layer.narrow_norm)


def _attend(state: Floats, layer: Layer) -> Floats:
    length = len(state)
    parts = np.split(_linear(state, layer.attended), 3, axis=1)
    query, key, value = (part.reshape(length, HEADS, -1).transpose(1, 0, 2) for part in parts)
    scores = query @ key.transpose(0, 2, 1) / math.sqrt(query.shape[2])
    shares = np.exp(scores - scores.max(axis=2, keepdims=True))
    shares /= shares.sum(axis=2, keepdims=True)
    return np.asarray((shares @ value).transpose(1, 0, 2).reshape(length, -1), np.float32)


def _linear(state: Floats, linear: Linear) -> Floats:
    return np.asarray(state @ linear.weight + linear.bias, np.float32)


def _normed(state: Floats, norm: Norm) -> Floats:
    centred = state - state.mean(axis=1, keepdims=True)
    deviation = np.sqrt((centred**2).mean(axis=1, keepdims=True) + EPSILON)
    return np.asarray(centred / deviation * norm.scale + norm.shift, np.float32)


_erf = np.vectorize(math.erf, otypes=[np.float32])
