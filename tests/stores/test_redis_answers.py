"""The answer cache on a real server."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest
from redis.asyncio import Redis

from adapters.stores.redis import answers
from adapters.stores.redis.answers import RedisAnswerCache
from adapters.stores.redis.pipeline import Pipeline
from core.entries import Answer, Origin, Passage
from core.errors import UnavailableError, UnstorableError
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
def cache(pipeline: Pipeline) -> RedisAnswerCache:
    return RedisAnswerCache(pipeline, prefix="acme")


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
    cache: RedisAnswerCache, admin: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "LOOK_AGAIN", answers.LOOK_AGAIN * 0)
    await cache.put("before", ANSWER)
    used = int((await admin.info("memory"))["used_memory"])
    await admin.config_set("maxmemory", int(used / 0.9))
    await cache.put("full", ANSWER)
    assert await cache.get("full") is None
    assert await cache.get("before") is not None
    await admin.config_set("maxmemory", used * 4)
    await cache.put("room", ANSWER)
    assert await cache.get("room") is not None


async def test_a_server_that_evicts_by_itself_takes_answers_up_to_its_limit(
    cache: RedisAnswerCache, admin: Redis
) -> None:
    used = int((await admin.info("memory"))["used_memory"])
    await admin.config_set("maxmemory-policy", "allkeys-lfu")
    await admin.config_set("maxmemory", int(used / 0.9))
    await cache.put("abc", ANSWER)
    assert await cache.get("abc") is not None


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
