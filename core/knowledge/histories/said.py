"""What people said, from whichever platform it was exported."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

CHECKS = frozenset(
    (
        *("white_check_mark", "heavy_check_mark", "ballot_box_with_check"),
        *("✅", "✔️", "✔", "☑️", "☑"),
        *("check", "check_mark", "checkmark", "green_check", "green_check_mark"),
        *("tick", "white_tick", "green_tick"),
    )
)
"""Reactions that mark an answer as the right one, whoever gives them.

The names are those of Slack, and those that people commonly give to marks of their own.
"""
LIKES = frozenset(("+1", "thumbsup", "👍", "pray", "🙏", "tada", "🎉", "heart", "❤", "❤️"))
"""Reactions that do so when they come from whoever asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message. `below` is the one it replies to, or the first of its thread; empty for none.

    `author` and `liked_by` are ids. `checked`: somebody marked it as right. `day` is a date.
    """

    id: str
    author: str
    text: str
    day: str = ""
    below: str = ""
    checked: bool = False
    liked_by: frozenset[str] = frozenset()
    by_a_bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """The messages of one channel or group, the oldest first, and the names of its people."""

    place: str
    messages: Sequence[Said]
    names: Collection[str] = field(default=(), repr=False)
