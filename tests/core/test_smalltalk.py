"""Small talk is told from questions."""

import pytest

from core.knowledge.smalltalk import Courtesy, courtesy_in


@pytest.mark.parametrize(
    ("said", "courtesy"),
    [
        ("hello", Courtesy.GREETING),
        ("Hi there 👋", Courtesy.GREETING),
        ("Good morning, team!", Courtesy.GREETING),
        ("How are you today?", Courtesy.GREETING),
        ("Thanks!", Courtesy.THANKS),
        ("ok, thank you so much :)", Courtesy.THANKS),
        ("Great, thanks for your help", Courtesy.THANKS),
        ("Vielen Dank!", Courtesy.THANKS),
        ("谢谢", Courtesy.THANKS),
        ("Bye, have a nice weekend", Courtesy.FAREWELL),
        ("thanks, bye", Courtesy.THANKS),
    ],
)
def test_courtesies(said: str, courtesy: Courtesy) -> None:
    assert courtesy_in(said) is courtesy


@pytest.mark.parametrize(
    "said",
    [
        "Thanks, and where is the canteen?",
        "hi how do I reset my password",
        "hello world",
        "Hello again, and thanks for nothing",
        "is that it?",
        "thanksgiving",
        "Good morning shift",
        "super glue",
        "again",
        "all",
        "thank you letter",
        "",
        "thanks " * 20,
    ],
)
def test_whatever_else_is_in_it_is_a_question(said: str) -> None:
    assert courtesy_in(said) is None
