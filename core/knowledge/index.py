"""Find the entries that a question asks for: an inverted index in the memory of this process."""

import math
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice
from typing import TypeAlias

from core.entries import Entry, Passage
from core.knowledge.spelling import Spelling, build_spelling
from core.knowledge.words import FUNCTION_WORDS, words
from core.ports.knowledge import Snapshot
from core.text import normalise

CERTAIN = 0.5
"""The confidence from which on an entry answers by itself. Measured with ten phrasings an entry:
0.98 of such answers are right on CLINC150 and on BANKING77, about a quarter of the questions get
one, and 0.3 % of CLINC150's questions that are out of scope. With a slip in 30 % of the long words
it is a fifth, as right."""

FUNCTION_WEIGHT = 0.3  # of a function word, beside any other word as rare
UNKNOWN_WEIGHT = 2.0  # of a word that no entry is asked for with, beside one as rare as can be
ANSWER_WEIGHT = 0.3  # of a word that stands in the answer, beside one in a phrasing
MISREADING = 0.4  # of a misspelt word's weight, added to what the question asks besides
REPAIRS = 6  # words of one question that are looked up by their spelling
KEYWORD_TRUST = 0.7  # confidence of a question that keywords alone cover
AGREEING = 3  # phrasings that are looked at together
AGREEMENT = 0.5  # their part in an entry's score; the best phrasing has the rest
DOUBT = 0.8  # what is taken off when another answer fits as well
POSTINGS = 2_500  # entries in lists that one search walks through; common words are cut first
CANDIDATES = 128

Numbers: TypeAlias = "array[int]"
NONE: Numbers = array("I")


@dataclass(frozen=True, slots=True)
class Index:
    """An organization's knowledge at one revision. Build it with `build`.

    Phrasings and entries go by their number. The lists of a word are sorted. A phrasing is listed
    under its entry's keywords too, which a question may use or not.
    """

    revision: int
    entries: Sequence[Entry]
    same: Mapping[str, int]
    phrasings: Mapping[str, Numbers]
    keywords: Mapping[str, Numbers]
    answers: Mapping[str, Numbers]
    entry_of: Numbers
    first_of: Numbers
    lengths: "array[float]"
    weights: Mapping[str, float]
    spelling: Spelling

    def search(self, question: str, *, limit: int = 3) -> tuple[Passage, ...]:
        """The best entries, best first; a passage's score is the confidence in it, 0 to 1.

        1 is a question that is a phrasing. Otherwise it is the share of the meaning that question
        and entry have in common, weighed by how rare the words are, less the doubt that another
        answer raises which fits nearly as well.
        """
        exact = self.same.get(normalise(question))
        if exact is not None:
            return (self._passage(exact, 1.0),)
        asked, misread = self._read(question)
        scores = self._scores(asked, misread)
        ranked = sorted(scores, key=scores.__getitem__, reverse=True)
        return tuple(
            self._passage(number, scores[number] * self._trust(number, ranked, scores))
            for number in ranked[:limit]
        )

    def _read(self, question: str) -> tuple[list[str], float]:
        """The words of a question, weightiest first, and the weight of the risk to misread one.

        A word that nobody here has used is read as the one it is nearly spelt like.
        """
        found = set(words(question))
        unknown = sorted(word for word in found if not self._knows(word))
        meant = {word: self.spelling.meant(word) for word in unknown[:REPAIRS]}
        read = {meant.get(word) or word for word in found}
        risk = MISREADING * sum(self._weight(word) for word in meant.values() if word)
        return sorted(read, key=self._weight, reverse=True), risk

    def _knows(self, word: str) -> bool:
        return word in self.phrasings or word in self.answers or word in FUNCTION_WORDS

    def _trust(self, number: int, ranked: Sequence[int], scores: Mapping[int, float]) -> float:
        """What is left of the trust in a phrasing beside the best one that has another answer."""
        answer = self._entry(number).answer
        others = (scores[other] for other in ranked if self._entry(other).answer != answer)
        return 1 - DOUBT * min(next(others, 0.0) / scores[number], 1.0) ** 3

    def _scores(self, asked: Sequence[str], misread: float) -> dict[int, float]:
        """The score of each entry that has words of the question, by its best phrasing."""
        total = sum(self._weight(word) for word in asked) + misread
        keyed = self._sums(self.keywords, asked)
        told = self._sums(self.answers, asked)
        shared = self._shared(asked)
        alike: dict[int, list[tuple[float, int]]] = defaultdict(list)
        for number, weight in shared.items():
            entry = self.entry_of[number]
            common = weight + ANSWER_WEIGHT * told.get(entry, 0.0)
            alike[entry].append((_likeness(common, total, self.lengths[number]), number))
        for entry, weight in keyed.items():
            alike[entry].append((KEYWORD_TRUST * weight / total, self.first_of[entry]))
        return dict(self._agreed(entry, found) for entry, found in alike.items())

    def _agreed(self, entry: int, found: list[tuple[float, int]]) -> tuple[int, float]:
        """An entry's best phrasing, and its score together with the next ones."""
        found.sort(reverse=True)
        count = min(AGREEING, self.first_of[entry + 1] - self.first_of[entry])
        mean = sum(score for score, _ in found[:count]) / count
        return found[0][1], (1 - AGREEMENT) * found[0][0] + AGREEMENT * mean

    def _shared(self, asked: Sequence[str]) -> dict[int, float]:
        """How much of the question each phrasing has; of common words only for the likely ones."""
        sums: dict[int, float] = {}
        common: list[str] = []
        walked = 0
        for word in asked:
            numbers = self.phrasings.get(word, NONE)
            if sums and walked + len(numbers) > POSTINGS:
                common.append(word)
                continue
            walked += len(numbers)
            weight = self._weight(word)
            for number in numbers:
                sums[number] = sums.get(number, 0.0) + weight
        likely = self._likely(sums)
        for word in common:
            numbers, weight = self.phrasings[word], self._weight(word)
            for number in likely:
                likely[number] += weight * _contains(numbers, number)
        return likely

    def _likely(self, sums: dict[int, float]) -> dict[int, float]:
        if len(sums) <= CANDIDATES:
            return sums
        lengths = self.lengths
        ratios = {number: weight / (1 + lengths[number]) for number, weight in sums.items()}
        least = nlargest(CANDIDATES, ratios.values())[-1]
        likely = (number for number, ratio in ratios.items() if ratio >= least)
        return {number: sums[number] for number in islice(likely, CANDIDATES)}

    def _sums(self, lists: Mapping[str, Numbers], asked: Sequence[str]) -> dict[int, float]:
        sums: dict[int, float] = {}
        walked = 0
        for word in asked:
            numbers = lists.get(word, NONE)
            walked += len(numbers)
            if walked > POSTINGS:
                break
            weight = self._weight(word)
            for number in numbers:
                sums[number] = sums.get(number, 0.0) + weight
        return sums

    def _weight(self, word: str) -> float:
        return self.weights.get(word) or _weight(word, 0, len(self.entries))

    def _entry(self, phrasing: int) -> Entry:
        return self.entries[self.entry_of[phrasing]]

    def _passage(self, phrasing: int, score: float) -> Passage:
        entry = self._entry(phrasing)
        return Passage(
            entry_id=entry.id,
            question=entry.phrasings[phrasing - self.first_of[self.entry_of[phrasing]]],
            answer=entry.answer,
            source=entry.source,
            score=round(min(score, 1.0), 3),
        )


def build(snapshot: Snapshot) -> Index:
    """Index a snapshot. Where two entries share a phrasing, the later one has it."""
    phrasings, keywords, answers = _Lists(), _Lists(), _Lists()
    entry_of, first_of = array("I"), array("I", [0])
    asked: list[frozenset[str]] = []
    every = (phrasing for entry in snapshot.entries for phrasing in entry.phrasings)
    same = {normalise(phrasing): number for number, phrasing in enumerate(every)}
    for number, entry in enumerate(snapshot.entries):
        keys = _content(entry.keywords)
        for phrasing in entry.phrasings:
            found = frozenset(words(phrasing))
            if same[normalise(phrasing)] == len(asked):
                phrasings.add(len(asked), found | keys)
            asked.append(found)
            entry_of.append(number)
        keywords.add(number, keys)
        answers.add(number, _content([entry.answer]).difference(keys, *asked[first_of[-1] :]))
        first_of.append(len(asked))
    weights = _weights(asked, entry_of, len(snapshot.entries))
    return Index(
        revision=snapshot.revision,
        entries=snapshot.entries,
        same=same,
        phrasings=phrasings.by_word,
        keywords=keywords.by_word,
        answers=answers.by_word,
        entry_of=entry_of,
        first_of=first_of,
        lengths=array("d", (sum(weights[word] for word in found) for found in asked)),
        weights=weights,
        spelling=_spelling(phrasings.by_word),
    )


def _spelling(phrasings: Mapping[str, Numbers]) -> Spelling:
    """What a word can mean: any that a question here has, the more common one rather."""
    counts = dict.fromkeys(FUNCTION_WORDS, 0)
    counts.update((word, len(numbers)) for word, numbers in phrasings.items())
    return build_spelling(counts)


class _Lists:
    """Numbers by word, sorted because they are added in order."""

    def __init__(self) -> None:
        self.by_word: defaultdict[str, Numbers] = defaultdict(lambda: array("I"))

    def add(self, number: int, found: Iterable[str]) -> None:
        for word in found:
            self.by_word[word].append(number)


def _content(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(word for text in texts for word in words(text)) - FUNCTION_WORDS


def _weights(asked: Sequence[frozenset[str]], entry_of: Numbers, entries: int) -> dict[str, float]:
    """Each word's weight by the number of entries that are asked for with it."""
    pairs = {(word, entry) for found, entry in zip(asked, entry_of, strict=True) for word in found}
    counts = Counter(word for word, _ in pairs)
    return {word: _weight(word, count, entries) for word, count in counts.items()}


def _weight(word: str, count: int, entries: int) -> float:
    """How much a word tells. A function word that no entry has tells no more than another."""
    if word in FUNCTION_WORDS:
        return FUNCTION_WEIGHT * _rarity(max(count, 1), entries)
    return _rarity(count, entries) * (1 if count else UNKNOWN_WEIGHT)


def _rarity(count: int, entries: int) -> float:
    return math.log(1 + (entries + 1) / (count + 0.5))


def _likeness(common: float, question: float, phrasing: float) -> float:
    """The harmonic mean of the shares that two texts have in common, by weight."""
    told = common / question
    asked = min(common / phrasing, 1.0) if phrasing else 1.0
    return 2 * told * asked / (told + asked)


def _contains(numbers: Numbers, number: int) -> bool:
    place = bisect_left(numbers, number)
    return place < len(numbers) and numbers[place] == number
