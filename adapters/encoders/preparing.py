"""Prepare a model from its published weights, and see that it says the same."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from adapters.encoders.forward import forward
from adapters.encoders.graph import build_graph
from adapters.encoders.onnx import open_graph, open_tokenizer
from adapters.encoders.prepared import Prepared, write_prepared
from adapters.encoders.source import MODEL, read_source
from adapters.encoders.weights import Weights, read_weights
from core.errors import UserError

SENTENCES = (
    "How do I reset my password?",
    "Wie viele Urlaubstage habe ich noch?",
    "The printer on the second floor does not take paper, and nobody at the desk answers.",
    "vpn",
)
EXACT = 1e-5  # of each number, before anything is made smaller
NEAR = 0.98  # the cosine afterwards; measured: 0.994

Say = Callable[[str], None]


def prepare_model(source: Path, folder: Path, say: Say) -> Prepared:
    """Read, build, make smaller, compare, write. `UserError` says what is wrong."""
    say(f"Reading {source.name} and checking its hash.")
    files = read_source(source)
    weights = read_weights(files.weights)
    tokenizer = open_tokenizer(files.tokenizer)
    tokens = [tokenizer.encode(sentence).ids for sentence in SENTENCES]
    say("Building the graph, and comparing it with the weights.")
    _compare(weights, tokens, build_graph(weights, small=False), exactly=True)
    small = build_graph(weights, small=True)
    _compare(weights, tokens, small, exactly=False)
    try:
        prepared = write_prepared(folder, MODEL, small, files.tokenizer)
    except OSError as error:
        raise UserError(
            f"{folder} cannot be written: {(error.strerror or str(error)).lower()}. Free some"
            " space (25 MB), or name another place with SEMANTIC_MODEL."
        ) from error
    say(f"{prepared.name} is ready in {folder} ({len(small) / 1e6:.0f} MB).")
    return prepared


def _compare(weights: Weights, tokens: list[list[int]], graph: bytes, *, exactly: bool) -> None:
    run = open_graph(graph)
    for ids in tokens:
        wanted, found = forward(weights, ids), run(ids)
        same = np.abs(wanted - found).max() < EXACT if exactly else wanted @ found > NEAR
        if not same:
            raise UserError(
                "The model that was built does not say what its weights say on this machine;"
                " nothing was installed. Another version of onnxruntime may do better."
            )
