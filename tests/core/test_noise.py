"""What asks nothing is told from questions, and no question is taken for it."""

from pathlib import Path

import pytest

from core.entries import NewEntry
from core.knowledge.noise import Noise, noise_in
from tests.core.no_questions import HELD_OUT_NOISE, HELD_OUT_QUESTIONS, NOISE, PASTED, QUESTIONS
from tests.core.test_answers import Bench
from tests.core.test_knowledge import kept

SETS = Path(__file__).parent / "sets"
NO_QUESTIONS_OF_THE_SETS = {"yes", "no", "you are useless"}


def test_what_asks_nothing_is_known_for_it() -> None:
    assert [said for said in (*NOISE, *HELD_OUT_NOISE) if noise_in(said) is None] == []


def test_no_question_is_taken_for_something_that_asks_nothing() -> None:
    assert [asked for asked in (*QUESTIONS, *HELD_OUT_QUESTIONS) if noise_in(asked)] == []


def test_no_question_of_real_people_is_taken_for_something_that_asks_nothing() -> None:
    texts = [file.read_text(encoding="utf-8") for file in SETS.glob("*_questions.csv")]
    asked = {line.partition(",")[0] for text in texts for line in text.splitlines()}
    assert len(asked) > 400
    assert {one for one in asked if noise_in(one)} <= NO_QUESTIONS_OF_THE_SETS


@pytest.mark.parametrize(
    ("said", "noise", "words"),
    [
        ("asdfgh", Noise.NOTHING, "no question in that"),
        ("you are an idiot", Noise.INSULT, "Sorry"),
        (PASTED, Noise.PASTED, "too much"),
    ],
    ids=["typed along the keys", "an insult", "a stack trace"],
)
async def test_what_asks_nothing_is_told_so_and_not_kept(
    said: str, noise: Noise, words: str
) -> None:
    bench = Bench()
    answer = await bench.ask(said)
    assert noise_in(said) is noise
    assert words in answer.text
    assert "noted" not in answer.text
    assert (answer.gap, bench.store.noted) == (b"", [])


async def test_what_asks_nothing_is_answered_where_it_is_known() -> None:
    bench = Bench()
    bench.store.entries = (
        *bench.store.entries,
        *kept(NewEntry(phrasings=("lol",), answer="Lots of laughs.")),
    )
    assert (await bench.ask("lol")).text.startswith("Lots of laughs.")
