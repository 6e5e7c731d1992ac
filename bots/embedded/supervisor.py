"""Keep servers running: start them side by side, bring back what dies, stop them."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from bots.embedded.server import Server
from core.errors import ConfigurationError

FIRST_PAUSE = timedelta(milliseconds=100)
LONGEST_PAUSE = timedelta(seconds=15)
STEADY = timedelta(seconds=30)  # having run this long, a death is a new one
LOG_CHECK = timedelta(seconds=30)

log = structlog.get_logger()


@asynccontextmanager
async def supervised(servers: Sequence[Server]) -> AsyncIterator[None]:
    """Servers that answer, for the time of the block."""
    failure: Exception | None = None
    try:
        await together([server.start() for server in servers])
        async with asyncio.TaskGroup() as group:
            keepers = [group.create_task(keep(server)) for server in servers]
            try:
                yield
            except Exception as error:  # noqa: BLE001 - raised below, outside of the group
                failure = error
            finally:
                for keeper in keepers:
                    keeper.cancel()
        if failure is not None:
            raise failure
    finally:
        await together([server.stop() for server in servers])


async def together(steps: Sequence[Coroutine[object, object, None]]) -> None:
    """Do steps at the same time; the first failure is raised as it is, not as a group."""
    try:
        async with asyncio.TaskGroup() as group:
            for step in steps:
                group.create_task(step)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


async def keep(server: Server) -> None:
    """Bring a server back whenever it dies, more slowly each time; never returns."""
    pause = FIRST_PAUSE
    while True:
        started = time.monotonic()
        code = await _end(server)
        if time.monotonic() - started > STEADY.total_seconds():
            pause = FIRST_PAUSE
        pause = await _restart(server, code, pause)


async def _end(server: Server) -> int:
    """Its exit code, once it has ended. Its log is kept small meanwhile."""
    while True:
        try:
            async with asyncio.timeout(LOG_CHECK.total_seconds()):
                return await server.wait()
        except TimeoutError:
            await asyncio.to_thread(server.program.log.trim)


async def _restart(server: Server, code: int, pause: timedelta) -> timedelta:
    """Start it until it answers; how long to wait when it dies again."""
    while True:
        log.warning(
            "embedded_server_died",
            server=server.program.name,
            exit_code=code,
            restart_in_ms=round(pause.total_seconds() * 1000),
        )
        await asyncio.sleep(pause.total_seconds())
        pause = min(pause * 2, LONGEST_PAUSE)
        try:
            await server.start()
        except (ConfigurationError, OSError) as error:
            log.warning("embedded_restart_failed", server=server.program.name, error=str(error))
        else:
            log.info("embedded_server_back", server=server.program.name)
            return pause
