"""The answer cache on a real server."""

import asyncio
import signal
from dataclasses import replace
from uuid import UUID

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from adapters.stores.limits import REDIS
from adapters.stores.redis import memory
from adapters.stores.redis.answers import RedisAnswerCache
from adapters.stores.redis.breaker import Breaker
from adapters.stores.redis.health import RedisHealth
from adapters.stores.redis.memory import CacheMemory
from adapters.stores.redis.pipeline import Pipeline
from adapters.stores.redis.second import SecondServerCache
from core.entries import Answer, Origin, Passage
from core.errors import UnavailableError, UnstorableError
from tests.core.test_answers import MemoryCounters
from tests.stores.valkey import Valkey

ANSWER = Answer(
    text="You have **30** days \N{SUN BEHIND CLOUD}. Source: handbook",
    passages=(
        Passage(
            entry_id=UUID(int=7),
            question="How many days?",
            answer="30",
            source="handbook",
            score=0.75,
        ),
    ),
    confidence=0.9,
    origin=Origin.KNOWLEDGE,
)


@pytest.fixture
def counters() -> MemoryCounters:
    return MemoryCounters()


def cache_on(
    pipeline: Pipeline, counters: MemoryCounters, *, allotment: int = 2**30, own: bool = False
) -> RedisAnswerCache:
    room = CacheMemory(pipeline=pipeline, allotment=allotment, own=own)
    return RedisAnswerCache(pipeline=pipeline, memory=room, counters=counters, prefix="acme")


@pytest.fixture
def cache(pipeline: Pipeline, counters: MemoryCounters) -> RedisAnswerCache:
    return cache_on(pipeline, counters)


async def test_an_answer_is_found_again_and_says_that_it_was_kept(
    cache: RedisAnswerCache, admin: Redis
) -> None:
    assert await cache.get("abc") is None
    await cache.put("abc", ANSWER)
    assert await cache.get("abc") == replace(ANSWER, origin=Origin.CACHE)
    assert 3590 < await admin.ttl("acme:cache:faq:abc") <= 3600


@pytest.mark.parametrize("kept", [b"", b"\xff\xfe", b"[]", b'{"text":"x"}', b'{"v":2,"answer":{}}'])
async def test_what_cannot_be_read_counts_as_not_there_and_is_replaced(
    cache: RedisAnswerCache, admin: Redis, kept: bytes
) -> None:
    await admin.set("acme:cache:faq:abc", kept)
    assert await cache.get("abc") is None
    await cache.put("abc", ANSWER)
    assert await cache.get("abc") == replace(ANSWER, origin=Origin.CACHE)


async def test_a_flush_costs_a_miss_and_nothing_else(cache: RedisAnswerCache, admin: Redis) -> None:
    await cache.put("abc", ANSWER)
    await admin.flushall()
    assert await cache.get("abc") is None
    await cache.put("abc", ANSWER)
    assert await cache.get("abc") is not None


async def test_caching_stops_before_memory_is_full_and_goes_on_when_there_is_room(
    cache: RedisAnswerCache,
    counters: MemoryCounters,
    admin: Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "LOOK_AGAIN", memory.LOOK_AGAIN * 0)
    with capture_logs() as logs:
        await cache.put("before", ANSWER)
        used = int((await admin.info("memory"))["used_memory"])
        await admin.config_set("maxmemory", int(used / 0.9))
        for key in ("full", "and", "still"):
            await cache.put(key, ANSWER)
        assert await cache.get("full") is None
        assert await cache.get("before") is not None
        assert counters.counts["cache_full"] == 3
        assert (await cache.status()).startswith("full: 1 of 1 MB")
        await admin.config_set("maxmemory", used * 4)
        await cache.put("room", ANSWER)
    assert await cache.get("room") is not None
    assert await cache.status() == "up"
    assert [line["event"] for line in logs] == ["cache_full", "cache_has_room"], "each once"


async def test_the_allotment_counts_where_the_server_has_no_limit(
    pipeline: Pipeline, counters: MemoryCounters, admin: Redis
) -> None:
    used = int((await admin.info("memory"))["used_memory"])
    cache = cache_on(pipeline, counters, allotment=int(used / 0.9))
    await cache.put("abc", ANSWER)
    assert await cache.get("abc") is None
    assert counters.counts == {"cache_full": 1}


@pytest.mark.parametrize("own", [True, False])
async def test_only_a_server_of_the_caches_own_takes_answers_up_to_its_limit(
    pipeline: Pipeline, counters: MemoryCounters, admin: Redis, own: bool
) -> None:
    used = int((await admin.info("memory"))["used_memory"])
    await admin.config_set("maxmemory-policy", "allkeys-lfu")
    await admin.config_set("maxmemory", int(used / 0.9))
    cache = cache_on(pipeline, counters, own=own)
    await cache.put("abc", ANSWER)
    assert (await cache.get("abc") is not None) == own


async def test_evictions_are_shown(
    pipeline: Pipeline, counters: MemoryCounters, admin: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "LOOK_AGAIN", memory.LOOK_AGAIN * 0)
    cache = cache_on(pipeline, counters, own=True)
    used = int((await admin.info("memory"))["used_memory"])
    await admin.config_set("maxmemory-policy", "allkeys-lfu")
    await admin.config_set("maxmemory", used + 200_000)
    large = replace(ANSWER, text="x" * 20_000)
    for number in range(30):
        await cache.put(str(number), large)
    evicted = (await admin.info("stats"))["evicted_keys"]
    assert evicted > 0
    assert await cache.status() == f"up, {evicted} keys were evicted"
    assert await cache.get("29") is not None


async def test_memory_is_looked_at_now_and_then_only(cache: RedisAnswerCache, admin: Redis) -> None:
    await asyncio.gather(*(cache.put(f"k{n}", ANSWER) for n in range(100)))
    calls = await admin.info("commandstats")
    looks = calls["cmdstat_info"]["calls"]
    assert looks <= 2, calls  # one of the cache, at most one of this test
    assert calls["cmdstat_set"]["calls"] == 100


async def test_without_redis_both_ways_say_unavailable(
    cache: RedisAnswerCache, valkey: Valkey
) -> None:
    valkey.kill()
    with pytest.raises(UnavailableError):
        await cache.get("abc")
    with pytest.raises(UnavailableError):
        await cache.put("abc", ANSWER)


async def test_after_a_failed_write_nothing_is_written_until_the_next_look(
    cache: RedisAnswerCache, admin: Redis
) -> None:
    """A replica that takes no writes is read from, and not bothered with each answer."""
    await cache.put("before", ANSWER)
    await admin.replicaof("127.0.0.1", "1")
    with pytest.raises(UnavailableError):
        await cache.put("refused", ANSWER)
    await cache.put("left out", ANSWER)
    assert await cache.get("before") is not None
    assert await cache.get("left out") is None


async def test_a_login_that_may_not_write_costs_the_cache_only(
    cache: RedisAnswerCache, admin: Redis
) -> None:
    await admin.acl_setuser("default", enabled=True, commands=["-set"])
    with pytest.raises(UnstorableError):
        await cache.put("refused", ANSWER)
    assert await cache.get("refused") is None


async def test_a_key_that_holds_something_else_is_a_miss(
    cache: RedisAnswerCache, admin: Redis
) -> None:
    await admin.rpush("acme:cache:faq:abc", "x")
    assert await cache.get("abc") is None
    await cache.put("abc", ANSWER)
    assert await cache.get("abc") is not None


# A server of its own


async def test_without_its_own_server_every_look_up_is_a_miss_and_soon_one_that_costs_nothing(
    impatient: Pipeline, counters: MemoryCounters, valkey: Valkey
) -> None:
    now = 0.0
    breaker = Breaker(what="cache", clock=lambda: now)
    second = SecondServerCache(cache=cache_on(impatient, counters), breaker=breaker)
    await second.put("abc", ANSWER)
    assert await second.get("abc") is not None
    valkey.send(signal.SIGSTOP)
    with capture_logs() as logs:
        assert await second.get("abc") is None
        async with asyncio.timeout(50 * REDIS.socket.total_seconds()):
            for _ in range(100):
                assert await second.get("abc") is None
                await second.put("abc", ANSWER)
        assert (await second.status()).startswith("away")
        valkey.send(signal.SIGCONT)
        await RedisHealth(impatient).back()
        assert await second.get("abc") is None, "it is left alone for a moment"
        now += REDIS.rest.total_seconds()
        assert await second.get("abc") is not None
    assert [line["event"] for line in logs] == ["redis_left_alone", "redis_asked_again"]


async def test_its_own_server_may_be_gone_from_the_start(
    cache: RedisAnswerCache, valkey: Valkey
) -> None:
    valkey.kill()
    second = SecondServerCache(cache=cache)
    await second.put("abc", ANSWER)
    assert await second.get("abc") is None
    assert (await second.status()).startswith("away")
