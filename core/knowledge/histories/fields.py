"""Fields of JSON that others wrote, which may be anything."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


def text_in(found: Json, name: str) -> str:
    """A text or a number as text, empty when it is neither."""
    value = found.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value)


def object_in(found: Json, name: str) -> Json:
    """An object, empty when it is none."""
    value = found.get(name)
    return value if isinstance(value, dict) else {}


def objects_in(found: object) -> Iterator[Json]:
    """The objects of a list; what else is in it, or is no list, is passed over."""
    if isinstance(found, list):
        yield from (one for one in found if isinstance(one, dict))


def day_of(stamp: str) -> str:
    """The date of a time in seconds since 1970, empty when it is none."""
    try:
        return f"{datetime.fromtimestamp(float(stamp), UTC):%Y-%m-%d}"
    except (ValueError, OverflowError, OSError):
        return ""
