"""Commands in groups, against a real server that is killed, paused, filled and emptied."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from adapters.stores.limits import REDIS
from adapters.stores.redis.connection import connect
from adapters.stores.redis.counters import RedisCounters
from adapters.stores.redis.health import RedisHealth
from adapters.stores.redis.pending import RedisPendingCounts
from adapters.stores.redis.pipeline import Pipeline
from bots.clock import new_id
from core.errors import ConfigurationError, UnavailableError
from tests.stores.conftest import PATIENCE
from tests.stores.valkey import Valkey


async def _processed(admin: Redis) -> int:
    return int((await admin.info("stats"))["total_reads_processed"])


async def test_many_callers_share_a_few_round_trips(pipeline: Pipeline, admin: Redis) -> None:
    await pipeline.execute("SET", "n", 0)
    before = await _processed(admin)
    numbers = await asyncio.gather(*(pipeline.execute("INCR", "n") for _ in range(300)))
    assert numbers == list(range(1, 301))
    assert await _processed(admin) - before < 10


async def test_one_bad_command_among_two_hundred_harms_nobody_else(pipeline: Pipeline) -> None:
    await pipeline.execute("SET", "text", "no number")
    commands: list[tuple[Any, ...]] = [("SET", f"k{n}", n) for n in range(200)]
    commands[70] = ("INCR", "text")
    commands[120] = ("SET", "k", None)
    commands[130] = ("SET", "k", "\ud800")
    calls = (pipeline.execute(*command) for command in commands)
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(outcomes.pop(130), UnicodeEncodeError)
    assert isinstance(outcomes.pop(120), TypeError)
    assert isinstance(outcomes.pop(70), ResponseError)
    assert outcomes == [b"OK"] * 197


async def test_a_caller_that_leaves_takes_no_answer_of_another(pipeline: Pipeline) -> None:
    for number in range(50):
        await pipeline.execute("SET", f"k{number}", number)
    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(pipeline.execute("GET", f"k{n}")) for n in range(50)]
        await asyncio.sleep(0)
        for call in calls[::3]:
            call.cancel()
        results = await asyncio.gather(*calls, return_exceptions=True)
    for number, result in enumerate(results):
        if number % 3:
            assert result == str(number).encode()
        else:
            assert isinstance(result, asyncio.CancelledError)


async def test_after_kill_everybody_is_told_at_once_and_after_a_restart_it_works(
    pipeline: Pipeline, valkey: Valkey
) -> None:
    await pipeline.execute("SET", "k", "v")
    valkey.kill()
    calls = [pipeline.execute("GET", "k") for _ in range(700)]
    async with asyncio.timeout(PATIENCE.total_seconds() / 2):
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {UnavailableError}
    valkey.start()
    assert await pipeline.execute("GET", "k") is None


async def test_a_restart_between_two_commands_is_not_noticed(
    pipeline: Pipeline, valkey: Valkey
) -> None:
    await pipeline.execute("SET", "k", "v")
    valkey.kill()
    valkey.start()
    await asyncio.sleep(0.05)
    assert await pipeline.execute("SET", "k", "v") == b"OK"


async def test_a_hanging_server_is_unavailable_within_the_time_limit(
    impatient: Pipeline, valkey: Valkey
) -> None:
    await impatient.execute("SET", "k", "v")
    valkey.send(signal.SIGSTOP)
    try:
        began = monotonic()
        outcomes = await asyncio.gather(
            *(impatient.execute("GET", "k") for _ in range(600)), return_exceptions=True
        )
        assert {type(outcome) for outcome in outcomes} == {UnavailableError}
        assert monotonic() - began < 600 * REDIS.socket.total_seconds() / 10, "all at once"
    finally:
        valkey.send(signal.SIGCONT)
    await RedisHealth(impatient).back()
    assert await impatient.execute("GET", "k") == b"v"


async def test_a_pause_ends_by_itself_and_health_says_when(
    impatient: Pipeline, admin: Redis
) -> None:
    await admin.execute_command("CLIENT", "PAUSE", 1200, "ALL")  # type: ignore[no-untyped-call]
    with pytest.raises(UnavailableError, match="in time"):
        await impatient.execute("GET", "k")
    health = RedisHealth(impatient)
    async with asyncio.timeout(60):
        await asyncio.gather(*(health.back() for _ in range(100)))
    assert await impatient.execute("GET", "k") is None


async def test_waiting_for_redis_lasts_until_it_is_back_for_all_who_wait(
    pipeline: Pipeline, valkey: Valkey
) -> None:
    health = RedisHealth(pipeline)
    assert await health.ping()
    valkey.kill()
    assert not await health.ping()
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        waiting = [group.create_task(health.back()) for _ in range(20)]
        await asyncio.sleep(0.5)
        assert not any(one.done() for one in waiting)
        waiting[0].cancel()  # whoever probes for the others may leave
        valkey.start()
    assert [one.cancelled() for one in waiting].count(True) == 1


async def test_a_full_server_refuses_writes_as_unavailable(
    pipeline: Pipeline, admin: Redis
) -> None:
    await pipeline.execute("SET", "k", "v" * 2_000_000)
    await admin.config_set("maxmemory", "1mb")
    with pytest.raises(UnavailableError, match="maxmemory"):
        await pipeline.execute("SET", "k2", "v")
    assert await pipeline.execute("GET", "k2") is None


async def test_a_read_only_replica_is_unavailable_for_writing(
    pipeline: Pipeline, admin: Redis
) -> None:
    await admin.execute_command("REPLICAOF", "127.0.0.1", "1")  # type: ignore[no-untyped-call]
    with pytest.raises(UnavailableError):
        await pipeline.execute("SET", "k", "v")


async def test_too_many_waiting_commands_are_turned_away(redis: Redis) -> None:
    async with Pipeline(redis, waiting=10, timeout=PATIENCE.total_seconds()) as pipeline:
        calls = [pipeline.execute("INCR", "n") for _ in range(25)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert outcomes[:10] == list(range(1, 11))
    assert all(isinstance(outcome, UnavailableError) for outcome in outcomes[10:])


async def test_after_closing_and_while_closing_commands_are_unavailable(
    redis: Redis, valkey: Valkey
) -> None:
    async with asyncio.TaskGroup() as group:
        async with Pipeline(redis, timeout=PATIENCE.total_seconds()) as pipeline:
            await pipeline.execute("SET", "k", "v")
            valkey.send(signal.SIGSTOP)
            call = group.create_task(_outcome(pipeline))
            await asyncio.sleep(0.05)
        valkey.send(signal.SIGCONT)
        assert isinstance(await call, UnavailableError)
    with pytest.raises(UnavailableError, match="closed"):
        await pipeline.execute("GET", "k")


async def _outcome(pipeline: Pipeline) -> Exception | None:
    try:
        await pipeline.execute("GET", "k")
    except UnavailableError as error:
        return error
    return None


def test_a_wrong_address_is_refused_without_showing_it() -> None:
    with pytest.raises(ConfigurationError, match="REDIS_URL") as refused:
        connect("http://user:hunter22@host/")
    assert "hunter22" not in str(refused.value)


async def test_an_error_inside_the_block_leaves_it_as_it_is(redis: Redis) -> None:
    with pytest.raises(KeyError):
        await _count_and(_fail, redis)
    assert await redis.get("trialogue:analytics:counter:messages") == b"1"


async def test_the_block_can_be_cancelled(redis: Redis) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(_count_and(asyncio.Event().wait, redis), 0.05)
    assert await redis.get("trialogue:analytics:counter:messages") == b"1"


async def _fail() -> None:
    raise KeyError


async def _count_and(go_on: Callable[[], Awaitable[object]], redis: Redis) -> None:
    async with (
        Pipeline(redis, timeout=PATIENCE.total_seconds()) as pipeline,
        RedisCounters(
            pipeline,
            pending=RedisPendingCounts(pipeline, new_id=new_id),
            new_id=new_id,
        ) as counters,
    ):
        await counters.add("messages")
        await go_on()
