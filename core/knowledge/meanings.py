"""What the texts of an index mean, as vectors: how near a question is to each of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.entries import Entry
from core.knowledge.outline import Outline, outline_of
from core.knowledge.postings import Floats, Numbers, largest
from core.ports.encoder import Encoder

MEANT = 2.0  # what a meaning counts for beside the words
TOLD = 0.3  # the part of question and answer together, beside the phrasings'
FEW = 3  # phrasings: an entry with fewer is compared by its answer's meaning too
MOST_TOLD = 20_000  # entries: above, answers are not encoded
LONGEST_TOLD = 240  # characters of an answer
WIDTH = 3.0  # how fast two texts become strangers as their vectors turn away from each other
SPOKEN = 0.3  # the part of the words' likeness in what the classifier sees
NOWHERE = -1
LIKELY = 400  # phrasings that are compared in full where there is an outline
LIKELY_BY_WORDS = 100
SMALLEST = 1e-6
STRANGE = -1.0  # how near that is which nobody may see: as far as can be


@dataclass(frozen=True, slots=True)
class Meant:
    """How near a question is to each phrasing, and to the answers that were encoded.

    The answers are compared when one is asked for: only those of a few entries are.
    """

    phrasings: Floats
    vector: Floats
    told: Floats
    told_at: Numbers

    def without(self, left_out: NDArray[np.bool_]) -> "Meant":
        """The same where some phrasings are not there."""
        return replace(self, phrasings=np.where(left_out, np.float32(STRANGE), self.phrasings))

    def is_told(self, entries: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Of which entries question and answer together were encoded."""
        return np.asarray(self.told_at[entries] != NOWHERE)

    def answers(self, entries: NDArray[np.intp]) -> Floats:
        """How near question and answer of each are together, where they were encoded."""
        return np.asarray(np.vecdot(self.told[self.told_at[entries]], self.vector), np.float32)


@dataclass(frozen=True, slots=True)
class Meanings:
    """Rows of length one: of each phrasing, and of the answers of entries with few phrasings.

    `told_at` has the row of each entry's answer. `encoder` is of the questions to come. `outline`
    is there where there are many phrasings.
    """

    phrasings: Floats
    told: Floats
    told_at: Numbers
    encoder: Encoder | None = None
    outline: Outline | None = None

    def vector_of(self, readings: Sequence[str]) -> Floats:
        """Between all that a question may have been meant to say, each reading having the same say.

        What was taken for a slip may be a word that is known to the model alone.
        """
        if self.encoder is None:
            raise ValueError("a question without a vector needs an encoder")
        vectors = [self.encoder.encode(reading) for reading in readings]
        if len(vectors) == 1:
            return vectors[0]
        between = np.sum(vectors, axis=0)
        return np.asarray(between / max(float(np.linalg.norm(between)), SMALLEST), np.float32)

    def near(self, vector: Floats, alike: Floats) -> Meant:
        """Compare a question.

        Where there are many phrasings, those that are near by their outline, or `alike` by their
        words, are compared in full.
        """
        # Row by row, in this thread: matrix routines would wake others, and wait for them.
        if self.outline is None:
            near = np.vecdot(self.phrasings, vector)
        else:
            near = self.outline.near(vector)
            likely = np.concatenate([largest(near, LIKELY), largest(alike, LIKELY_BY_WORDS)])
            near[likely] = np.vecdot(self.phrasings[likely], vector)
        return Meant(near, vector, self.told, self.told_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """The vectors of `texts_of` the entries of a snapshot, and the name of their encoder."""

    encoder: str
    rows: Floats


def texts_of(entries: Sequence[Entry]) -> Sequence[str]:
    """What is encoded of entries: each phrasing, and answers where there are few of them."""
    return _texts(entries, answers=_answers(entries))


def encoded(entries: Sequence[Entry], encoder: Encoder, *, most: int | None) -> Meanings | None:
    """The meanings of entries; None when more than `most` texts would have to be encoded now."""
    rows = encoder.known(texts_of(entries), most=most)
    return None if rows is None else arrange(entries, rows, encoder)


def arrange(entries: Sequence[Entry], rows: Floats, encoder: Encoder | None = None) -> Meanings:
    """Meanings from the vectors of `texts_of`. All entries have phrasings, as in an index."""
    count = sum(len(entry.phrasings) for entry in entries)
    phrasings = rows[:count]
    return Meanings(phrasings, rows[count:], _places(entries), encoder, outline_of(phrasings))


def followed(
    old: Meanings, before: Sequence[Entry], after: Sequence[Entry], *, most: int
) -> Meanings | None:
    """The meanings after a change; None when more than `most` texts would have to be encoded.

    Those that stay are the same objects in the same order, and what is new comes after them.
    """
    if old.encoder is None or _answers(before) != _answers(after):
        return None
    now = {entry.id: entry for entry in after}
    stays = np.array([now.get(entry.id) is entry for entry in before], bool)
    new = after[int(stays.sum()) :]
    rows = old.encoder.known(_texts(new, answers=_answers(after)), most=most)
    if rows is None:
        return None
    count = sum(len(entry.phrasings) for entry in new)
    kept = np.repeat(stays, [len(entry.phrasings) for entry in before])
    phrasings = np.concatenate([old.phrasings[kept], rows[:count]])
    return Meanings(
        phrasings,
        np.concatenate([old.told[stays[old.told_at != NOWHERE]], rows[count:]]),
        _places(after),
        old.encoder,
        outline_of(phrasings) if old.outline is None else old.outline.after(kept, rows[:count]),
    )


def kernel(alike: Floats, meant: Floats) -> Floats:
    """What a classifier sees of two texts: their meaning, and the likeness of their words."""
    near = np.exp(np.float32(WIDTH) * (meant - np.float32(1)))
    return np.asarray((1 - SPOKEN) * near + SPOKEN * alike, np.float32)


def _answers(entries: Sequence[Entry]) -> bool:
    return len(entries) <= MOST_TOLD


def _texts(entries: Sequence[Entry], *, answers: bool) -> Sequence[str]:
    texts = [phrasing for entry in entries for phrasing in entry.phrasings]
    return [*texts, *map(_told, filter(_few, entries))] if answers else texts


def _places(entries: Sequence[Entry]) -> Numbers:
    """The row of each entry's answer."""
    told = np.array([_few(entry) and _answers(entries) for entry in entries], bool)
    return np.where(told, np.cumsum(told) - 1, NOWHERE).astype(np.int32)


def _few(entry: Entry) -> bool:
    return 0 < len(entry.phrasings) < FEW


def _told(entry: Entry) -> str:
    return f"{entry.phrasings[0]} {entry.answer[:LONGEST_TOLD]}"
