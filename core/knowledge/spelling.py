"""Read a misspelt word as the word that was meant, of those that the knowledge has."""

from array import array
from bisect import bisect_left
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.knowledge.words import FUNCTION_WORDS, stem

SHORTEST = 4  # letters of a word that may be misspelt: shorter ones are too near each other
MIDDLING = 7  # letters from which on a changed one is forgiven
LONG = 8  # letters from which on two slips are forgiven
CHANGED = 1.5  # slips that a changed letter counts for: it makes a `timer` of a `tiger`
LONGEST = 20  # letters: the work for a word grows with their square
COMPARED = 30  # words that one is compared with, the common ones first
NUMBER_BITS = 32
MOST_FORGOTTEN = 2  # times as many words as there are, before those that nobody has are let go

ENGLISH = """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    hundred thousand million billion first second third fourth fifth sixth half once twice
    never none nobody nothing nowhere neither without cannot cant dont doesnt didnt wont wouldnt
    couldnt shouldnt isnt arent wasnt werent hasnt havent hadnt
    monday tuesday wednesday thursday friday saturday sunday january february march april june
    july august september october november december
"""
AS_WRITTEN = frozenset(map(stem, ENGLISH.split()))
"""Words that turn a question's meaning and have neighbours: `three` must not become `there`."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """The words that can be meant, and how common each is. Build it with `build_spelling`.

    Two words that are a few slips apart become one when as many letters are left out of each.
    What each word becomes is kept as a hash with the word's number, in order, eight bytes each.
    `words` are by their number; those that `counts` does not have are not meant any more.
    """

    words: Sequence[str]
    remains: "array[int]"
    counts: Mapping[str, int]

    def meant(self, word: str, among: Container[str] | None = None) -> str | None:
        """The nearest of the words, of those as near the most common one; None without any.

        Only one that is `among` these is meant, or one that everybody has.

        The first letter of a short word is hardly ever wrong, and it is never a wrong one that
        stands in its place. A number or a very short word is what it is.
        """
        if word in AS_WRITTEN or not _may_be_misspelt(word):
            return None
        found = (self.words[number] for number in self._alike(word))
        alike = [other for other in found if other in self.counts and _begins_like(other, word)]
        if among is not None:
            alike = [other for other in alike if other in among or other in FUNCTION_WORDS]
        alike.sort(key=lambda other: (-self.counts[other], other))
        slips = {other: distance(word, other) for other in alike[:COMPARED]}
        nearest = min(slips, key=slips.__getitem__, default=None)
        return None if nearest is None or slips[nearest] > _forgiven(word) else nearest

    def updated(self, counts: Mapping[str, int]) -> "Spelling":
        """With other words, of which most are the same ones."""
        if len(self.words) > MOST_FORGOTTEN * len(counts):
            return build_spelling(counts)
        known = set(self.words)
        more = [word for word in counts if word not in known and _may_be_misspelt(word)]
        if not more:
            return Spelling(self.words, self.remains, counts)
        new = np.array(_keys(more, len(self.words)), np.uint64)
        old = np.frombuffer(self.remains, np.uint64)
        remains = array("Q", np.insert(old, np.searchsorted(old, new), new).tobytes())
        return Spelling([*self.words, *more], remains, counts)

    def _alike(self, word: str) -> set[int]:
        """The numbers of the words that may be near enough, and perhaps of some others."""
        found: set[int] = set()
        for remain in _remains(word):
            first = _key(remain, 0)
            at = bisect_left(self.remains, first)
            while (
                at < len(self.remains) and self.remains[at] >> NUMBER_BITS == first >> NUMBER_BITS
            ):
                found.add(self.remains[at] & (1 << NUMBER_BITS) - 1)
                at += 1
        return found


def build_spelling(counts: Mapping[str, int]) -> Spelling:
    """From words and how common each is."""
    able = [word for word in counts if _may_be_misspelt(word)]
    return Spelling(able, array("Q", _keys(able, 0)), counts)


def _keys(words: Sequence[str], first: int) -> list[int]:
    """What the words become, with their numbers from `first` on, in order."""
    return sorted(
        _key(remain, number)
        for number, word in enumerate(words, first)
        for remain in _remains(word)
    )


def _begins_like(other: str, word: str) -> bool:
    """The same first letter, or in a longer word one left out, put in or changed over."""
    if other[0] == word[0]:
        return True
    return len(word) >= MIDDLING - 1 and (
        word == other[1:] or word[1:] == other or word[1::-1] + word[2:] == other
    )


def distance(one: str, other: str) -> float:
    """The slips from one to the other: letters left out, put in, changed over, or changed."""
    older: list[float] = []
    row = [float(number) for number in range(len(other) + 1)]
    for i, letter in enumerate(one):
        before, row = row, [i + 1.0]
        for j, wanted in enumerate(other):
            same = 0 if letter == wanted else CHANGED
            row.append(min(before[j] + same, before[j + 1] + 1, row[j] + 1))
            if i and j and letter == other[j - 1] and wanted == one[i - 1]:
                row[-1] = min(row[-1], older[j - 1] + 1)
        older = before
    return row[-1]


def _may_be_misspelt(word: str) -> bool:
    return SHORTEST <= len(word) <= LONGEST and word.isalpha()


def _forgiven(word: str) -> float:
    if len(word) >= LONG:
        return 2
    return CHANGED if len(word) >= MIDDLING else 1


def _remains(word: str) -> Iterator[str]:
    """The word, and what is left of it without each letter, or each two of a long word."""
    yield word
    for i in range(len(word)):
        yield (once := word[:i] + word[i + 1 :])
        if len(word) >= LONG - 1:
            yield from (once[:j] + once[j + 1 :] for j in range(i, len(once)))


def _key(remain: str, number: int) -> int:
    return (hash(remain) & (1 << NUMBER_BITS) - 1) << NUMBER_BITS | number
