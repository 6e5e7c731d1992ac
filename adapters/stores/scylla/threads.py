"""Turns of conversations, by conversation and month."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self
from uuid import UUID

from adapters.stores.scylla.bridge import Row
from adapters.stores.scylla.cql import Cql, Write
from adapters.stores.scylla.erasure import Erasures
from adapters.stores.scylla.places import Places
from adapters.stores.scylla.times import UNIX_EPOCH, microseconds, month_of, time_of, timeuuid
from core.ports.clock import Clock
from core.ports.threads import Position, Turn
from core.text import clean

RETENTION = timedelta(days=7 * 365)

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
FIRST = UNIX_EPOCH
LAST = datetime(5000, 1, 1, tzinfo=UTC)  # a timeuuid ends in 5236


@dataclass(frozen=True, slots=True, kw_only=True)
class ScyllaThreads:
    """`Threads` in CQL. Turns live for `retention` from when they were said."""

    cql: Cql
    erasures: Erasures
    places: Places
    clock: Clock
    retention: timedelta = RETENTION

    @classmethod
    def on(cls, cql: Cql, clock: Clock, *, retention: timedelta = RETENTION) -> Self:
        """All that is needed on a keyspace."""
        return cls(
            cql=cql,
            erasures=Erasures(cql=cql),
            places=Places(clock=clock, retention=retention),
            clock=clock,
            retention=retention,
        )

    async def append(self, turns: Sequence[Turn]) -> None:
        kept = [turn for turn in turns if self._seconds_left(turn.at) > 0]
        missing = self.places.missing(kept)
        await self.cql.write(*self._partitions(kept), *([row] for row in missing.values()))
        self.places.written(missing)
        for user_id in await self.erasures.honour(kept):
            self.places.forget_person(user_id)
            again = self.places.missing(kept)
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

    def _partitions(self, turns: Iterable[Turn]) -> Sequence[Sequence[Write]]:
        """The turns by the partition they go to."""
        partitions: dict[tuple[UUID, int], list[Write]] = {}
        for turn in turns:
            key = (turn.conversation_id, month_of(turn.at))
            life = (microseconds(turn.at), self._seconds_left(turn.at))
            partitions.setdefault(key, []).append(Write(TURN, (*key, *_columns(turn), *life)))
        return list(partitions.values())

    def _seconds_left(self, at: datetime) -> int:
        return int((at + self.retention - self.clock()).total_seconds())


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
