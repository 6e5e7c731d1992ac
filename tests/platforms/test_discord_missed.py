"""From where a channel is read back."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.platforms.discord.events import Place, snowflake
from adapters.platforms.discord.missed import Marks, since

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(**ago: float) -> int:
    return snowflake(NOW - timedelta(**ago))


def place(newest: int | None) -> Place:
    return Place(channel="5", guild=None, newest=newest)


@pytest.mark.parametrize(
    ("channel_mark", "other_mark", "newest", "start"),
    [
        (at(hours=1), at(minutes=1), None, at(hours=1, seconds=60)),
        (at(hours=1), None, at(minutes=5), at(hours=1, seconds=60)),
        (at(hours=1), None, at(hours=1, seconds=61), None),
        (at(hours=1), None, at(hours=1), at(hours=1, seconds=60)),
        (None, at(hours=1), None, at(hours=1, minutes=10)),
        (None, at(hours=1), at(hours=2), None),
        (at(days=20), at(minutes=1), None, at(hours=48)),
        (at(days=20), None, at(days=3), None),
        (None, None, None, at(minutes=10)),
        (None, None, at(minutes=9), at(minutes=10)),
        (None, None, at(minutes=11), None),
        (5_000, 9_000, 5_001, 4_000),
        (500, None, None, 0),
    ],
)
def test_where_reading_begins(
    channel_mark: int | None, other_mark: int | None, newest: int | None, start: int | None
) -> None:
    seen = {"5": channel_mark, "6": other_mark}
    marks = Marks.read({key: str(mark) for key, mark in seen.items() if mark is not None})

    assert since(place(newest), marks, now=snowflake(NOW)) == start


def test_what_was_written_before_there_was_a_bot_is_left_alone() -> None:
    began = at(minutes=2)
    first = Marks(channels={}, newest=None, began=began)
    assert since(place(None), first, now=snowflake(NOW)) == began
    assert since(place(at(minutes=4)), first, now=snowflake(NOW)) is None
    assert since(place(at(minutes=1)), first, now=snowflake(NOW)) == began


def test_the_newest_of_all_may_be_told_and_nonsense_does_no_harm() -> None:
    marks = Marks.read({"": "7", "5": "3", "6": "nonsense", "8": ""})

    assert marks == Marks(channels={"5": 3}, newest=7)
