"""The port `Encoder` on onnxruntime, in one thread.

One text at a time: what is in a run together shares the steps of its eight bits, so that a vector
would depend on its neighbours (cosines down to 0.98); together they are a third faster.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray
from tokenizers import Tokenizer

from adapters.encoders.prepared import TOKENS, Prepared
from adapters.encoders.vectors import VectorFile, as_kept
from adapters.encoders.weights import WIDTH
from core.text import clean

LONGEST = 128  # tokens; what is beyond tells little of what a question asks
LONGEST_TEXT = 2_000  # characters that are looked at
AT_ONCE = 500  # texts between two times that vectors are kept
QUIET = 3  # of onnxruntime's log: errors and what is worse

Vectors: TypeAlias = NDArray[np.float32]
Run: TypeAlias = Callable[[Sequence[int]], Vectors]


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxEncoder:
    """A prepared model, running."""

    name: str
    run: Run
    tokenizer: Tokenizer
    vectors: VectorFile

    @classmethod
    def start(cls, prepared: Prepared, vectors: VectorFile) -> "OnnxEncoder":
        """Load a model: about 40 ms, and 60 MB."""
        return cls(
            name=prepared.name,
            run=open_graph(prepared.graph),
            tokenizer=open_tokenizer(prepared.tokenizer),
            vectors=vectors,
        )

    def encode(self, text: str) -> Vectors:
        return self.run(self.tokenizer.encode(clean(text[:LONGEST_TEXT])).ids)

    def known(self, texts: Sequence[str], *, most: int | None) -> Vectors | None:
        found = dict(self.vectors.get(texts))
        missing = sorted({text for text in texts if text not in found})
        if most is not None and len(missing) > most:
            return None
        for at in range(0, len(missing), AT_ONCE):
            made = {text: as_kept(self.encode(text)) for text in missing[at : at + AT_ONCE]}
            self.vectors.put(made)
            found |= made
        if not texts:
            return np.zeros((0, WIDTH), np.float32)
        return np.stack([found[text] for text in texts])


def open_graph(graph: bytes) -> Run:
    """Load a graph: from the tokens of a text to its vector."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = QUIET
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def run(tokens: Sequence[int]) -> Vectors:
        [[vector]] = session.run(None, {TOKENS: np.array([tokens], np.int64)})
        return np.asarray(vector, np.float32)

    return run


def open_tokenizer(tokenizer: bytes) -> Tokenizer:
    """Load a tokenizer that cuts what is too long."""
    opened = Tokenizer.from_buffer(tokenizer)
    opened.no_padding()
    opened.enable_truncation(LONGEST)
    return opened
