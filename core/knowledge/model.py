"""What was fitted to an organization's knowledge, as bytes that replicas share."""

import io
from dataclasses import astuple, dataclass
from hashlib import blake2b
from typing import Any
from zipfile import BadZipFile

import numpy as np

from core.knowledge.classifier import Classifier
from core.knowledge.confidence import Calibration, Weights
from core.knowledge.default import DEFAULT
from core.knowledge.default_semantic import DEFAULT_SEMANTIC
from core.knowledge.fitting import calibrate, classify
from core.knowledge.index import Index, build
from core.knowledge.meanings import Encoded, arrange, texts_of
from core.knowledge.postings import Floats
from core.ports.knowledge import Snapshot

FORMAT = 3
"""Raise it when the evidence or the similarities change: what was fitted before is not used."""


UNREADABLE = (ValueError, KeyError, IndexError, OSError, EOFError, ArithmeticError, BadZipFile)
"""What reading bytes of another kind raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A calibration and a classifier, at a revision. `fingerprint` is of what was fitted to.

    `encoder` names the model that meanings were compared by, "" where only words were.
    """

    revision: int
    fingerprint: bytes
    calibration: Calibration
    classes: Floats | None
    encoder: str = ""

    def apply(self, index: Index) -> Index:
        """The index with this model; with its classifier only where both are of the same texts.

        Nothing is taken over where one of them compares meanings and the other does not.
        """
        if self.encoder != index.encoder:
            return index
        same = self.classes is not None and self.fingerprint == fingerprint(index)
        classifier = Classifier(self.classes) if same and self.classes is not None else None
        return index.fitted(classifier, self.calibration, at=self.revision)


def fit(snapshot: Snapshot, encoded: Encoded | None = None) -> Model:
    """Fit everything; takes seconds, see `core.knowledge.fitting` for what bounds it."""
    index, vectors = build(snapshot), None
    if encoded is not None:
        index = index.meaning(arrange(index.entries, encoded.rows))
        vectors = dict(zip(texts_of(index.entries), encoded.rows, strict=True))
    classifier = classify(index)
    return Model(
        revision=snapshot.revision,
        fingerprint=fingerprint(index),
        calibration=calibrate(index.entries, vectors),
        classes=None if classifier is None else classifier.weights,
        encoder="" if encoded is None else encoded.encoder,
    )


def fingerprint(index: Index) -> bytes:
    """Of all phrasings in order, with their entries."""
    digest = blake2b(digest_size=16)
    for entry in index.entries:
        digest.update(entry.id.bytes)
        digest.update("\0".join(entry.phrasings).encode("utf-8", "replace"))
    return digest.digest()


def to_bytes(model: Model) -> bytes:
    """For a store: numbers only, a small format of numpy's."""
    parts: dict[str, Any] = {
        "format": np.array([FORMAT, model.revision], np.int64),
        "fingerprint": np.frombuffer(model.fingerprint, np.uint8),
        "encoder": np.frombuffer(model.encoder.encode(), np.uint8),
        "plain": np.array(astuple(model.calibration.plain)),
        "classified": np.array(astuple(model.calibration.classified)),
        "classes": np.zeros((0, 0)) if model.classes is None else model.classes.astype(np.float16),
    }
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **parts)
    return file.getvalue()


def from_bytes(stored: bytes) -> Model | None:
    """None where the bytes are of another format: it is fitted again."""
    try:
        with np.load(io.BytesIO(stored), allow_pickle=False) as parts:
            kind, revision = (int(number) for number in parts["format"])
            if kind != FORMAT:
                return None
            classes = parts["classes"].astype(np.float32)
            encoder = parts["encoder"].tobytes().decode()
            like = DEFAULT_SEMANTIC if encoder else DEFAULT
            return Model(
                revision=revision,
                fingerprint=parts["fingerprint"].tobytes(),
                calibration=Calibration(
                    plain=_weights(parts["plain"], like.plain),
                    classified=_weights(parts["classified"], like.classified),
                ),
                classes=classes if classes.size else None,
                encoder=encoder,
            )
    except UNREADABLE:
        return None


def of_later_format(stored: bytes) -> bool:
    """Whether a later version of ours wrote this: fitting again would take it from its writer."""
    try:
        with np.load(io.BytesIO(stored), allow_pickle=False) as parts:
            return int(parts["format"][0]) > FORMAT
    except UNREADABLE:
        return False


def _weights(stored: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", like: Weights) -> Weights:
    if stored.shape != (3, len(like.known)) or not np.isfinite(stored).all():
        raise ValueError("weights of another calibration")
    return Weights(*map(tuple, stored.tolist()))
