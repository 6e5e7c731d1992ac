"""Keep answers in Redis for a while."""

from dataclasses import dataclass, replace

from pydantic import TypeAdapter, ValidationError
from redis.exceptions import ResponseError

from adapters.stores.redis.connection import PREFIX
from adapters.stores.redis.memory import CacheMemory
from adapters.stores.redis.pipeline import Pipeline
from core.answers.lifetime import lifetime_of
from core.entries import Answer, Origin
from core.errors import UnavailableError, UnstorableError
from core.ports.answers import Counters

ANSWER = TypeAdapter(Answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisAnswerCache:
    """The answer cache: `{prefix}:cache:faq:{key}`."""

    pipeline: Pipeline
    memory: CacheMemory
    counters: Counters
    prefix: str = PREFIX

    async def get(self, key: str) -> Answer | None:
        """Find an answer; its origin says that it comes from here."""
        try:
            kept = await self.pipeline.execute("GET", self._name(key))
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
        """Keep an answer for its lifetime, unless the allotment is used up, which is counted.

        After a failure nothing is kept until the next look at the memory: each one would fail.
        """
        try:
            if await self.memory.has_room():
                await self._set(key, answer)
            else:
                await self.counters.add("cache_full")
        except UnavailableError:
            self.memory.refused()
            raise
        except ResponseError as error:
            self.memory.refused()
            raise UnstorableError(f"Redis refuses: {error}") from error

    async def status(self) -> str:
        """In words, for /ready. `UnavailableError` when the server is away."""
        try:
            await self.memory.has_room()
        except ResponseError:  # this login may not ask
            return "up"
        return self.memory.status

    async def _set(self, key: str, answer: Answer) -> None:
        seconds = int(lifetime_of(answer).total_seconds())
        kept = ANSWER.dump_json(answer)
        await self.pipeline.execute("SET", self._name(key), kept, "EX", seconds)

    def _name(self, key: str) -> str:
        return f"{self.prefix}:cache:faq:{key}"
