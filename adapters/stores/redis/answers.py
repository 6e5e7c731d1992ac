"""Keep answers in Redis for an hour."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError
from redis.exceptions import ResponseError

from adapters.stores.redis.connection import PREFIX
from adapters.stores.redis.pipeline import Pipeline
from core.entries import Answer, Origin
from core.errors import UnavailableError, UnstorableError

LIFETIME = timedelta(hours=1)
ALLOTMENT = 0.8
"""Share of Redis' memory from which on no more answers are kept: what else lives there stays."""

LOOK_AGAIN = timedelta(seconds=5)

ANSWER = TypeAdapter(Answer)


class RedisAnswerCache:
    """The answer cache: `{prefix}:cache:faq:{key}`."""

    def __init__(self, pipeline: Pipeline, *, prefix: str = PREFIX) -> None:
        self._pipeline = pipeline
        self._prefix = f"{prefix}:cache:faq:"
        self._full = False
        self._look_at = 0.0

    async def get(self, key: str) -> Answer | None:
        """Find an answer; its origin says that it comes from here."""
        try:
            kept = await self._pipeline.execute("GET", self._prefix + key)
        except ResponseError:  # the key holds something else: soon overwritten
            return None
        if kept is None:
            return None
        try:
            answer = ANSWER.validate_json(kept)
        except ValidationError:
            # Written by another version: as good as not there, and soon overwritten.
            return None
        return replace(answer, origin=Origin.CACHE)

    async def put(self, key: str, answer: Answer) -> None:
        """Keep an answer for `LIFETIME`, unless the allotment is used up.

        After a failure nothing is kept until the next look at the memory: each one would fail.
        """
        try:
            await self._look()
            if not self._full:
                await self._set(key, answer)
        except UnavailableError:
            self._full = True
            raise
        except ResponseError as error:
            self._full = True
            raise UnstorableError(f"Redis refuses: {error}") from error

    async def _set(self, key: str, answer: Answer) -> None:
        seconds = int(LIFETIME.total_seconds())
        kept = ANSWER.dump_json(answer)
        await self._pipeline.execute("SET", self._prefix + key, kept, "EX", seconds)

    async def _look(self) -> None:
        """Compare memory with its limit, at most every `LOOK_AGAIN`."""
        now = asyncio.get_running_loop().time()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_AGAIN.total_seconds()
        self._full = is_full(await self._pipeline.execute("INFO", "memory"))


def is_full(info: Any) -> bool:
    """Whether the answer of `INFO memory` leaves no room for the cache.

    A server that evicts any key by itself (allkeys-lfu) is a cache of its own and never full.
    """
    text = info.decode() if isinstance(info, bytes) else str(info)
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    limit = int(fields.get("maxmemory", 0))
    if limit == 0 or fields.get("maxmemory_policy", "").startswith("allkeys"):
        return False
    return int(fields.get("used_memory", 0)) >= ALLOTMENT * limit
