"""Keep the stores in agreement: what PostgreSQL has settled reaches the thread store."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from uuid import UUID

import structlog

from core.errors import UnavailableError
from core.ports.threads import Exchange, Recorded, Threads

log = structlog.get_logger(service="multi_database_service")


class _End(Enum):
    """How writing an exchange went."""

    WRITTEN = auto()
    AWAY = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiDatabaseService:
    """Writes turns after settlement, off the way of the answer.

    The inbox row stays marked unrecorded until the thread store has the turns, so a store that is
    away costs nothing: the sweep hands the exchange in again. That there is no bound to these rows
    but PostgreSQL's disk is meant: nothing is given up.
    """

    threads: Threads
    recorded: Recorded
    tasks: asyncio.TaskGroup
    _under_way: set[UUID] = field(default_factory=set)
    _away: asyncio.Event = field(default_factory=asyncio.Event)

    def record(self, exchange: Exchange) -> None:
        """Write an exchange's turns soon."""
        if exchange.message_id not in self._under_way:
            self._under_way.add(exchange.message_id)
            self.tasks.create_task(self._record(exchange))

    async def catch_up(self, exchanges: Sequence[Exchange]) -> int:
        """Write what was left behind, and say how many are written now.

        One goes first: a store that is away is asked once, and not for each of them.
        """
        left = [one for one in exchanges if one.message_id not in self._under_way]
        written = 0
        for group in (left[:1], left[1:]):
            ends = await asyncio.gather(*map(self._record, group))
            written += ends.count(_End.WRITTEN)
            if _End.AWAY in ends:
                break
        return written

    def busy(self) -> int:
        """Count the fresh exchanges under way."""
        return len(self._under_way)

    async def _record(self, exchange: Exchange) -> _End:
        try:
            await self.threads.append(exchange.turns)
            await self.recorded.mark(exchange.message_id)
        except UnavailableError as error:
            if not self._away.is_set():
                self._away.set()
                log.warning("turns_wait", reason=str(error))
            return _End.AWAY
        except Exception:
            log.exception("turns_not_recorded", message_id=str(exchange.message_id))
            return _End.FAILED
        finally:
            self._under_way.discard(exchange.message_id)
        if self._away.is_set():
            self._away.clear()
            log.info("turns_written_again")
        return _End.WRITTEN
