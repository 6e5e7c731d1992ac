"""Hold a claim for as long as somebody works on it, and hardly longer."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from core.errors import UnavailableError

RENEWALS = 4
"""In the time of a claim: some may fail before it is lost."""


@asynccontextmanager
async def held(renew: Callable[[], Awaitable[bool]], *, within: timedelta) -> AsyncIterator[None]:
    """Renew a claim, which ends by itself after `within`, while the body runs.

    `renew` says whether it is held still. Where it is not, or cannot be renewed before it ends,
    the body is cancelled, and `UnavailableError` says so.
    """
    try:
        async with asyncio.TaskGroup() as tasks:
            renewing = tasks.create_task(_renew(renew, within.total_seconds()))
            yield
            renewing.cancel()
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None


async def _renew(renew: Callable[[], Awaitable[bool]], within: float) -> None:
    pause = within / RENEWALS
    until = time.monotonic() + within
    while True:
        await asyncio.sleep(pause)
        asked = time.monotonic()
        try:
            async with asyncio.timeout(max(until - asked, 0.0)):
                held = await renew()
        except (UnavailableError, TimeoutError) as error:
            if time.monotonic() + pause > until:
                raise UnavailableError("a claim could not be renewed in time") from error
            continue
        if not held:
            raise UnavailableError("a claim is somebody else's by now")
        until = asked + within
