"""Small knowledge in five languages, asked as people ask: right, or not sure.

No weight was learned from these questions, but the rules for what is only offered were made after
looking at wrong answers to some of them: they show that it holds, and are no fresh measurement.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.entries import Band, NewEntry, Passage
from core.knowledge.fitting import calibrate, classify
from core.knowledge.index import Index, build
from core.ports.knowledge import Snapshot
from tests.core.test_knowledge import kept

SETS = Path(__file__).with_name("sets")
NAMES = ("shop", "docs", "club", "german", "spanish", "japanese")


def rows(name: str, part: str) -> list[tuple[str, str]]:
    with (SETS / f"{name}_{part}.csv").open(encoding="utf-8", newline="") as file:
        return [(row["question"], row["answer"]) for row in csv.DictReader(file)]


def index_of(name: str) -> Index:
    entries = [NewEntry(phrasings=(q,), answer=answer) for q, answer in rows(name, "knowledge")]
    return build(Snapshot(revision=1, entries=kept(*entries)))


def fitted(index: Index) -> Index:
    return index.fitted(classify(index), calibrate(index.entries))


@dataclass(frozen=True)
class Asked:
    question: str
    expected: str
    found: tuple[Passage, ...]

    @property
    def right(self) -> bool:
        return bool(self.found) and self.found[0].answer == self.expected

    @property
    def band(self) -> Band:
        return self.found[0].band if self.found else Band.UNKNOWN


def ask(index: Index, name: str) -> list[Asked]:
    return [
        Asked(question, expected, index.search(question, limit=5))
        for question, expected in rows(name, "questions")
    ]


@pytest.mark.parametrize("fit", [False, True], ids=["default", "fitted"])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_answered_is_right(name: str, fit: bool) -> None:
    index = index_of(name)
    asked = ask(fitted(index) if fit else index, name)
    known = [one for one in asked if one.expected]
    answered = [one for one in asked if one.band is Band.ANSWER]
    assert [one.question for one in answered if not one.right] == []
    assert len(answered) >= 0.25 * len(known)  # measured: 0.30 (one phrasing an entry) to 0.70
    assert sum(one.right for one in known) >= 0.85 * len(known)  # measured: 0.90 to 1
    missing = [one for one in asked if not one.expected]
    assert sum(one.band is Band.OFFER for one in missing) <= 0.3 * len(missing)


def few(name: str, phrasings: int) -> Index:
    """A set with the first phrasings of each entry only."""
    by_answer: dict[str, list[str]] = {}
    for question, answer in rows(name, "knowledge"):
        by_answer.setdefault(answer, []).append(question)
    entries = [
        NewEntry(phrasings=tuple(all_of_them[:phrasings]), answer=answer)
        for answer, all_of_them in by_answer.items()
    ]
    return build(Snapshot(revision=1, entries=kept(*entries)))


@pytest.mark.parametrize(
    ("phrasings", "right", "wrong"),
    [(1, 0.65, 0), (2, 0.7, 0), (3, 0.8, 2), (5, 0.85, 0)],  # measured: 0.69, 0.75, 0.83, 0.88
)
def test_a_set_that_nothing_was_made_with(phrasings: int, right: float, wrong: int) -> None:
    """Two of three questions have no answer here, most of them near. Keep it so: look at no row."""
    asked = ask(fitted(few("library", phrasings)), "library")
    known = [one for one in asked if one.expected]
    answered = [one for one in asked if one.band is Band.ANSWER]
    missing = [one for one in asked if not one.expected]
    assert sum(one.right for one in known) >= right * len(known)
    assert sum(not one.right for one in answered) <= wrong
    assert sum(one.band is Band.OFFER for one in missing) <= 0.2 * len(missing)


@pytest.mark.parametrize("question", ["where are you", "who am I", "what is it", "how do I", "hi"])
@pytest.mark.parametrize("name", ["shop", "docs"])
def test_nothing_but_function_words_is_not_answered(name: str, question: str) -> None:
    assert all(passage.band is not Band.ANSWER for passage in index_of(name).search(question))


PHRASINGS = (
    "How do I get on the Wi-Fi?",
    "wireless network password",
    "connect to the guest network",
    "no internet in the meeting room",
)
OFFICE = build(
    Snapshot(
        revision=1,
        entries=kept(
            NewEntry(phrasings=PHRASINGS, answer="wifi"),
            *(
                NewEntry(
                    phrasings=(f"how do I reset the {one}", f"{one} broken", f"{one} help"),
                    answer=one,
                )
                for one in ("printer", "laptop", "badge", "phone", "account", "projector")
            ),
        ),
    )
)


@pytest.mark.parametrize(
    "question",
    [
        "how do i get on the wifi",
        "how do I get on the wi-fi?",
        "How do I get on the WiFi, please?",
        "Hi there, could you please tell me how I get on the Wi-Fi? Many thanks in advance!",
        "good morning everyone, I was wondering how do I get on the wifi",
        "how do i get on the wi fi",
    ],
)
def test_spellings_and_courtesies_cost_nothing(question: str) -> None:
    best = OFFICE.search(question)[0]
    assert (best.answer, best.band) == ("wifi", Band.ANSWER)


def test_more_phrasings_of_an_entry_do_not_make_a_near_one_worse() -> None:
    def score(*more: str) -> float:
        entries = [
            NewEntry(phrasings=("how do I reset my password", *more), answer="password"),
            NewEntry(phrasings=("how do I order a monitor", "new monitor"), answer="monitor"),
            NewEntry(phrasings=("who books flights", "business trip"), answer="travel"),
        ]
        index = build(Snapshot(revision=1, entries=kept(*entries)))
        return index.search("how can I reset the password")[0].score

    few = score()
    many = score(
        "forgot my login", "locked out of my account", "sign-in does not work", "no access"
    )
    assert many >= few - 0.05
