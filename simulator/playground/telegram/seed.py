"""What was said in the groups before, in the order in which it was said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simulator.playground.values import Line, Room


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seeded:
    """A line, when it was said in seconds since 1970, and the line that it replies to."""

    room: Room
    line: Line
    at: float
    reply_to: "Seeded | None" = None


def in_order(rooms: Sequence[Room], *, now: float) -> list[Seeded]:
    """The lines of all rooms by time; a reply never comes before what it replies to."""
    seeded = [
        one for room in rooms for line in room.lines for one in _with_replies(room, line, now, None)
    ]
    return sorted(seeded, key=lambda one: one.at)


def _with_replies(room: Room, line: Line, now: float, parent: Seeded | None) -> Iterator[Seeded]:
    at = now - line.ago.total_seconds()
    one = Seeded(
        room=room, line=line, at=at if parent is None else max(at, parent.at), reply_to=parent
    )
    yield one
    for reply in line.replies:
        yield from _with_replies(room, reply, now, one)
