"""Why a question is answered or not, in words; and which questions mean the same."""

from datetime import UTC, datetime

import pytest

from core.entries import Band, NewEntry
from core.knowledge.clusters import clustered
from core.knowledge.explaining import explain
from core.ports.gaps import Gap
from tests.core.test_knowledge import HANDBOOK_INDEX, index_of

TAXIS = (
    NewEntry(phrasings=("How do I book a taxi?",), answer="Call."),
    NewEntry(phrasings=("How do I book a train?",), answer="Online."),
    NewEntry(phrasings=("Who signs contracts?",), answer="Ada.", audience=("role:admin",)),
)


@pytest.mark.parametrize(
    ("question", "band", "why"),
    [
        ("what is my ANNUAL leave", Band.ANSWER, "one of the ways to ask for this entry, word"),
        ("how can I reset the password", Band.ANSWER, "shares “reset”, “password” with “How do I"),
        ("where do I find the cafeteria", Band.UNKNOWN, "has the word “cafeteria”"),
        ("how many vacation days does an intern have", Band.OFFER, "has the word “intern”"),
        ("???", Band.UNKNOWN, "Nothing that is known has anything in common with it."),
    ],
)
def test_it_is_said_why(question: str, band: Band, why: str) -> None:
    found = explain(HANDBOOK_INDEX, question, limit=3)
    assert found.band is band
    assert why in " ".join(found.why)


def test_a_misspelt_word_is_shown_as_it_is_read() -> None:
    found = explain(HANDBOOK_INDEX, "how do I reset my pasword", limit=1)
    assert found.read_as == "how do i reset my password"
    assert found.unseen == ()


def test_what_a_phrasing_has_and_the_question_has_not_is_told_apart() -> None:
    found = explain(index_of(*TAXIS), "how do I book a boat", limit=2)
    assert found.unseen == ("boat",)
    assert {reason.shared for reason in found.reasons} == {("book",)}
    assert {reason.lacking for reason in found.reasons} == {("taxi",), ("train",)}
    assert any("answers by itself only what is wholly about it" in one for one in found.why)


def test_what_is_for_some_only_is_explained_too() -> None:
    found = explain(index_of(*TAXIS), "who signs contracts", limit=1)
    assert found.reasons[0].entry.audience == ("role:admin",)


def test_a_part_of_a_document_is_said_to_be_one() -> None:
    parts = [
        NewEntry(
            phrasings=(f"Travel › {title}",),
            answer=f"{title} of employees are paid for each day abroad, by the list of {title}.",
            source="travel.html",
            passage=True,
        )
        for title in ("Daily rates", "Hotels", "Trains", "Visas", "Insurance")
    ]
    found = explain(index_of(*TAXIS, *parts), "which rates are paid on a boat abroad", limit=3)
    assert found.band is not Band.ANSWER
    assert found.reasons[0].entry.passage
    assert any("It is a part of a document" in one for one in found.why)
    assert len({reason.entry.id for reason in found.reasons}) == len(found.reasons)
    for question in ("hotels and trains", "how do I book a hotel", "insurance for a taxi"):
        assert explain(index_of(*TAXIS, *parts), question, limit=24).why


def test_nothing_known_is_explained_too() -> None:
    assert explain(index_of(), "why", limit=3).band is Band.UNKNOWN


def gap(question: str, times: int = 1, day: int = 1) -> Gap:
    return Gap(question=question, times=times, last_asked_at=datetime(2026, 1, day, tzinfo=UTC))


def test_questions_that_mean_nearly_the_same_are_together_by_the_most_frequent() -> None:
    first, second, third = clustered(
        [
            gap("where can i park my car", 2),
            gap("where do i park the car", 3, day=5),
            gap("where may i park a car"),
            gap("who won the game last night", 4),
            gap("年次休暇は何日ありますか"),
        ]
    )
    assert (first.question, first.times, len(first.gaps)) == ("where do i park the car", 6, 3)
    assert first.last_asked_at.day == 5
    assert (second.question, second.times) == ("who won the game last night", 4)
    assert third.question == "年次休暇は何日ありますか"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("how do i turn on the heating", "how do i turn off the heating"),
        ("may i bring 1 guest to lunch", "may i bring 2 guests to lunch"),
    ],
)
def test_the_opposite_of_a_question_is_another_one(one: str, other: str) -> None:
    assert len(clustered([gap(one), gap(other)])) == 2
    assert len(clustered([gap(one), gap(f"{one} please")])) == 1


def test_nothing_asked_is_no_cluster() -> None:
    assert clustered([]) == ()
