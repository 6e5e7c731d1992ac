"""Turns of conversations, by conversation and month."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self
from uuid import UUID

from adapters.stores.scylla.bridge import Row
from adapters.stores.scylla.cql import Cql, Write
from adapters.stores.scylla.erasure import Erasures
from adapters.stores.scylla.lifetimes import Keep
from adapters.stores.scylla.places import Living, Places
from adapters.stores.scylla.times import UNIX_EPOCH, microseconds, month_of, time_of, timeuuid
from core.ports.clock import Clock
from core.ports.threads import Position, Turn
from core.text import clean

# The time of a write is the time of what was said: written twice it is the same row, and what was
# deleted stays deleted, whatever any clock says.
TURN = """
INSERT INTO conversation_history
    (session_id, month, turn, id, organization_id, user_id, actor, text, confidence)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?
"""
MONTHS = """
SELECT month FROM conversation_months WHERE session_id = ? AND month <= ? AND month >= ?
"""
HISTORY = """
SELECT turn, id, organization_id, user_id, actor, text, confidence FROM conversation_history
 WHERE session_id = ? AND month = ? AND turn < ? AND turn >= ? LIMIT ?
"""
CONVERSATIONS = "SELECT session_id FROM conversations_by_user WHERE user_id = ?"
SECOND = timedelta(seconds=1)
FIRST = UNIX_EPOCH
LAST = datetime(5000, 1, 1, tzinfo=UTC)  # a timeuuid ends in 5236


@dataclass(frozen=True, slots=True, kw_only=True)
class ScyllaThreads:
    """`Threads` in CQL. Turns live from when they were said as long as their organization wants."""

    cql: Cql
    erasures: Erasures
    places: Places
    clock: Clock
    keep: Keep

    @classmethod
    def on(cls, cql: Cql, clock: Clock, *, keep: Keep) -> Self:
        """All that is needed on a keyspace."""
        erasures, places = Erasures(cql=cql), Places(clock=clock)
        return cls(cql=cql, erasures=erasures, places=places, clock=clock, keep=keep)

    async def append(self, turns: Sequence[Turn]) -> None:
        living = [one for one in await self._lives(turns) if one.left >= SECOND]
        kept = [one.turn for one in living]
        missing = self.places.missing(living)
        await self.cql.write(*_partitions(living), *([row] for row in missing.values()))
        self.places.written(missing)
        for user_id in await self.erasures.honour(kept):
            self.places.forget_person(user_id)
            again = self.places.missing(living)
            await self.cql.write(*([row] for row in again.values()))

    async def history(
        self,
        conversation_id: UUID,
        *,
        limit: int,
        before: Position | None = None,
        since: datetime | None = None,
    ) -> Sequence[Turn]:
        end = before if before and before.at < LAST else Position(at=LAST)
        start = max(since or FIRST, FIRST)
        months = await self.cql.fetch(MONTHS, conversation_id, month_of(end.at), month_of(start))
        newest_first: list[Row] = []
        for (month,) in months:
            newest_first += await self.cql.fetch(
                HISTORY,
                conversation_id,
                month,
                timeuuid(end.at, end.id),
                timeuuid(start, UUID(int=0)),
                limit - len(newest_first),
            )
            if len(newest_first) >= limit:
                break
        return [_to_turn(conversation_id, row) for row in reversed(newest_first)]

    async def conversations_of(self, user_id: UUID) -> Sequence[UUID]:
        rows = await self.cql.fetch(CONVERSATIONS, user_id)
        return list(dict.fromkeys(session_id for (session_id,) in rows))

    async def _lives(self, turns: Sequence[Turn]) -> Sequence[Living]:
        """The turns with the time they have left."""
        keeps = {one: await self.keep(one) for one in {turn.organization_id for turn in turns}}
        now = self.clock()
        return [
            Living(turn=turn, left=turn.at + keeps[turn.organization_id] - now) for turn in turns
        ]


def _partitions(turns: Iterable[Living]) -> Sequence[Sequence[Write]]:
    """The turns by the partition they go to."""
    partitions: dict[tuple[UUID, int], list[Write]] = {}
    for one in turns:
        key = (one.turn.conversation_id, month_of(one.turn.at))
        life = (microseconds(one.turn.at), int(one.left.total_seconds()))
        partitions.setdefault(key, []).append(Write(TURN, (*key, *_columns(one.turn), *life)))
    return list(partitions.values())


def _columns(turn: Turn) -> Sequence[object]:
    return (
        timeuuid(turn.at, turn.id),
        turn.id,
        turn.organization_id,
        turn.user_id,
        turn.actor,
        clean(turn.text),
        turn.confidence,
    )


def _to_turn(conversation_id: UUID, row: Row) -> Turn:
    place, identifier, organization_id, user_id, actor, text, confidence = row
    return Turn(
        id=identifier,
        organization_id=organization_id,
        conversation_id=conversation_id,
        user_id=user_id,
        actor=actor,
        text=text,
        confidence=confidence,
        at=time_of(place),
    )
