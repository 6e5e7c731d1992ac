"""How answers came about, kept in Redis for a week."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from redis.exceptions import ResponseError

from adapters.stores.redis.breaker import Breaker
from adapters.stores.redis.connection import PREFIX
from adapters.stores.redis.counters import RedisCounters
from adapters.stores.redis.memory import CacheMemory
from adapters.stores.redis.pipeline import Pipeline
from core.errors import UnavailableError
from core.ports.receipts import Receipt

LIFETIME = timedelta(days=7)
SECONDS = int(LIFETIME.total_seconds())
MOST = 1_000
"""Receipts on their way at most; more are left out."""

RECEIPT = TypeAdapter(Receipt)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisReceipts:
    """`Receipts`: `{prefix}:receipt:{{organization}}:{message}`, some 400 bytes each.

    They are beside the answers, and brought together with the counters. None is kept once half of
    what answers may use is used: receipts live longer, and would leave them no room in the end.
    """

    pipeline: Pipeline
    counters: RedisCounters
    memory: CacheMemory
    breaker: Breaker = field(default_factory=lambda: Breaker(what="receipts"))
    prefix: str = PREFIX
    _on_the_way: dict[str, Receipt] = field(default_factory=dict)

    def keep(self, organization_id: UUID, receipt: Receipt) -> None:
        if self.breaker.is_open or self.memory.is_half_full or len(self._on_the_way) >= MOST:
            return
        name = self._name(organization_id, receipt.message_id)
        known = name in self._on_the_way
        self._on_the_way[name] = receipt
        if not known:  # a message that is handled a second time has one receipt
            self.counters.bring(partial(self._bring, name))

    async def get(self, organization_id: UUID, message_id: UUID) -> Receipt | None:
        name = self._name(organization_id, message_id)
        if name in self._on_the_way:
            return self._on_the_way[name]
        try:
            kept = await self.pipeline.execute("GET", name)
            return None if kept is None else RECEIPT.validate_json(kept)
        except (UnavailableError, ResponseError):
            return None
        except ValidationError:  # another version's
            return None

    async def _bring(self, name: str) -> None:
        kept = RECEIPT.dump_json(self._on_the_way[name])
        try:
            await self.pipeline.execute("SET", name, kept, "EX", SECONDS)
        finally:
            del self._on_the_way[name]

    def _name(self, organization_id: UUID, message_id: UUID) -> str:
        return f"{self.prefix}:receipt:{{{organization_id}}}:{message_id}"
