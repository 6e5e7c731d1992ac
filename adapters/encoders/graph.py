"""The model as an ONNX graph, with whole numbers of eight bits for weights where that is wanted.

All texts of a call have as many tokens as each other, so that nothing is padded or masked.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from adapters.encoders.prepared import TOKENS, VECTORS
from adapters.encoders.weights import HEADS, WIDTH, Floats, Layer, Linear, Norm, Weights

LARGEST = 63
"""Weights have seven bits of the eight: two products added up fit into sixteen bits, which is what
processors without VNNI have for them."""
LARGEST_EMBEDDING = 127
EPSILON = 1e-12
FORMAT, OPERATORS = 8, 17
OURS = "com.microsoft"


def build_graph(weights: Weights, *, small: bool) -> bytes:
    """From tokens [texts, length] to vectors [texts, 384] of length one; `small`: eight bits."""
    return bytes(_Graph(small=small).build(weights).SerializeToString())


@dataclass(slots=True, kw_only=True)
class _Graph:
    small: bool
    nodes: list[NodeProto] = field(default_factory=list)
    kept: list[TensorProto] = field(default_factory=list)

    def build(self, weights: Weights) -> ModelProto:
        state = self._norm(self._embedded(weights), weights.norm)
        for layer in weights.layers:
            state = self._layer(state, layer)
        mean = self._add("ReduceMean", state, axes=[1], keepdims=0)
        length = self._add("ReduceL2", mean, axes=[1], keepdims=1)
        self.nodes.append(helper.make_node("Div", [mean, length], [VECTORS]))
        graph = helper.make_graph(
            self.nodes,
            "minilm",
            [helper.make_tensor_value_info(TOKENS, TensorProto.INT64, ["texts", "length"])],
            [helper.make_tensor_value_info(VECTORS, TensorProto.FLOAT, ["texts", WIDTH])],
            self.kept,
        )
        operators = [helper.make_opsetid("", OPERATORS), helper.make_opsetid(OURS, 1)]
        return helper.make_model(graph, ir_version=FORMAT, opset_imports=operators)

    def _embedded(self, weights: Weights) -> str:
        length = self._add("Shape", TOKENS, start=1, end=2)
        nothing = self._keep(np.zeros(1, np.int64))
        places = self._add("Slice", self._keep(weights.places), nothing, length)
        return self._add("Add", self._words(weights.words), places)

    def _words(self, words: Floats) -> str:
        if not self.small:
            return self._add("Gather", self._keep(words), TOKENS)
        scales = np.maximum(np.abs(words).max(axis=1, keepdims=True), 1e-9) / LARGEST_EMBEDDING
        whole = self._add("Gather", self._keep(_rounded(words, scales)), TOKENS)
        factors = self._add("Gather", self._keep(scales.astype(np.float32)), TOKENS)
        return self._add("Mul", self._add("Cast", whole, to=TensorProto.FLOAT), factors)

    def _layer(self, state: str, layer: Layer) -> str:
        made = self._linear(state, layer.attended)
        query, key, value = (f"{made}.{part}" for part in ("query", "key", "value"))
        self.nodes.append(helper.make_node("Split", [made], [query, key, value], axis=2))
        seen = self._add("MultiHeadAttention", query, key, value, domain=OURS, num_heads=HEADS)
        state = self._joined(self._linear(seen, layer.joined), state, layer.joined_norm)
        wide = self._add("Gelu", self._linear(state, layer.wide), domain=OURS)
        return self._joined(self._linear(wide, layer.narrow), state, layer.narrow_norm)

    def _linear(self, state: str, linear: Linear) -> str:
        if not self.small:
            product = self._add("MatMul", state, self._keep(linear.weight))
            return self._add("Add", product, self._keep(linear.bias))
        scales = np.maximum(np.abs(linear.weight).max(axis=0), 1e-9) / LARGEST
        whole = _rounded(linear.weight, scales)
        nothing = self._keep(np.zeros(len(scales), np.int8))
        return self._add(
            "DynamicQuantizeMatMul",
            state,
            self._keep(whole),
            self._keep(scales.astype(np.float32)),
            nothing,
            self._keep(linear.bias),
            domain=OURS,
        )

    def _joined(self, state: str, other: str, norm: Norm) -> str:
        return self._norm(self._add("Add", state, other), norm)

    def _norm(self, state: str, norm: Norm) -> str:
        scale, shift = self._keep(norm.scale), self._keep(norm.shift)
        return self._add("LayerNormalization", state, scale, shift, axis=-1, epsilon=EPSILON)

    def _keep(self, values: NDArray[np.generic]) -> str:
        name = f"w{len(self.kept)}"
        self.kept.append(numpy_helper.from_array(values, name))
        return name

    def _add(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(operator, list(inputs), [name], domain=domain, **attributes)
        )
        return name


def _rounded(values: Floats, scales: NDArray[np.floating]) -> NDArray[np.int8]:
    return np.rint(values / scales).astype(np.int8)
