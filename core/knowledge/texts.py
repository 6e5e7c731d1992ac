"""The texts that an organization knows, and how alike a question is to each of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.entries import Entry
from core.knowledge.audiences import Audience, Audiences, Hidden
from core.knowledge.features import Reading, following, pairs, read, runs
from core.knowledge.meanings import MEANT, Meant, kernel
from core.knowledge.phrasings import Phrasings
from core.knowledge.postings import Floats, Numbers, Postings
from core.knowledge.reader import Reader
from core.knowledge.words import FUNCTION_WORDS
from core.text import normalise

FUNCTION_WEIGHT = 0.3  # of a function word in the evidence, beside any other word as rare
FUNCTION_LIKENESS = 0.6  # of a function word in the similarity of words
FIRST = 64  # entries that have a word
KINDS = (0.15, 0.2, 0.25, 0.4)  # words, those that follow each other, pairs, characters


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the index sees it: how alike it is to each phrasing, and what its words weigh.

    `kinds` is how alike by each kind of feature, `told` how much of it question and answer of each
    entry have. `misread` is the share of its words that were read as others, `written` the question
    before. `hidden` are the entries that are not for who asks: they are alike to nothing, and
    `reader` does not know their words. `meant` is there where meanings are compared too.
    """

    reading: Reading
    written: str
    alike: Floats
    kinds: Sequence[Floats | None]
    weights: Mapping[str, float]
    told: NDArray[np.float64]
    misread: float
    reader: Reader
    hidden: Hidden | None = None
    meant: Meant | None = None

    @property
    def near(self) -> Floats:
        """How near each phrasing is: by words, and by what they mean."""
        if self.meant is None:
            return self.alike
        return np.asarray(self.alike + np.float32(MEANT) * self.meant.phrasings, np.float32)

    @property
    def seen(self) -> Floats:
        """What a classifier sees of it, for each phrasing."""
        return self.alike if self.meant is None else kernel(self.alike, self.meant.phrasings)

    def without(self, left_out: Hidden, entry_of: Numbers) -> "Question":
        """The same question where some entries are not there."""
        return replace(
            self,
            alike=np.where(left_out[entry_of], np.float32(0), self.alike),
            told=np.where(left_out, 0.0, self.told),
            hidden=left_out if self.hidden is None else left_out | self.hidden,
            meant=None if self.meant is None else self.meant.without(left_out[entry_of]),
        )


@dataclass(frozen=True, slots=True)
class Texts:
    """Phrasings and entries by their number; an entry's phrasings stand together.

    `same` finds a phrasing by its normal form, `kinds` hold the features of phrasings, `passages`
    the words of whole entries; `sizes` are how many different words each has, `lengths` what one
    of them counts for. `audiences` is None where all is for everybody; `documents` are the entries
    that are parts of documents, None where none is. Build them with `core.knowledge.building`.
    """

    entries: Sequence[Entry]
    same: Phrasings
    kinds: Sequence[Postings]
    passages: Postings
    sizes: Numbers
    lengths: Floats
    entry_of: Numbers
    first_of: Numbers
    reader: Reader
    audiences: Audiences | None = None
    documents: Hidden | None = None

    @property
    def phrasings_each(self) -> float:
        """How many phrasings an entry has on average; parts of documents are left aside."""
        counts = np.diff(self.first_of)
        if self.documents is not None:
            counts = counts[~self.documents]
        return float(counts.mean()) if len(counts) else 1.0

    @property
    def own_entries(self) -> Numbers:
        """The entries that are no parts of documents."""
        if self.documents is None:
            return np.arange(len(self.entries), dtype=np.int32)
        return np.flatnonzero(~self.documents).astype(np.int32)

    @property
    def own_phrasings(self) -> Numbers:
        """The phrasings of those."""
        if self.documents is None:
            return np.arange(len(self.entry_of), dtype=np.int32)
        return np.flatnonzero(~self.documents[self.entry_of]).astype(np.int32)

    @property
    def own_entry_of(self) -> Numbers:
        """The place of each of those phrasings' entry among `own_entries`."""
        return np.searchsorted(self.own_entries, self.entry_of[self.own_phrasings]).astype(np.int32)

    def hidden_from(self, asker: Audience | None) -> Hidden | None:
        """The entries that are not for who asks; None where there are none, or all is asked for."""
        if self.audiences is None or asker is None:
            return None
        return self.audiences.hidden_from(asker)

    def exact(self, question: str, hidden: Hidden | None = None) -> Sequence[int]:
        """The phrasing that a question is, letter by letter but for case and punctuation.

        Several where it is asked so in several languages, and nobody can tell in which; what is for
        some people only goes before what is for all. A heading is one where no entry is asked for
        so, and no other passage has it.
        """
        numbers = [
            number
            for number in reversed(self.same.of(normalise(question)))
            if hidden is None or not hidden[self.entry_of[number]]
        ]
        own = [number for number in numbers if not self._is_heading(number)]
        if not own:
            return numbers if len(numbers) == 1 else ()
        theirs = [number for number in own if self.entries[self.entry_of[number]].audience]
        of_language: dict[str, int] = {}
        for number in theirs or own:
            of_language.setdefault(self.entries[self.entry_of[number]].language, number)
        return tuple(of_language.values())

    def _is_heading(self, number: int) -> bool:
        return self.documents is not None and bool(self.documents[self.entry_of[number]])

    def ask(self, question: str, hidden: Hidden | None = None) -> Question | None:
        """Read a question; None where there is nothing to compare it with."""
        reader = self.reader_for(hidden)
        reading, repaired = reader.read(question)
        alike, kinds = self.similarities(reading)
        if alike is None or not len(alike):
            return None
        weights = {word: self.weight(word) for word in reading.words}
        total = sum(weights.values())
        told = self.passages.shares(weights) / (total or 1) * self.lengths
        if hidden is not None:
            alike[hidden[self.entry_of]] = 0
            told[hidden] = 0
        misread = sum(weights.get(word, 0.0) for word in repaired) / (total or 1)
        written = read(question).written if repaired else reading.written
        return Question(reading, written, alike, kinds, weights, told, misread, reader, hidden)

    def reader_for(self, hidden: Hidden | None) -> Reader:
        """Reads a question for somebody: words that only hidden entries have are not known.

        Where the entries here are only some of all, it is not known which have a word.
        """
        if hidden is None or self.reader.known is not self.passages.ids:
            return self.reader
        return self.reader.knowing(Shown(self.passages, hidden))

    def similarities(self, reading: Reading) -> tuple[Floats | None, Sequence[Floats | None]]:
        """How alike each phrasing is to a text: in all, and by each kind of feature."""
        found: list[Floats | None] = [
            postings.similarities(cut(reading))
            for postings, cut in zip(self.kinds, cuts(len(self.kinds)), strict=True)
        ]
        parts = [
            (weight, one)
            for weight, one in zip(_shares(len(self.kinds)), found, strict=True)
            if one is not None
        ]
        if not parts:
            return None, found
        total = sum(weight for weight, _ in parts)
        alike = parts[0][1] * np.float32(parts[0][0] / total)
        for weight, one in parts[1:]:
            alike += one * np.float32(weight / total)
        return alike, found

    def weight(self, word: str) -> float:
        """How much a word tells. A function word that no entry has tells no more than another."""
        weight = self.kinds[0].weight(word)
        return FUNCTION_WEIGHT / FUNCTION_LIKENESS * weight if word in FUNCTION_WORDS else weight

    def phrasing(self, number: int) -> str:
        """A phrasing as it is written."""
        entry = int(self.entry_of[number])
        return self.entries[entry].phrasings[number - int(self.first_of[entry])]


@dataclass(frozen=True, slots=True)
class Shown:
    """The words of entries that are not hidden. Common words are found among the first texts."""

    passages: Postings
    hidden: Hidden

    def __contains__(self, word: object) -> bool:
        entries = self.passages.of(str(word))
        return any(not self.hidden[part].all() for part in (entries[:FIRST], entries[FIRST:]))


def cuts(kinds: int) -> Sequence[Callable[[Reading], Iterable[str]]]:
    """How a text is cut into features of each kind; with two kinds, words and characters alone."""
    every = (own_words, following, pairs, runs)
    return every if kinds == len(every) else every[::3]


def own_words(reading: Reading) -> Iterable[str]:
    """Each word once."""
    return set(reading.words)


def likeness(word: str) -> float:
    """What a word counts for beside any other that is as rare."""
    return FUNCTION_LIKENESS if word in FUNCTION_WORDS else 1.0


def _shares(kinds: int) -> Sequence[float]:
    return KINDS if kinds == len(KINDS) else KINDS[::3]
