"""The answer cache on a server of its own, without which everything goes on."""

from dataclasses import dataclass, field

from adapters.stores.limits import REDIS
from adapters.stores.redis.answers import RedisAnswerCache
from adapters.stores.redis.breaker import Breaker
from core.entries import Answer
from core.errors import UnavailableError

TIMEOUT = REDIS.cache
"""For its connection: an answer waits behind it, and can be found without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondServerCache:
    """`AnswerCache` whose absence is a miss."""

    cache: RedisAnswerCache
    breaker: Breaker = field(default_factory=lambda: Breaker(what="cache"))

    async def get(self, key: str) -> Answer | None:
        """Find an answer, None also when the server is away."""
        if self.breaker.is_open:
            return None
        try:
            answer = await self.cache.get(key)
        except UnavailableError as error:
            self.breaker.failed(error)
            return None
        self.breaker.worked()
        return answer

    async def put(self, key: str, answer: Answer) -> None:
        """Keep an answer where there is somewhere to."""
        if self.breaker.is_open:
            return
        try:
            await self.cache.put(key, answer)
        except UnavailableError as error:
            self.breaker.failed(error)

    async def status(self) -> str:
        """In words, for /ready."""
        if self.breaker.is_open:
            return "away: answers are looked up anew"
        try:
            return await self.cache.status()
        except UnavailableError as error:
            self.breaker.failed(error)
            return "away: answers are looked up anew"
