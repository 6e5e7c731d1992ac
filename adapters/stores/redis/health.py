"""Whether Redis answers: said once when that changes, and waited for by one probe for all."""

import asyncio
import random
from time import monotonic

import structlog
from redis.exceptions import ResponseError

from adapters.stores.redis.connection import PREFIX
from adapters.stores.redis.pipeline import Pipeline
from core.errors import UnavailableError

FIRST_DELAY = 0.1
LONGEST_DELAY = 2.0
"""Seconds between two probes."""

EFFECT = "questions wait for it, and are answered when it is back"
"""What people notice; the rest goes on."""

log = structlog.get_logger(service="redis")


class RedisHealth:
    """Whether Redis answers: the port `Dependency`.

    Whoever meets a failure asks here next, so that the log has it at once.
    """

    def __init__(self, pipeline: Pipeline, *, prefix: str = PREFIX) -> None:
        self._pipeline = pipeline
        self._key = f"{prefix}:health"
        self._probing = asyncio.Lock()
        self._answers = 0
        self._away_since: float | None = None

    @property
    def state(self) -> str:
        """`up`, or `down:` and what follows from it, as of the last time it was asked."""
        return "up" if self._away_since is None else f"down: no answer; {EFFECT}"

    async def ping(self) -> bool:
        """Ask once. A read, because a server that is loading or cut off still answers PING."""
        try:
            await self._pipeline.execute("GET", self._key)
        except UnavailableError as error:
            self._is_away(str(error))
            return False
        except ResponseError:
            pass
        self._is_there()
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

    def _is_away(self, reason: str) -> None:
        if self._away_since is None:
            self._away_since = monotonic()
            log.warning("redis_away", reason=reason, effect=EFFECT)

    def _is_there(self) -> None:
        if self._away_since is not None:
            seconds = round(monotonic() - self._away_since, 1)
            self._away_since = None
            log.info("redis_connected", away_seconds=seconds)
