"""Receipts on a real server: there for a week, and nobody's trouble when they are not."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from redis.asyncio import Redis

from adapters.stores.redis.memory import CacheMemory
from adapters.stores.redis.pipeline import Pipeline
from adapters.stores.redis.receipts import RedisReceipts
from core.entries import Origin
from core.ports.receipts import Receipt
from tests.stores.test_redis_counters import counting
from tests.stores.valkey import Valkey

ORGANIZATION = uuid4()
RECEIPT = Receipt(
    message_id=UUID(int=7),
    origin=Origin.CACHE,
    confidence=0.97,
    answered_at=datetime(2026, 1, 2, 3, 5, tzinfo=UTC),
    found_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    milliseconds=1.5,
    revision=3,
    units=0,
)
KEY = f"trialogue:receipt:{{{ORGANIZATION}}}:{RECEIPT.message_id}"
NOT_YET = timedelta(seconds=60)


async def test_a_receipt_is_there_at_once_and_for_a_week(pipeline: Pipeline, admin: Redis) -> None:
    memory = CacheMemory(pipeline=pipeline)
    async with counting(pipeline, every=NOT_YET) as counters:
        receipts = RedisReceipts(pipeline=pipeline, counters=counters, memory=memory)
        receipts.keep(ORGANIZATION, RECEIPT)
        assert await receipts.get(ORGANIZATION, RECEIPT.message_id) == RECEIPT
        assert await receipts.get(uuid4(), RECEIPT.message_id) is None
        assert await admin.exists(KEY) == 0
    assert await receipts.get(ORGANIZATION, RECEIPT.message_id) == RECEIPT
    assert 604_700 < await admin.ttl(KEY) <= 604_800
    assert await admin.strlen(KEY) < 300
    await admin.set(KEY, b"{}")
    assert await receipts.get(ORGANIZATION, RECEIPT.message_id) is None
    await admin.flushall()
    assert await receipts.get(ORGANIZATION, RECEIPT.message_id) is None


async def test_no_receipt_is_kept_where_answers_need_the_room(
    pipeline: Pipeline, admin: Redis
) -> None:
    memory = CacheMemory(pipeline=pipeline, allotment=1)
    await memory.look()
    async with counting(pipeline) as counters:
        receipts = RedisReceipts(pipeline=pipeline, counters=counters, memory=memory)
        receipts.keep(ORGANIZATION, RECEIPT)
    assert await admin.exists(KEY) == 0


async def test_without_redis_a_receipt_is_lost_and_no_more(
    pipeline: Pipeline, valkey: Valkey
) -> None:
    memory = CacheMemory(pipeline=pipeline)
    async with counting(pipeline) as counters:
        valkey.kill()
        receipts = RedisReceipts(pipeline=pipeline, counters=counters, memory=memory)
        receipts.keep(ORGANIZATION, RECEIPT)
    assert await receipts.get(ORGANIZATION, RECEIPT.message_id) is None


async def test_a_message_that_is_handled_twice_has_one_receipt_and_ends_nothing(
    pipeline: Pipeline, admin: Redis
) -> None:
    memory = CacheMemory(pipeline=pipeline)
    async with counting(pipeline) as counters:
        receipts = RedisReceipts(pipeline=pipeline, counters=counters, memory=memory)
        receipts.keep(ORGANIZATION, RECEIPT)
        receipts.keep(ORGANIZATION, RECEIPT)
        await counters.add("asked")
    assert await receipts.get(ORGANIZATION, RECEIPT.message_id) == RECEIPT
    assert await admin.get("trialogue:analytics:counter:asked") == b"1"


async def test_what_cannot_be_brought_ends_nothing(pipeline: Pipeline, admin: Redis) -> None:
    async def fails() -> None:
        raise KeyError("lost")

    async with counting(pipeline) as counters:
        counters.bring(fails)
        await counters.add("asked")
    assert await admin.get("trialogue:analytics:counter:asked") == b"1"
