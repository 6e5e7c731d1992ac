"""Keep the stores in agreement: what PostgreSQL has settled reaches the thread store."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from core.errors import UnavailableError
from core.ports.threads import Exchange, Recorded, Threads

log = structlog.get_logger(service="multi_database_service")


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiDatabaseService:
    """Writes turns after settlement, off the way of the answer.

    The inbox row stays marked unrecorded until the thread store has the turns, so a store that is
    away costs nothing: the sweep hands the exchange in again.
    """

    threads: Threads
    recorded: Recorded
    tasks: asyncio.TaskGroup
    _under_way: set[UUID] = field(default_factory=set)

    def record(self, exchange: Exchange) -> None:
        """Write an exchange's turns soon."""
        if exchange.message_id not in self._under_way:
            self._under_way.add(exchange.message_id)
            self.tasks.create_task(self._record(exchange))

    def busy(self) -> int:
        """Count the exchanges under way."""
        return len(self._under_way)

    async def _record(self, exchange: Exchange) -> None:
        try:
            await self.threads.append(exchange.turns)
            await self.recorded.mark(exchange.message_id)
        except UnavailableError as error:
            log.warning("turns_wait", message_id=str(exchange.message_id), reason=str(error))
        except Exception:
            log.exception("turns_not_recorded", message_id=str(exchange.message_id))
        finally:
            self._under_way.discard(exchange.message_id)
