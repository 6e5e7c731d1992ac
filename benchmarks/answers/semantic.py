"""The embedding model for `--semantic`, where it is installed."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.encoders.prepared import MissingModelError, read_prepared
from adapters.encoders.vectors import VectorFile
from bots.encoder import EXTRA, RUNNING, missing_of

if TYPE_CHECKING:
    from adapters.encoders.onnx import OnnxEncoder

VARIABLE = "SEMANTIC_MODEL"
FOLDER = Path(".trialogue/models/all-MiniLM-L6-v2")


def model() -> "OnnxEncoder":
    """The installed model; nothing that it encodes is kept. `MissingModelError` without one."""
    if missing := missing_of(RUNNING):
        raise MissingModelError(f"--semantic needs {missing}: {EXTRA} installs what it rests on.")
    from adapters.encoders.onnx import OnnxEncoder  # noqa: PLC0415 - needs the extra

    folder = Path(os.environ.get(VARIABLE) or FOLDER)
    return OnnxEncoder.start(read_prepared(folder), VectorFile.open(Path(":memory:")))
