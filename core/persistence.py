"""Writing what must be written, however long its store is away."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from core.errors import UnavailableError, UnstorableError

Result = TypeVar("Result")

PAUSE = 0.1  # seconds before the second attempt
LONGEST_PAUSE = 2.0

log = structlog.get_logger(service="persistence")


async def until_stored(write: Callable[[], Awaitable[Result]], *, what: str) -> Result:
    """Repeat an idempotent write until the store takes it; logged once if not at once.

    A failure that nobody foresaw is repeated too: giving up would leave the row as it is until a
    restart. `UnstorableError` is raised, since it would never end.
    """
    pause = PAUSE
    while True:
        try:
            return await write()
        except UnstorableError:
            raise
        except UnavailableError as error:
            if pause == PAUSE:
                log.warning("store_unavailable", write=what, reason=str(error))
        except Exception:
            if pause == PAUSE:
                log.exception("store_failed", write=what)
        await asyncio.sleep(pause * (0.5 + random.random()))  # noqa: S311
        pause = min(pause * 2, LONGEST_PAUSE)
