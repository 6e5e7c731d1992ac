"""How much room the cache has on its server, looked at now and then."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from adapters.stores.redis.pipeline import Pipeline

ALLOTMENT = 64 * 1024 * 1024
"""Bytes that the server may hold in all, unless it is told otherwise."""

SHARE = 0.8
"""Of the allotment; from there on no more answers are kept: what else lives there needs room."""

LOOK_AGAIN = timedelta(seconds=5)
MEGABYTE = 1024 * 1024

log = structlog.get_logger(service="redis")


@dataclass(slots=True, kw_only=True)
class CacheMemory:
    """Whether answers may be kept, by the memory of their server.

    A server that is the cache's `own` and evicts any key by itself (allkeys-lfu) is never full.
    """

    pipeline: Pipeline
    allotment: int = ALLOTMENT
    own: bool = False
    is_full: bool = False
    evicted: int = 0
    used: int = 0
    limit: int = 0
    _look_at: float = 0.0

    async def has_room(self) -> bool:
        """Look at most every `LOOK_AGAIN`; that it became full, or room again, is said once."""
        now = asyncio.get_running_loop().time()
        if now >= self._look_at:
            self._look_at = now + LOOK_AGAIN.total_seconds()
            await self.look()
        return not self.is_full

    async def look(self) -> None:
        """Ask the server. `UnavailableError` when it is away."""
        was_full = self.is_full
        self._read(fields_of(await self.pipeline.execute("INFO", "memory", "stats")))
        if self.is_full and not was_full:
            cure = "raise CACHE_MEMORY or the server's maxmemory, or set REDIS_CACHE_URL"
            log.warning("cache_full", used_mb=self._megabytes(), cure=cure)
        elif was_full and not self.is_full:
            log.info("cache_has_room", used_mb=self._megabytes())

    def refused(self) -> None:
        """The server took no answer: no more are tried until the next look."""
        self.is_full = True

    @property
    def is_half_full(self) -> bool:
        """Whether half of what answers may use is used, as of the last look."""
        return self.is_full or (self.limit > 0 and self.used >= SHARE * self.limit / 2)

    @property
    def status(self) -> str:
        """In words, for /ready."""
        state = f"full: {self._megabytes()} MB are used" if self.is_full else "up"
        return f"{state}, {self.evicted} keys were evicted" if self.evicted else state

    def _read(self, fields: dict[str, str]) -> None:
        maximum = int(fields.get("maxmemory", 0))
        self.used = int(fields.get("used_memory", 0))
        self.evicted = int(fields.get("evicted_keys", 0))
        if self.own and maximum and fields.get("maxmemory_policy", "").startswith("allkeys"):
            self.is_full = False
            return
        self.limit = min(self.allotment, maximum or self.allotment)
        self.is_full = self.used >= SHARE * self.limit

    def _megabytes(self) -> str:
        return f"{self.used / MEGABYTE:.0f} of {self.limit / MEGABYTE:.0f}"


def fields_of(info: Any) -> dict[str, str]:
    """The lines of an answer of `INFO`."""
    text = info.decode() if isinstance(info, bytes) else str(info)
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
