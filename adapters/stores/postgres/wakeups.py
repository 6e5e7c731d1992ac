"""Being woken by NOTIFY on a connection of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

import asyncpg
import structlog

from adapters.stores.postgres.connection import ERRORS, is_passing
from adapters.stores.postgres.knowledge import CHANNEL
from core.errors import UnavailableError
from core.ports.wakeups import Changed, Wake

PROBE_EVERY = 10.0  # seconds; a dead connection delivers no notification and no error
RECONNECT_AFTER = 1.0

News: TypeAlias = tuple[Callable[[UUID], Awaitable[None]], str]
"""Who is to be told, and the id that it is about."""

log = structlog.get_logger(service="wakeups")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresWakeups:
    """`Wakeups` over LISTEN.

    `admit` writes to the channel of the replica that owns the lane, a change of the knowledge to
    one for all.
    """

    pool: asyncpg.Pool
    replica: UUID

    async def listen(self, wake: Wake, changed: Changed) -> None:
        while True:
            try:
                async with self.pool.acquire(timeout=PROBE_EVERY) as connection:
                    await self._listen_on(connection, wake, changed)
            except ERRORS as error:
                if not is_passing(error):
                    raise
                log.warning("wakeups_interrupted", reason=type(error).__name__)
            await asyncio.sleep(RECONNECT_AFTER)

    async def _listen_on(
        self, connection: asyncpg.pool.PoolConnectionProxy, wake: Wake, changed: Changed
    ) -> None:
        arrived: asyncio.Queue[News | None] = asyncio.Queue()

        def put(_connection: object, _pid: int, channel: str, payload: object) -> None:
            arrived.put_nowait((changed if channel == CHANNEL else wake, str(payload)))

        connection.add_termination_listener(lambda _: arrived.put_nowait(None))
        try:
            await connection.add_listener(CHANNEL, put)
            await connection.add_listener(f"trialogue_{self.replica.hex}", put)
            while True:
                await self._next(connection, arrived)
        finally:
            # Not given back: it would go on listening. A failure here would hide a cancellation.
            with suppress(asyncpg.InterfaceError):
                connection.terminate()

    async def _next(
        self,
        connection: asyncpg.pool.PoolConnectionProxy,
        arrived: asyncio.Queue[News | None],
    ) -> None:
        try:
            async with asyncio.timeout(PROBE_EVERY):
                news = await arrived.get()
        except TimeoutError:
            await connection.fetchval("SELECT 1")
            return
        if news is None:
            raise ConnectionResetError("the connection has ended")
        tell, payload = news
        try:
            await tell(UUID(payload))
        except UnavailableError as error:
            log.warning("wakeup_left_to_the_sweep", reason=str(error))
