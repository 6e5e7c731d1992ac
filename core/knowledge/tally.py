"""In how many entries of all each word is: what a question weighs is told by this alone."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import orjson

from core.entries import Entry
from core.knowledge.building import words_of
from core.knowledge.features import read, runs
from core.knowledge.texts import own_words

FORMAT = 1
"""Raise it when features are cut in another way: what was counted before is counted again."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts of entries: by the words of phrasings, by their runs of characters, by all words.

    `sizes` are how many different words entries have, together.
    """

    entries: int = 0
    sizes: int = 0
    asked: dict[str, int] = field(default_factory=dict)
    runs: dict[str, int] = field(default_factory=dict)
    said: dict[str, int] = field(default_factory=dict)

    def add(self, entry: Entry, *, times: int = 1) -> None:
        """Count an entry, or with -1 no longer."""
        readings = [read(phrasing) for phrasing in entry.phrasings]
        said = words_of(entry)
        self.entries += times
        self.sizes += times * len(said)
        _count(self.said, said, times)
        _count(self.asked, {word for one in readings for word in own_words(one)}, times)
        _count(self.runs, {run for one in readings for run in runs(one)}, times)

    def to_bytes(self) -> bytes:
        """For a store."""
        parts = [FORMAT, self.entries, self.sizes, self.asked, self.runs, self.said]
        return zlib.compress(orjson.dumps(parts), 1)


def tally_from(stored: bytes) -> Tally | None:
    """None where the bytes are of another format."""
    found = orjson.loads(zlib.decompress(stored))
    if found[0] != FORMAT:
        return None
    _, entries, sizes, asked, of_runs, said = found
    return Tally(entries=entries, sizes=sizes, asked=asked, runs=of_runs, said=said)


def _count(counts: dict[str, int], features: Iterable[str], times: int) -> None:
    for feature in features:
        count = counts.get(feature, 0) + times
        if count > 0:
            counts[feature] = count
        else:
            counts.pop(feature, None)


def known_to(counts: Mapping[str, int], features: Iterable[str]) -> list[str]:
    """The features that some entry has, the rarest first."""
    return sorted({one for one in features if one in counts}, key=lambda one: (counts[one], one))
