"""Wait until Redis is back, one probe for everybody who waits."""

import asyncio
import random

from redis.exceptions import ResponseError

from adapters.stores.redis.connection import PREFIX
from adapters.stores.redis.pipeline import Pipeline
from core.errors import UnavailableError

FIRST_DELAY = 0.1
LONGEST_DELAY = 2.0
"""Seconds between two probes."""


class RedisHealth:
    """Whether Redis answers: the port `Dependency`."""

    def __init__(self, pipeline: Pipeline, *, prefix: str = PREFIX) -> None:
        self._pipeline = pipeline
        self._key = f"{prefix}:health"
        self._probing = asyncio.Lock()
        self._answers = 0

    async def ping(self) -> bool:
        """Ask once. A read, because a server that is loading or cut off still answers PING."""
        try:
            await self._pipeline.execute("GET", self._key)
        except UnavailableError:
            return False
        except ResponseError:
            return True
        return True

    async def back(self) -> None:
        """Return when Redis has answered after this call, however many wait."""
        seen = self._answers
        async with self._probing:
            delay = FIRST_DELAY
            while self._answers == seen:
                # The caller has just met a failure: asking at once would only repeat it.
                await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311
                delay = min(2 * delay, LONGEST_DELAY)
                if await self.ping():
                    self._answers += 1
