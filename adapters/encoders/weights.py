"""The weights of MiniLM as their package has them, read without any of its code."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]

LAYERS, HEADS, WIDTH, LONGEST = 6, 12, 384, 512


@dataclass(frozen=True, slots=True)
class Linear:
    """`x @ weight + bias`: weight is [inputs, outputs]."""

    weight: Floats
    bias: Floats


@dataclass(frozen=True, slots=True)
class Norm:
    """Scale and shift after a layer's output is normalised."""

    scale: Floats
    shift: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer; `attended` makes queries, keys and values at once."""

    attended: Linear
    joined: Linear
    joined_norm: Norm
    wide: Linear
    narrow: Linear
    narrow_norm: Norm


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The whole model; `places` has what each word's place adds."""

    words: Floats
    places: Floats
    norm: Norm
    layers: tuple[Layer, ...]


def read_weights(stored: bytes) -> Weights:
    """Read the format safetensors; `ValueError` when something is missing or of another size."""
    tensors = _tensors(stored)
    try:
        kind = tensors["embeddings.token_type_embeddings.weight"][0]
        weights = Weights(
            words=tensors["embeddings.word_embeddings.weight"],
            places=tensors["embeddings.position_embeddings.weight"] + kind,
            norm=_norm(tensors, "embeddings.LayerNorm"),
            layers=tuple(_layer(tensors, f"encoder.layer.{at}") for at in range(LAYERS)),
        )
    except KeyError as error:
        raise ValueError(f"the weights have no {error.args[0]}") from error
    if weights.words.shape[1:] != (WIDTH,) or weights.places.shape != (LONGEST, WIDTH):
        raise ValueError("the weights are of another size")
    return weights


def _tensors(stored: bytes) -> Mapping[str, Floats]:
    """Eight bytes say how long the header is, the header where each tensor lies."""
    size = int.from_bytes(stored[:8], "little")
    header = json.loads(stored[8 : 8 + size])
    body = memoryview(stored)[8 + size :]
    return {
        name: np.frombuffer(body[slice(*told["data_offsets"])], "<f4").reshape(told["shape"])
        for name, told in header.items()
        if name != "__metadata__" and told["dtype"] == "F32"
    }


def _layer(tensors: Mapping[str, Floats], at: str) -> Layer:
    parts = [_linear(tensors, f"{at}.attention.self.{part}") for part in ("query", "key", "value")]
    return Layer(
        attended=Linear(
            np.concatenate([part.weight for part in parts], axis=1),
            np.concatenate([part.bias for part in parts]),
        ),
        joined=_linear(tensors, f"{at}.attention.output.dense"),
        joined_norm=_norm(tensors, f"{at}.attention.output.LayerNorm"),
        wide=_linear(tensors, f"{at}.intermediate.dense"),
        narrow=_linear(tensors, f"{at}.output.dense"),
        narrow_norm=_norm(tensors, f"{at}.output.LayerNorm"),
    )


def _linear(tensors: Mapping[str, Floats], at: str) -> Linear:
    return Linear(np.ascontiguousarray(tensors[f"{at}.weight"].T), tensors[f"{at}.bias"])


def _norm(tensors: Mapping[str, Floats], at: str) -> Norm:
    return Norm(tensors[f"{at}.weight"], tensors[f"{at}.bias"])
