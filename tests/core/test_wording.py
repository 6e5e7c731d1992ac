"""Numbers and times as people write them."""

from datetime import timedelta

from core.wording import counted, lasting, times


def test_a_number_is_followed_by_its_noun() -> None:
    assert [counted(number, "day") for number in (0, 1, 2)] == ["0 days", "1 day", "2 days"]
    assert counted(1, "entry", "entries") == "1 entry"
    assert counted(1_200, "entry", "entries") == "1,200 entries"


def test_how_often_something_happened_is_said_in_words() -> None:
    assert [times(number) for number in (1, 2, 3, 1_000)] == [
        "once",
        "twice",
        "3 times",
        "1,000 times",
    ]


def test_how_long_something_takes_is_said_in_one_unit() -> None:
    seconds = (-5, 0.4, 1, 90, 7_200, 100_000, 200_000)
    assert [lasting(timedelta(seconds=one)) for one in seconds] == [
        "less than a second",
        "less than a second",
        "1 second",
        "1 minute",
        "2 hours",
        "1 day",
        "2 days",
    ]
