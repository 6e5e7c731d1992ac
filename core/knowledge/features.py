"""What two texts are compared by: words, words that follow each other, pairs, and characters."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from core.knowledge.courtesies import without_courtesies
from core.knowledge.words import FUNCTION_WORDS, LONGEST, spelt, stems

NEAR = 6  # words among which two make a pair
SHORTEST_RUN, LONGEST_RUN = 2, 4  # characters
CACHED = 50_000  # words whose runs of characters are remembered


@dataclass(frozen=True, slots=True)
class Reading:
    """A text, read: its words in order, and the same as it is written, single spaces."""

    words: Sequence[str]
    written: str
    content: frozenset[str] = field(default=frozenset())


def read(text: str, repair: Callable[[Sequence[str]], Sequence[str]] | None = None) -> Reading:
    """Read a text without the courtesies around it."""
    written = without_courtesies(" ".join(spelt(text)))
    tokens: Sequence[str] = written.split()
    tokens = tokens if repair is None else repair(tokens)
    found = [word for token in tokens for word in stems(token)]
    return Reading(found, " ".join(tokens), frozenset(found) - FUNCTION_WORDS)


def following(reading: Reading) -> set[str]:
    """Each two words that follow each other, and the first and the last one."""
    return {
        f"{one} {other}"
        for one, other in zip(("^", *reading.words), (*reading.words, "$"), strict=True)
    }


def pairs(reading: Reading) -> set[str]:
    """Each two words that tell something and stand near each other, in any order."""
    told = [word for word in reading.words if word not in FUNCTION_WORDS]
    return {
        f"{min(one, other)}~{max(one, other)}"
        for at, one in enumerate(told)
        for other in told[at + 1 : at + NEAR]
        if one != other
    }


def runs(reading: Reading) -> set[str]:
    """Each run of two to four characters, those over a space included."""
    tokens = reading.written.split()
    found: set[str] = set()
    for token in tokens:
        found |= _runs_in(token) if len(token) <= LONGEST else set(_cut(f" {token} "))
    for one, other in pairwise(tokens):
        found |= _runs_between(one[-2:], other[:2])
    return found


@lru_cache(CACHED)
def _runs_in(token: str) -> frozenset[str]:
    return frozenset(_cut(f" {token} "))


@lru_cache(CACHED)
def _runs_between(end: str, start: str) -> frozenset[str]:
    return frozenset(run for run in _cut(f"{end} {start}") if " " in run.strip())


def _cut(text: str) -> Iterable[str]:
    for size in range(SHORTEST_RUN, LONGEST_RUN + 1):
        for at in range(len(text) - size + 1):
            yield text[at : at + size]
