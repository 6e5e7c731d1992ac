"""What happened on a day, from what was counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

MESSAGES, ANSWERED = "messages", "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Messages of all kinds; questions that were answered, offered something, or not known.

    `cache_hits` is the share of the answers looked for that were in the cache; None without any.
    """

    day: date
    messages: int
    answered: int
    offered: int
    unknown: int
    cache_hits: float | None


def day_of(day: date, counts: Mapping[str, int]) -> Day:
    """Read the counts of a day."""
    hits, misses = counts.get("cache_hit", 0), counts.get("cache_miss", 0)
    return Day(
        day=day,
        messages=counts.get(MESSAGES, 0),
        answered=counts.get(ANSWERED, 0),
        offered=counts.get("offered", 0),
        unknown=counts.get("unknown", 0),
        cache_hits=round(hits / (hits + misses), 3) if hits + misses else None,
    )
