"""Questions near an entry that it does not answer: the opposite, another thing, somebody else's.

Those in `near_misses.csv` were written before the words in `core.knowledge.straying` were; only the
ones marked `seen` were looked at while that was made. Keep the others unseen: no rule for one.
"""

import csv

import pytest

from core.entries import Band
from core.knowledge.straying import is_unwanted, strays
from core.knowledge.words import words
from tests.core.test_answer_sets import SETS, index_of


def near_misses(knowledge: str, group: str) -> list[str]:
    with (SETS / "near_misses.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return [r["question"] for r in rows if (r["knowledge"], r["set"]) == (knowledge, group)]


@pytest.mark.parametrize(("name", "most"), [("shop", 2), ("docs", 1), ("club", 1)])
def test_what_is_only_near_is_seldom_answered(name: str, most: int) -> None:
    index, near = index_of(name), near_misses(name, "held")
    found = {question: index.search(question, limit=1) for question in near}
    answered = [q for q, passages in found.items() if passages and passages[0].band is Band.ANSWER]
    assert len(near) >= 11
    assert len(answered) <= most  # measured; before, 6 of the 38 were answered


@pytest.mark.parametrize(
    ("question", "phrasing", "told"),
    [
        ("remove a badge", "badge", True),
        ("how do I remove a badge", "I want to remove my badge", False),
        ("unregister a guest", "register a guest", True),
        ("my boss's badge", "my badge", True),
        ("her badge", "my badge", True),
        ("replace a badge", "replace a badge", False),
        ("understand the rules", "the rules", False),
        ("Konto löschen", "Konto eröffnen", True),
    ],
)
def test_a_question_strays_by_undoing_and_by_whose_it_is(
    question: str, phrasing: str, told: bool
) -> None:
    assert strays({*words(question)}, {*words(phrasing)}) is told


@pytest.mark.parametrize(
    ("written", "unwanted"),
    [
        ("i do not want a badge", True),
        ("i don't really need a badge any more", True),
        ("do not send me a badge", True),
        ("don't know my badge number", False),
        ("i want a badge", False),
        ("my badge does not work", False),
        ("i no longer need it", True),
    ],
)
def test_what_is_not_wanted(written: str, unwanted: bool) -> None:
    assert is_unwanted(written) is unwanted
