"""How often people may ask, and what they ask often."""

import asyncio
import gc
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis
from redis.crc import key_slot

from adapters.stores.redis import askers as askers_module
from adapters.stores.redis.askers import RedisAskers
from adapters.stores.redis.functions import Functions
from adapters.stores.redis.pipeline import Pipeline
from adapters.stores.redis.popularity import RedisPopularity
from core.answers.key import cache_key
from core.ports.budgets import Welcome, Window
from tests.stores.valkey import Valkey

ACME, ADA, BOB = uuid4(), uuid4(), uuid4()
COME_IN, TELL, TURN_AWAY = Welcome.COME_IN, Welcome.TELL, Welcome.TURN_AWAY


@pytest.fixture
async def functions(pipeline: Pipeline) -> Functions:
    functions = Functions(pipeline)
    await functions.load()
    return functions


def askers_on(functions: Functions, *, limit: int = 3, seconds: float = 60) -> RedisAskers:
    return RedisAskers(
        functions=functions,
        person=Window(limit=limit, seconds=seconds) if limit else None,
        address=Window(limit=2, seconds=60),
        prefix="acme",
    )


async def ask(askers: RedisAskers, times: int, *, who: UUID = ADA) -> Sequence[Welcome]:
    return [await askers.ask(ACME, who, "how") for _ in range(times)]


async def test_who_asks_too_fast_is_told_once_and_nobody_else(functions: Functions) -> None:
    here, there = askers_on(functions), askers_on(functions)
    assert await ask(here, 2) == [COME_IN] * 2
    assert await ask(there, 4) == [COME_IN, TELL, TURN_AWAY, TURN_AWAY], "replicas count together"
    assert await ask(here, 1) == [TURN_AWAY]
    assert await ask(here, 3, who=BOB) == [COME_IN] * 3


async def test_a_person_may_ask_again_after_a_while_and_is_told_again_after_a_minute(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(askers_module, "TOLD_AGAIN", timedelta(seconds=2))
    askers = askers_on(functions, limit=2, seconds=1)
    assert await ask(askers, 4) == [COME_IN, COME_IN, TELL, TURN_AWAY]
    await asyncio.sleep(1.05)
    assert await ask(askers, 3) == [COME_IN, COME_IN, TURN_AWAY]
    await asyncio.sleep(1.05)
    assert await ask(askers, 3) == [COME_IN, COME_IN, TELL]


async def test_a_question_and_its_look_up_go_out_together(
    functions: Functions, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = []
    exchange = pipeline._exchange

    async def noted(group: Sequence[object]) -> Sequence[object]:
        groups.append(len(group))
        return await exchange(group)  # type: ignore[arg-type] # what it is given is handed on

    monkeypatch.setattr(pipeline, "_exchange", noted)
    welcome = askers_on(functions).ask(ACME, ADA, "how")
    await pipeline.execute("GET", "acme:cache:faq:abc")
    assert await welcome is COME_IN
    assert groups == [2]


async def test_a_question_that_ends_before_leaves_no_trace(
    functions: Functions, valkey: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    askers = askers_on(functions)
    valkey.kill()
    askers.ask(ACME, ADA, "how")
    await asyncio.sleep(0.1)
    gc.collect()
    assert not caplog.records


async def test_without_redis_everybody_may_ask(functions: Functions, valkey: Valkey) -> None:
    askers = askers_on(functions, limit=1)
    valkey.kill()
    assert await ask(askers, 5) == [COME_IN] * 5
    assert await askers.visit("192.0.2.1") == timedelta()
    valkey.start()
    await asyncio.sleep(1.1)
    assert await ask(askers, 3) == [COME_IN, COME_IN, TELL], "one more until the functions are back"


@pytest.mark.parametrize("trouble", ["read only", "full", "not permitted"])
async def test_a_redis_that_takes_nothing_turns_nobody_away(
    functions: Functions, admin: Redis, trouble: str
) -> None:
    askers = askers_on(functions, limit=1)
    match trouble:
        case "read only":
            await admin.replicaof("127.0.0.1", "1")
        case "full":
            await admin.config_set("maxmemory", 1)
        case _:
            await admin.acl_setuser("default", enabled=True, commands=["-fcall"])
    assert await ask(askers, 3) == [COME_IN] * 3


async def test_without_a_rate_everybody_may_ask_and_questions_are_counted(
    functions: Functions, admin: Redis
) -> None:
    assert await ask(askers_on(functions, limit=0), 50) == [COME_IN] * 50
    assert await admin.keys() == [f"acme:popular:{{{ACME}}}".encode()]


async def test_an_address_stays_away_until_its_time(functions: Functions) -> None:
    askers = askers_on(functions)
    assert [await askers.visit("192.0.2.1") for _ in range(2)] == [timedelta()] * 2
    assert timedelta(seconds=59) < await askers.visit("192.0.2.1") <= timedelta(seconds=60)
    assert await askers.visit("2001:db8::1") == timedelta()


async def test_the_popular_questions_are_those_asked_often(functions: Functions) -> None:
    askers, popularity = (
        askers_on(functions, limit=0),
        RedisPopularity(functions=functions, prefix="acme"),
    )
    for question in ["vpn"] * 3 + ["leave"] * 5 + ["x" * 400, ""]:
        await askers.ask(ACME, ADA, question)
    await askers.ask(uuid4(), ADA, "elsewhere")
    found = await popularity.top(ACME, limit=5)
    assert [(one.question, round(one.asked)) for one in found] == [("leave", 5), ("vpn", 3)]
    assert [one.question for one in await popularity.top(ACME, limit=1)] == ["leave"]


async def test_after_a_week_a_question_counts_half(functions: Functions, admin: Redis) -> None:
    askers = askers_on(functions, limit=0)
    popularity = RedisPopularity(functions=functions, prefix="acme")
    key = f"acme:popular:{{{ACME}}}"
    for question in ["old"] * 4 + ["new"] * 3:
        await askers.ask(ACME, ADA, question)
    assert [one.question for one in await popularity.top(ACME, limit=2)] == ["old", "new"]
    score = await admin.zscore(key, "old")
    assert score is not None
    await admin.zadd(key, {"old": score / 2})  # what it would be, had it been asked a week ago
    found = await popularity.top(ACME, limit=2)
    assert [(one.question, round(one.asked, 2)) for one in found] == [("new", 3), ("old", 2)]


async def test_only_so_many_questions_are_kept_and_the_popular_ones_stay(
    functions: Functions, admin: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(askers_module, "KEPT", 100)
    askers = askers_on(functions, limit=0)
    for number in range(400):
        await asyncio.gather(
            askers.ask(ACME, ADA, f"question {number}"), askers.ask(ACME, ADA, "often")
        )
    key = f"acme:popular:{{{ACME}}}"
    assert 100 <= await admin.zcard(key) <= 110
    assert (await admin.zrevrange(key, 0, 0)) == [b"often"]
    assert 0 < await admin.ttl(key) <= 30 * 24 * 3600


async def test_what_a_question_touches_is_in_one_slot(functions: Functions, admin: Redis) -> None:
    await ask(askers_on(functions), 1)
    answer = cache_key(organization_id=ACME, revision=1, composer="1", question="how")
    keys = [*map(written, await admin.keys()), f"acme:cache:faq:{answer}".encode()]
    assert len(keys) == 3
    assert len({key_slot(key) for key in keys}) == 1


def written(key: bytes | str) -> bytes:
    return key if isinstance(key, bytes) else key.encode()
