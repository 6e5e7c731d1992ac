"""Count in memory and bring the sums to Redis a few times a second."""

import asyncio
import contextlib
from collections import Counter
from datetime import timedelta
from types import TracebackType
from typing import Self

from redis.exceptions import ResponseError

from adapters.stores.redis.connection import PREFIX
from adapters.stores.redis.pipeline import Pipeline
from adapters.stores.redis.workers import leave
from core.errors import UnavailableError

LIFETIME = timedelta(days=7)
"""How long a counter outlives its last change."""

EVERY = timedelta(milliseconds=200)
AFTER_TROUBLE = timedelta(seconds=2)
METRICS = 10_000
"""Different metrics that are held in memory while Redis is away."""


class RedisCounters:
    """Running totals: `{prefix}:analytics:counter:{metric}`.

    Use it inside `async with`, within the pipeline's: leaving brings what is left. Sums that could
    not be brought are kept for the next time, so a broken connection can count one twice.
    """

    def __init__(
        self, pipeline: Pipeline, *, prefix: str = PREFIX, every: timedelta = EVERY
    ) -> None:
        self._pipeline = pipeline
        self._prefix = f"{prefix}:analytics:counter:"
        self._every = every
        self._sums: Counter[str] = Counter()
        self._dirty = asyncio.Event()
        self._closing = asyncio.Event()
        self._workers = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        await self._workers.__aenter__()
        self._workers.create_task(self._work())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._dirty.set()
        try:
            await leave(self._workers, kind, error, traceback)
        finally:
            await self._flush()

    async def add(self, metric: str, amount: int = 1) -> None:
        """Add to a metric; it reaches Redis a moment later."""
        if metric in self._sums or len(self._sums) < METRICS:
            self._sums[metric] += amount
            self._dirty.set()

    async def _work(self) -> None:
        while not self._closing.is_set():
            await self._dirty.wait()
            await self._pause(self._every)
            self._dirty.clear()
            if not await self._flush():
                self._dirty.set()
                await self._pause(AFTER_TROUBLE)

    async def _pause(self, duration: timedelta) -> None:
        """Wait, but not when leaving."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(duration.total_seconds()):
                await self._closing.wait()

    async def _flush(self) -> bool:
        """Bring the sums; False when some have to be brought again."""
        sums, self._sums = self._sums, Counter()
        brought = [self._bring(metric, amount) for metric, amount in sums.items()]
        return all(await asyncio.gather(*brought))

    async def _bring(self, metric: str, amount: int) -> bool:
        key = self._prefix + metric
        seconds = int(LIFETIME.total_seconds())
        try:
            await self._pipeline.execute("INCRBY", key, amount)
            await self._pipeline.execute("EXPIRE", key, seconds)
        except UnavailableError:
            self._sums[metric] += amount
            return False
        except (ResponseError, ValueError):
            # Not a number there, or no name for a key: it would be refused for ever.
            return True
        return True
