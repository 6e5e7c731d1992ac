"""Being woken by NOTIFY on a connection of its own."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import structlog

from adapters.stores.postgres.connection import ERRORS, is_passing
from core.errors import UnavailableError
from core.ports.wakeups import Wake

PROBE_EVERY = 10.0  # seconds; a dead connection delivers no notification and no error
RECONNECT_AFTER = 1.0

log = structlog.get_logger(service="wakeups")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresWakeups:
    """`Wakeups` over LISTEN; `admit` writes to the channel of the replica that owns the lane."""

    pool: asyncpg.Pool
    replica: UUID

    async def listen(self, wake: Wake) -> None:
        while True:
            try:
                async with self.pool.acquire(timeout=PROBE_EVERY) as connection:
                    await self._listen_on(connection, wake)
            except ERRORS as error:
                if not is_passing(error):
                    raise
                log.warning("wakeups_interrupted", reason=type(error).__name__)
            await asyncio.sleep(RECONNECT_AFTER)

    async def _listen_on(self, connection: asyncpg.pool.PoolConnectionProxy, wake: Wake) -> None:
        arrived: asyncio.Queue[str | None] = asyncio.Queue()

        def put(_connection: object, _pid: int, _channel: str, payload: object) -> None:
            arrived.put_nowait(str(payload))

        connection.add_termination_listener(lambda _: arrived.put_nowait(None))
        try:
            await connection.add_listener(f"trialogue_{self.replica.hex}", put)
            while True:
                await self._next(connection, arrived, wake)
        finally:
            # Not given back: it would go on listening. A failure here would hide a cancellation.
            with suppress(asyncpg.InterfaceError):
                connection.terminate()

    async def _next(
        self,
        connection: asyncpg.pool.PoolConnectionProxy,
        arrived: asyncio.Queue[str | None],
        wake: Wake,
    ) -> None:
        try:
            async with asyncio.timeout(PROBE_EVERY):
                payload = await arrived.get()
        except TimeoutError:
            await connection.fetchval("SELECT 1")
            return
        if payload is None:
            raise ConnectionResetError("the connection has ended")
        try:
            await wake(UUID(payload))
        except UnavailableError as error:
            log.warning("wakeup_left_to_the_sweep", reason=str(error))
