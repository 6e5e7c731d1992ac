"""The embedding model for `--semantic`, where it is installed."""

import os
from pathlib import Path

from adapters.encoders.onnx import OnnxEncoder
from adapters.encoders.prepared import read_prepared
from adapters.encoders.vectors import VectorFile

VARIABLE = "SEMANTIC_MODEL"
FOLDER = Path(".trialogue/models/all-MiniLM-L6-v2")


def model() -> OnnxEncoder:
    """The installed model; nothing that it encodes is kept."""
    folder = Path(os.environ.get(VARIABLE) or FOLDER)
    return OnnxEncoder.start(read_prepared(folder), VectorFile.open(Path(":memory:")))
