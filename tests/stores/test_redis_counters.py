"""Counters on a real server: sums arrive, and trouble is nobody's trouble."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from redis.asyncio import Redis

from adapters.stores.redis.counters import RedisCounters
from adapters.stores.redis.pending import RedisPendingCounts
from adapters.stores.redis.pipeline import Pipeline
from bots.clock import new_id
from tests.stores.valkey import Valkey

KEY = "trialogue:analytics:counter:messages"
SOON = timedelta(milliseconds=20)
ADA, BOB = UUID(int=1), UUID(int=2)


def counting(pipeline: Pipeline, *, every: timedelta = SOON) -> RedisCounters:
    """Counters of a process of its own."""
    pending = RedisPendingCounts(pipeline, new_id=new_id)
    return RedisCounters(pipeline, pending=pending, new_id=new_id, every=every)


async def test_sums_arrive_in_few_commands_and_last_seven_days(
    pipeline: Pipeline, admin: Redis
) -> None:
    async with counting(pipeline, every=timedelta(seconds=1)) as counters:
        await asyncio.gather(*(counters.add("messages") for _ in range(1000)))
        await counters.add("messages", 24)
        async with asyncio.timeout(60):
            while await admin.get(KEY) != b"1024":
                await asyncio.sleep(0.05)
        assert 604_700 < await admin.ttl(KEY) <= 604_800
    stats = await admin.info("commandstats")
    assert stats["cmdstat_incrby"]["calls"] == 1


async def test_leaving_brings_what_is_left_at_once(pipeline: Pipeline, admin: Redis) -> None:
    async with asyncio.timeout(30):
        async with counting(pipeline, every=timedelta(seconds=60)) as counters:
            await counters.add("messages", 3)
            await asyncio.sleep(0.01)
            await counters.add("messages", 4)
    assert await admin.get(KEY) == b"7"


async def test_adding_never_raises_and_is_made_up_for_when_redis_is_back(
    pipeline: Pipeline, valkey: Valkey, admin: Redis
) -> None:
    async with counting(pipeline) as counters:
        valkey.kill()
        await counters.add("messages", 5)
        await asyncio.sleep(0.2)
        await counters.add("messages", 6)
        valkey.start()
    assert await admin.get(KEY) == b"11"


async def test_without_redis_leaving_does_not_fail(pipeline: Pipeline, valkey: Valkey) -> None:
    async with counting(pipeline) as counters:
        valkey.kill()
        await counters.add("messages")


async def test_a_metric_that_redis_refuses_does_not_stop_the_others(
    pipeline: Pipeline, admin: Redis
) -> None:
    await admin.set("trialogue:analytics:counter:text", "no number")
    async with counting(pipeline) as counters:
        await counters.add("text")
        await counters.add("\ud800")
        await counters.add("messages")
        await asyncio.sleep(0.1)
        await counters.add("messages")
    assert await admin.get(KEY) == b"2"


async def test_counts_of_the_day_are_taken_until_they_are_done(
    pipeline: Pipeline, admin: Redis
) -> None:
    async with counting(pipeline) as counters:
        await counters.add("answered", 2, organization_id=ADA)
        await counters.add("answered", organization_id=BOB)
    pending = RedisPendingCounts(pipeline, new_id=new_id)
    flush = await pending.take()
    assert flush
    today = datetime.now(UTC).date()
    assert {(one.organization_id, one.day, one.metric, one.amount) for one in flush.counts} == {
        (ADA, today, "answered", 2),
        (BOB, today, "answered", 1),
    }
    async with counting(pipeline) as counters:  # counted while the flush is under way
        await counters.add("answered", 7, organization_id=ADA)
    assert await pending.take() == flush, "whoever asks, also after a crash"
    await pending.done(flush)
    await pending.done(flush)
    following = await pending.take()
    assert following
    assert [one.amount for one in following.counts] == [7]
    await pending.done(flush)  # somebody who was slow
    assert await pending.take() == following
    await pending.done(following)
    assert await pending.take() is None
    assert await admin.ttl("trialogue:analytics:counter:answered") > 0


async def test_a_batch_that_may_have_arrived_is_added_once(
    pipeline: Pipeline, admin: Redis
) -> None:
    pending, batch = RedisPendingCounts(pipeline, new_id=new_id), new_id()
    for _ in range(3):
        await pending.add(batch, {(ADA, "answered"): 5})
    flush = await pending.take()
    assert flush
    assert [one.amount for one in flush.counts] == [5]
    keys = await admin.keys("*")
    assert all(b"trialogue:{analytics}:" in key for key in keys), "one slot of a cluster"


async def test_counts_of_the_day_outlast_an_outage(
    pipeline: Pipeline, valkey: Valkey, admin: Redis
) -> None:
    async with counting(pipeline) as counters:
        valkey.kill()
        await counters.add("answered", 5, organization_id=ADA)
        await asyncio.sleep(0.2)
        await counters.add("answered", 6, organization_id=ADA)
        valkey.start()
        async with asyncio.timeout(60):
            while int(await admin.get("trialogue:analytics:counter:answered") or 0) < 11:
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
    flush = await RedisPendingCounts(pipeline, new_id=new_id).take()
    assert flush
    assert sum(one.amount for one in flush.counts) == 11
