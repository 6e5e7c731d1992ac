"""Waiting after failures: longer each time, and one line in the log for a row of them."""

import asyncio
import random
from dataclasses import dataclass
from datetime import timedelta

import structlog

from core.errors import BotError, RateLimitedError, UnavailableError

FIRST_SECONDS = 0.25
LONGEST_SECONDS = 15.0
LONGEST_FOR_A_STORE_SECONDS = 3.0

log = structlog.get_logger()


@dataclass(slots=True)
class Patience:
    """The failures in a row."""

    failures: int = 0
    reported: type[BotError] | None = None

    async def wait(self, error: BotError) -> None:
        """Wait before the next attempt; at least as long as the platform asks for."""
        if self.reported is not type(error):
            log.warning("telegram.interrupted", reason=str(error), kind=type(error).__name__)
            self.reported = type(error)
        ours = isinstance(error, UnavailableError)
        longest = LONGEST_FOR_A_STORE_SECONDS if ours else LONGEST_SECONDS
        delay = min(FIRST_SECONDS * 2 ** min(self.failures, 10), longest) * random.uniform(0.5, 1)  # noqa: S311
        self.failures += 1
        asked = error.retry_after if isinstance(error, RateLimitedError) else timedelta()
        await asyncio.sleep(asked.total_seconds() + delay)

    def restore(self) -> None:
        """An attempt went well."""
        if self.reported is not None:
            log.info("telegram.restored", failures=self.failures)
        self.failures, self.reported = 0, None
