"""Tell what looks alike and is another question: turned, or about another thing."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

import numpy as np

from core.knowledge.features import Reading, read
from core.knowledge.straying import (
    PEOPLE,
    denied,
    is_done_to_somebody,
    is_for_a_word,
    is_undone_twice,
    is_unwanted,
    strays,
)
from core.knowledge.texts import Question, Texts
from core.knowledge.turns import turned, turns
from core.knowledge.words import UNSPACED, words

MUCH = 2.0  # words that a question has more than a phrasing that is of something else altogether
PLENTY = 8  # phrasings of an entry that is known well enough for a word more in a question
COMPARED = 6  # phrasings of an entry that a question is compared with, word by word
FOREIGN = 0.5  # share of what a question is about that is none of the entry's
ADDED = 0.34  # the same beside a phrasing that is no more than a topic: `meeting room`
TOPIC = 3  # words


def differs(texts: Texts, asked: Question, entry: int) -> bool:
    """Whether a question is not what an entry answers, however alike.

    It lacks what all phrasings have, says what none does, or differs from each of the likely ones.
    """
    first, last = texts.first_of[entry : entry + 2]
    order = np.argsort(-asked.alike[first:last], kind="stable")[:COMPARED] + first
    known = [read(texts.phrasing(int(number))) for number in order]
    more = [word for word in asked.reading.content if not texts.passages.has(entry, word)]
    less = [one.content - asked.reading.content for one in known]
    if len(known) > 1 and frozenset.intersection(*less):
        return True
    if _is_foreign(asked, more, known[0]) or _strays(texts, asked, entry, known):
        return True
    mine, strict = turns(asked.written), bool(more) and last - first < PLENTY
    return all(
        turned(mine, turns(one.written))
        or (strict and _sized(more) < MUCH and _sized(lacking) < MUCH)
        for one, lacking in zip(known, less, strict=True)
    )


def _is_foreign(asked: Question, more: Iterable[str], best: Reading) -> bool:
    """Whether much of what is asked about is nowhere in the entry."""
    weights = asked.weights
    total = sum(weights[word] for word in asked.reading.content) or 1.0
    share = sum(weights[word] for word in more) / total
    is_topic = len(best.words) <= TOPIC and best.content <= asked.reading.content
    return share >= (ADDED if is_topic else FOREIGN)


def _strays(texts: Texts, asked: Question, entry: int, known: Sequence[Reading]) -> bool:
    for is_so in (is_unwanted, is_for_a_word):
        if is_so(asked.written) and not any(is_so(one.written) for one in known):
            return True
    found = texts.entries[entry]
    own = set(words(" ".join((*found.phrasings, *found.keywords))))
    if strays({*asked.reading.words, *words(asked.written)}, own):
        return True
    if is_done_to_somebody(asked.written, asked.reading.content) and own.isdisjoint(PEOPLE):
        return True
    return _contradicts(asked.written, own, found.phrasings)


def _contradicts(written: str, own: AbstractSet[str], phrasings: Iterable[str]) -> bool:
    """Whether a question says that it is not so, or undoes what no phrasing speaks of undoing."""
    negated, doubled = denied(written) & own, is_undone_twice(written)
    if not negated and not doubled:
        return False
    known = [read(phrasing) for phrasing in phrasings]
    said = {word for one in known if turns(one.written)["negated"] for word in one.words}
    return not negated <= said or (
        doubled and not any(is_undone_twice(one.written) for one in known)
    )


def _sized(found: Iterable[str]) -> float:
    """How many words there are; pairs of characters stand for less than half a word each."""
    return sum(0.4 if UNSPACED.match(word) else 1.0 for word in found)
