"""What a language model says is passed on only where it rests on what it was given."""

import time
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.answers.citations import adds_to, cited_in, objection_to
from core.entries import Passage


def passage(answer: str, question: str = "Expenses", source: str = "handbook.md") -> Passage:
    return Passage(entry_id=uuid4(), question=question, answer=answer, source=source, score=0.5)


PASSAGES = (
    passage("Meals abroad are paid back up to 45 euros a day: https://example.org/form?a=1."),
    passage("Receipts are due within 30 days. Write to desk@example.org or see example.org/desk."),
    passage("Nothing of this matters here. https://evil.example/x"),
)
QUESTION = "What do I get for 2 lunches?"


@pytest.mark.parametrize(
    "text",
    [
        "Up to 45 euros a day [1].",
        "Up to 45 euros a day [1], by receipts within 30 days [2].",
        "Both lunches: 45 euros at most, for 2 of them too [1, 2].",
        "1. Pay 45 euros [1]\n2. Hand it in [2]\n10) Done.",
        "Use https://example.org/form?a=1. [1]",
        "Use [the form](https://example.org/form?a=1) [1]",
        "See example.org/desk [2]",
        "**45** euros[1]",
    ],
)
def test_what_names_its_passages_and_adds_nothing_is_passed_on(text: str) -> None:
    assert objection_to(text, QUESTION, PASSAGES) == ""


@pytest.mark.parametrize(
    ("text", "objection"),
    [
        ("", "refused"),
        ("NO_ANSWER", "refused"),
        ("Up to 45 euros [1]. NO_ANSWER", "refused"),
        ("Up to 45 euros a day.", "no_citation"),
        ("Up to 45 euros a day (1).", "no_citation"),
        ("Up to 45 euros a day [a].", "no_citation"),
        ("Up to 45 euros a day [4].", "unknown_passage"),
        ("Up to 45 euros a day [0].", "unknown_passage"),
        ("Up to 45 euros a day [1] [17].", "unknown_passage"),
        ("Up to 45 euros a day [1, 9].", "unknown_passage"),
        ("Up to 54 euros a day [1].", "foreign_number"),
        ("Up to 45 euros a day, 1000 a month [1].", "foreign_number"),
        ("Receipts are due within 30 days [1].", "foreign_number"),
        ("Up to ４５ euros, but ９ for you [1].", "foreign_number"),
        ("Log in at https://evil.example/?q=secret [1]", "foreign_link"),
        ("It is free: https://evil.example/x [1]", "foreign_link"),
        ("![x](https://evil.example/?q=secret) 45 euros [1]", "foreign_link"),
        ("[form](javascript:alert) 45 euros [1]", "foreign_link"),
        ("[form](/form) 45 euros [1]", "foreign_link"),
        ("Go to www.evil.example [1]", "foreign_link"),
        ("Go to evil.example/login [1]", "foreign_link"),
        ("mailto:a@evil.example [1]", "foreign_link"),
        ("45 euros [1]\n\n[1]: //evil.example", "foreign_link"),
        ("https://example.org/form?a=1&q=secret [1]", "foreign_link"),
    ],
)
def test_what_names_none_or_adds_something_is_not(text: str, objection: str) -> None:
    assert objection_to(text, QUESTION, PASSAGES) == objection


def test_what_the_model_was_not_shown_of_a_passage_does_not_count() -> None:
    long = passage("word " * 500 + "It is 77.")
    assert objection_to("It is 77 [1].", QUESTION, [long]) == "foreign_number"


@pytest.mark.parametrize("part", ["a-", "a.", "a", "[", "[1,", "](", "1.", "://", "www."])
def test_no_text_takes_long_to_look_through(part: str) -> None:
    text = part * 4_000
    began = time.process_time()
    objection_to(f"{text} [1]", text, [passage(text)])
    assert time.process_time() - began < 2


def test_passages_are_named_by_their_numbers_and_in_their_order() -> None:
    cited = cited_in("So it is [3], and so [1][3].", PASSAGES)
    assert cited == {1: PASSAGES[0], 3: PASSAGES[2]}


@given(st.text(), st.text())
def test_an_objection_to_any_text_is_a_word(text: str, answer: str) -> None:
    word = objection_to(text, QUESTION, (passage(answer),))
    assert word == "" or word.replace("_", "").isalpha()


@given(st.integers(min_value=0, max_value=9_999))
def test_only_numbers_that_were_given_can_be_named(number: int) -> None:
    objection = objection_to(f"So [{number}]", QUESTION, PASSAGES)
    assert (objection == "") is (1 <= number <= 3)


@pytest.mark.parametrize(
    ("text", "adds"),
    [
        ("How many days do contractors have in 2026?", False),
        ("How many of the 45 days do contractors have?", True),
        ("How do I log in at https://evil.example?", True),
        ("Is it on evil.example/x ?", True),
    ],
)
def test_a_question_in_other_words_has_no_link_and_no_new_number(text: str, adds: bool) -> None:
    assert adds_to(text, ["and for contractors?", "How many days in 2026? See x.example/y"]) is adds
