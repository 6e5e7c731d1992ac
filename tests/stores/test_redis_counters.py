"""Counters on a real server: sums arrive, and trouble is nobody's trouble."""

import asyncio
from datetime import timedelta

from redis.asyncio import Redis

from adapters.stores.redis.counters import RedisCounters
from adapters.stores.redis.pipeline import Pipeline
from tests.stores.valkey import Valkey

KEY = "trialogue:analytics:counter:messages"
SOON = timedelta(milliseconds=20)


async def test_sums_arrive_in_few_commands_and_last_seven_days(
    pipeline: Pipeline, admin: Redis
) -> None:
    async with RedisCounters(pipeline, every=SOON) as counters:
        await asyncio.gather(*(counters.add("messages") for _ in range(1000)))
        await counters.add("messages", 24)
        await asyncio.sleep(0.2)
        assert await admin.get(KEY) == b"1024"
        assert 604_700 < await admin.ttl(KEY) <= 604_800
    stats = await admin.info("commandstats")
    assert stats["cmdstat_incrby"]["calls"] == 1


async def test_leaving_brings_what_is_left_at_once(pipeline: Pipeline, admin: Redis) -> None:
    async with asyncio.timeout(2):
        async with RedisCounters(pipeline, every=timedelta(seconds=60)) as counters:
            await counters.add("messages", 3)
            await asyncio.sleep(0.01)
            await counters.add("messages", 4)
    assert await admin.get(KEY) == b"7"


async def test_adding_never_raises_and_is_made_up_for_when_redis_is_back(
    pipeline: Pipeline, valkey: Valkey, admin: Redis
) -> None:
    async with RedisCounters(pipeline, every=SOON) as counters:
        valkey.kill()
        await counters.add("messages", 5)
        await asyncio.sleep(0.2)
        await counters.add("messages", 6)
        valkey.start()
    assert await admin.get(KEY) == b"11"


async def test_without_redis_leaving_does_not_fail(pipeline: Pipeline, valkey: Valkey) -> None:
    async with RedisCounters(pipeline, every=SOON) as counters:
        valkey.kill()
        await counters.add("messages")


async def test_a_metric_that_redis_refuses_does_not_stop_the_others(
    pipeline: Pipeline, admin: Redis
) -> None:
    await admin.set("trialogue:analytics:counter:text", "no number")
    async with RedisCounters(pipeline, every=SOON) as counters:
        await counters.add("text")
        await counters.add("\ud800")
        await counters.add("messages")
        await asyncio.sleep(0.1)
        await counters.add("messages")
    assert await admin.get(KEY) == b"2"
