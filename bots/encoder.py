"""The model that compares what questions mean, where one is installed."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bots.settings import Settings

if TYPE_CHECKING:
    from adapters.encoders.onnx import OnnxEncoder

RUNNING = ("onnxruntime", "tokenizers")
PREPARING = (*RUNNING, "onnx")
EXTRA = "`pip install 'trialogue[semantic]'`"
INSTALL = "`trialogue kb model install`"
MODEL = "all-MiniLM-L6-v2"

log = structlog.get_logger(service="trialogue")


def model_folder(settings: Settings) -> Path:
    """Where the model is, or would be."""
    return settings.semantic_model or settings.data_dir.absolute() / "models" / MODEL


def open_encoder(settings: Settings) -> "OnnxEncoder | None":
    """Load the model. Without one a line in the log says so, and words are compared alone."""
    from adapters.encoders.prepared import MissingModelError

    try:
        encoder = load_encoder(settings)
    except MissingModelError as error:
        wanted = settings.semantic_model is not None or model_folder(settings).exists()
        say = log.warning if wanted else log.info
        say("only_words_are_compared", message=str(error))
        return None
    log.info("meanings_are_compared", model=encoder.name)
    return encoder


def load_encoder(settings: Settings) -> "OnnxEncoder":
    """Load the model. `MissingModelError` says what is missing."""
    from adapters.encoders.prepared import MissingModelError, read_prepared

    if missing := missing_of(RUNNING):
        raise MissingModelError(
            f"Questions are compared by their words alone, since {missing} is not installed:"
            f" {EXTRA} and {INSTALL} let what they mean count too."
        )
    from adapters.encoders.onnx import OnnxEncoder
    from adapters.encoders.vectors import VectorFile

    prepared = read_prepared(model_folder(settings))
    kept = settings.data_dir.absolute() / "models" / f"{prepared.name}.vectors"
    return OnnxEncoder.start(prepared, VectorFile.open(kept))


def missing_of(packages: tuple[str, ...]) -> str:
    """The packages that are not installed, in one text."""
    return " and ".join(name for name in packages if find_spec(name) is None)
