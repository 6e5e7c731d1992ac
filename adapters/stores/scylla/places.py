"""Where there are turns: the months of a conversation, and the conversations of a person."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from adapters.stores.scylla.cql import Write
from adapters.stores.scylla.times import UNIX_EPOCH, microseconds, month_of
from core.ports.clock import Clock
from core.ports.threads import Turn

KNOWN_FOR = timedelta(minutes=10)
MOST_KNOWN = 50_000
LONGEST_MONTH = timedelta(days=31)
"""A place outlives whatever is said there until the end of the month."""

MONTH = """
INSERT INTO conversation_months (session_id, month) VALUES (?, ?) USING TIMESTAMP ? AND TTL ?
"""
PERSON = """
INSERT INTO conversations_by_user (user_id, month, session_id, organization_id)
VALUES (?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?
"""

Place = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Living:
    """A turn, and how long it has left to live."""

    turn: Turn
    left: timedelta


@dataclass(slots=True, kw_only=True)
class Places:
    """The rows of places. What was written a moment ago is not written for every turn again."""

    clock: Clock
    _known: set[Place] = field(default_factory=set)
    _known_since: datetime = UNIX_EPOCH

    def missing(self, turns: Iterable[Living]) -> dict[Place, Write]:
        """The rows that are to be written with these turns."""
        self._forget()
        return {
            place: write for one in turns for place, write in _rows(one) if place not in self._known
        }

    def written(self, places: Iterable[Place]) -> None:
        """Take note of what was written."""
        self._known.update(places)

    def forget_person(self, user_id: UUID) -> None:
        """Write a person's places with every turn: an erasure deletes them."""
        self._known = {place for place in self._known if place[0] != user_id}

    def _forget(self) -> None:
        now = self.clock()
        if len(self._known) > MOST_KNOWN or now - self._known_since > KNOWN_FOR:
            self._known.clear()
            self._known_since = now


def _rows(one: Living) -> Iterator[tuple[Place, Write]]:
    turn, month = one.turn, month_of(one.turn.at)
    life = (microseconds(turn.at), int((one.left + LONGEST_MONTH).total_seconds()))
    months = (turn.conversation_id, month)
    yield months, Write(MONTH, (*months, *life))
    if turn.user_id is not None:
        place = (turn.user_id, month, turn.conversation_id, turn.organization_id)
        yield place, Write(PERSON, (*place, *life))
