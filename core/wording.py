"""Numbers and times as people write them."""

from datetime import timedelta

UNITS = (
    (timedelta(days=1), "day"),
    (timedelta(hours=1), "hour"),
    (timedelta(minutes=1), "minute"),
    (timedelta(seconds=1), "second"),
)


def counted(number: int, one: str, more: str = "") -> str:
    """A number with its noun: `1 entry`, `2 entries`; `more` where it is not `one` with an s."""
    return f"1 {one}" if number == 1 else f"{number:,} {more or f'{one}s'}"


def times(number: int) -> str:
    """How often something happened: `once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")


def lasting(time: timedelta) -> str:
    """How long something takes, in the largest unit that fits: `2 days`, `1 minute`."""
    for unit, name in UNITS:
        if time >= unit:
            return counted(time // unit, name)
    return "less than a second"
