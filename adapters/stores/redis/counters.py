"""Count in memory and bring the sums to Redis a few times a second."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from types import TracebackType
from typing import Self
from uuid import UUID

import structlog
from redis.exceptions import ResponseError

from adapters.stores.redis.connection import PREFIX
from adapters.stores.redis.pending import RedisPendingCounts
from adapters.stores.redis.pipeline import Pipeline
from adapters.stores.redis.workers import leave
from core.errors import UnavailableError
from core.ports.clock import NewId

LIFETIME = timedelta(days=7)
"""How long a counter outlives its last change."""

EVERY = timedelta(milliseconds=200)
AFTER_TROUBLE = timedelta(seconds=2)
METRICS = 10_000
"""Different metrics that are held in memory while Redis is away."""

log = structlog.get_logger(service="counters")


class RedisCounters:
    """Running totals: `{prefix}:analytics:counter:{metric}`.

    Use it inside `async with`, within the pipeline's: leaving brings what is left. Sums that could
    not be brought are kept for the next time, so a broken connection can count a running total
    twice. What is added for an organization also goes to `pending`, for the day, exactly once: a
    batch is brought under one id until it has arrived.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        *,
        pending: RedisPendingCounts,
        new_id: NewId,
        prefix: str = PREFIX,
        every: timedelta = EVERY,
    ) -> None:
        self._pipeline = pipeline
        self._pending = pending
        self._new_id = new_id
        self._of_day: Counter[tuple[UUID, str]] = Counter()
        self._batch: tuple[UUID, Mapping[tuple[UUID, str], int]] | None = None
        self._prefix = f"{prefix}:analytics:counter:"
        self._every = every
        self._sums: Counter[str] = Counter()
        self._beside: list[Callable[[], Awaitable[object]]] = []
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

    async def add(
        self, metric: str, amount: int = 1, *, organization_id: UUID | None = None
    ) -> None:
        """Add to a metric; it reaches Redis a moment later."""
        if organization_id is not None:
            key = (organization_id, metric)
            if key in self._of_day or len(self._of_day) < METRICS:
                self._of_day[key] += amount
                self._dirty.set()
        if metric in self._sums or len(self._sums) < METRICS:
            self._sums[metric] += amount
            self._dirty.set()

    def bring(self, send: Callable[[], Awaitable[object]]) -> None:
        """Send something together with the next sums, once: it may be lost on its way."""
        self._beside.append(send)
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
        beside, self._beside = self._beside, []
        brought = [self._bring(metric, amount) for metric, amount in sums.items()]
        return all(await asyncio.gather(*brought, self._bring_day(), *map(_sent, beside)))

    async def _bring_day(self) -> bool:
        if self._batch is None:
            if not self._of_day:
                return True
            self._batch, self._of_day = (self._new_id(), self._of_day), Counter()
        try:
            await self._pending.add(*self._batch)
        except UnavailableError:
            return False
        except (ResponseError, ValueError) as error:
            log.warning("counts_refused", reason=str(error))
        self._batch = None
        return not self._of_day

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


async def _sent(send: Callable[[], Awaitable[object]]) -> bool:
    try:
        await send()
    except (UnavailableError, ResponseError):
        return True
    except Exception:  # what may be lost must not end the bot
        log.exception("not_brought")
    return True
