"""Keep the stores in agreement: what PostgreSQL has settled reaches the second store."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import assert_never
from uuid import UUID

import structlog

from core.errors import UnavailableError
from core.ports.feedback import Vote, VoteMirror
from core.ports.threads import Exchange, Recorded, Threads, Turn

log = structlog.get_logger(service="multi_database_service")


class _End(Enum):
    """How writing something went."""

    WRITTEN = auto()
    AWAY = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiDatabaseService:
    """Writes turns after settlement, off the way of the answer, and votes after they were given.

    The inbox row stays marked unrecorded until the thread store has the turns, so a store that is
    away costs nothing: the sweep hands the exchange in again, and votes likewise, and the turns of
    late answers, which belong to no message and have rows of their own. That there is no
    bound to these rows but PostgreSQL's disk is meant: nothing is given up. Without `votes` they
    are kept in one store only.
    """

    threads: Threads
    recorded: Recorded
    tasks: asyncio.TaskGroup
    votes: VoteMirror | None = None
    _under_way: set[UUID] = field(default_factory=set)
    _away: asyncio.Event = field(default_factory=asyncio.Event)

    def record(self, exchange: Exchange) -> None:
        """Write an exchange's turns soon."""
        if exchange.message_id not in self._under_way:
            self._under_way.add(exchange.message_id)
            self.tasks.create_task(self._record(exchange))

    def remember(self, turns: Sequence[Turn]) -> None:
        """Write turns soon that belong to no message, and are kept in their rows until then."""
        for turn in turns:
            if turn.id not in self._under_way:
                self._under_way.add(turn.id)
                self.tasks.create_task(self._record(turn))

    async def catch_up(self, said: Sequence[Exchange | Turn]) -> int:
        """Write what was left behind, and say how many are written now.

        One goes first: a store that is away is asked once, and not for each of them.
        """
        left = [one for one in said if _id(one) not in self._under_way]
        written = 0
        for group in (left[:1], left[1:]):
            ends = await asyncio.gather(*map(self._record, group))
            written += ends.count(_End.WRITTEN)
            if _End.AWAY in ends:
                break
        return written

    async def mirror(self, votes: Sequence[Vote]) -> Sequence[Vote]:
        """Write votes to the second store, one first; those that it has now."""
        if self.votes is None:
            return []
        written: list[Vote] = []
        for group in (votes[:1], votes[1:]):
            ends = await asyncio.gather(*(self._mirror(self.votes, vote) for vote in group))
            written += [vote for vote, end in zip(group, ends, strict=True) if end is _End.WRITTEN]
            if _End.AWAY in ends:
                break
        return written

    def busy(self) -> int:
        """Count what is fresh and under way."""
        return len(self._under_way)

    async def _record(self, said: Exchange | Turn) -> _End:
        async def write() -> None:
            match said:
                case Exchange():
                    await self.threads.append(said.turns)
                    await self.recorded.mark(said.message_id)
                case Turn():
                    await self.threads.append([said])
                    await self.recorded.mark_late(said.id)
                case _:
                    assert_never(said)

        try:
            return await self._write(write, _id(said), failed="turns_not_recorded")
        finally:
            self._under_way.discard(_id(said))

    async def _mirror(self, votes: VoteMirror, vote: Vote) -> _End:
        return await self._write(
            lambda: votes.write(vote), vote.message_id, failed="vote_not_recorded"
        )

    async def _write(
        self, write: Callable[[], Awaitable[None]], message_id: UUID, *, failed: str
    ) -> _End:
        try:
            await write()
        except UnavailableError as error:
            if not self._away.is_set():
                self._away.set()
                log.warning("turns_wait", reason=str(error))
            return _End.AWAY
        except Exception:
            log.exception(failed, message_id=str(message_id))
            return _End.FAILED
        if self._away.is_set():
            self._away.clear()
            log.info("turns_written_again")
        return _End.WRITTEN


def _id(said: Exchange | Turn) -> UUID:
    return said.message_id if isinstance(said, Exchange) else said.id
