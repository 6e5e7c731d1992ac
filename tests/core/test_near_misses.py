"""Questions near an entry that it does not answer: the opposite, another thing, somebody else's.

Those in `near_misses.csv` were written before the words in `core.knowledge.straying` were; only the
ones marked `seen` were looked at while that was made. Keep the others unseen: no rule for one.
"""

import csv

import pytest

from core.entries import Band, NewEntry
from core.knowledge.index import build
from core.knowledge.straying import denied, is_undone_twice, is_unwanted, strays
from core.knowledge.words import words
from core.ports.knowledge import Snapshot
from tests.core.test_answer_sets import SETS, index_of
from tests.core.test_knowledge import kept


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


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("my bike is not broken", {"broken"}),
        ("it isn't stolen after all", {"stolen"}),
        ("why is my bike not charged", {"charg"}),
        ("mein rad ist nicht kaputt", {"kaputt"}),
        ("my bike does not start", set()),
        ("i can't charge it", set()),
        ("is it not in the shop", set()),
    ],
)
def test_what_is_said_not_to_be(written: str, said: set[str]) -> None:
    assert denied(written) == said


@pytest.mark.parametrize(
    ("written", "twice"),
    [
        ("roll back the roll back", True),
        ("cancel the cancellation", True),
        ("how do i delete my block", True),
        ("roll back the last release", False),
        ("close my account and delete my data", False),
        ("cancel my order", False),
    ],
)
def test_an_undoing_that_is_undone(written: str, twice: bool) -> None:
    assert is_undone_twice(written) is twice


BIKES = build(
    Snapshot(
        revision=1,
        entries=kept(
            NewEntry(
                phrasings=(
                    *("my bike is broken", "bike broken", "the bike does not start", "bike repair"),
                    *("where do I bring a broken bike", "my bike is not working", "broken bike"),
                ),
                answer="workshop",
            ),
            NewEntry(phrasings=("cancel my order", "cancel an order", "order cancel"), answer="no"),
            NewEntry(phrasings=("when is the bike fire sale", "fire sale", "fire"), answer="May"),
        ),
    )
)


@pytest.mark.parametrize(
    ("question", "band"),
    [
        ("the bike is broken", Band.ANSWER),
        ("my bike is not broken", Band.OFFER),
        ("the bike is not working", Band.ANSWER),
        ("please cancel the order", Band.ANSWER),
        ("cancel the cancel of an order", Band.OFFER),
        ("fire somebody", Band.OFFER),
        ("what is a fire sale", Band.OFFER),
        ("when is the fire sale", Band.ANSWER),
    ],
)
def test_what_is_said_the_other_way_round_is_only_offered(question: str, band: Band) -> None:
    assert BIKES.search(question)[0].band is band
