"""Times as keys: what was said when is found without asking where it is."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

UUID_EPOCH = datetime(1582, 10, 15, tzinfo=UTC)
UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
TICKS = 10
"""A tick of a timeuuid is 100 ns."""

SIGNS = 0x0080_8080_8080_8080
"""The engines compare the last eight bytes as signed ones: with these bits turned, as unsigned."""


def timeuuid(at: datetime, identifier: UUID) -> UUID:
    """The place of a turn: by its time to the microsecond, then by the last 62 bits of its id."""
    ticks = (at - UUID_EPOCH) // MICROSECOND * TICKS
    low, middle, high = ticks & 0xFFFF_FFFF, ticks >> 32 & 0xFFFF, ticks >> 48 & 0x0FFF
    tail = (0b10 << 62 | identifier.int & (1 << 62) - 1) ^ SIGNS
    return UUID(int=low << 96 | middle << 80 | 0x1 << 76 | high << 64 | tail)


def time_of(place: UUID) -> datetime:
    """The time of such a place, exactly."""
    return UUID_EPOCH + place.time // TICKS * MICROSECOND


def month_of(at: datetime) -> int:
    """The month in UTC, such as 202611."""
    moment = at.astimezone(UTC)
    return moment.year * 100 + moment.month


def microseconds(at: datetime) -> int:
    """Since 1970: how the engines count the time of a write."""
    return (at - UNIX_EPOCH) // MICROSECOND


def question_time(message_id: UUID) -> datetime:
    """When an id of version 7 was made, to the millisecond."""
    return UNIX_EPOCH + timedelta(milliseconds=message_id.int >> 80)
