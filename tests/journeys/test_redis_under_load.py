"""Redis is flushed, frozen and filled while people ask; and the cache's own server goes away."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from redis.asyncio import Redis

from bots.embedded import Addresses
from core.telling_to_wait import WAIT
from simulator.telegram import TelegramStandIn
from tests.journeys.history import answered_all, at_rest, read_history
from tests.journeys.knowledge import teach
from tests.ports import free_port
from tests.process import BotProcess, bot_environment, running_bot
from tests.stores.valkey import Valkey

WITHIN = 60.0
QUESTIONS = ("how can I reset my password?", "where is the holiday calendar", "what is love?")


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path)
    server.start()
    yield server
    server.kill()


@asynccontextmanager
async def asked(
    telegram: TelegramStandIn, *, seconds: float, every: float = 0.02
) -> AsyncIterator[None]:
    """People who ask all the while, and after it."""

    async def ask() -> None:
        loop = asyncio.get_running_loop()
        end, number = loop.time() + seconds, 0
        while loop.time() < end:
            question = QUESTIONS[number % len(QUESTIONS)]
            await telegram.tell(question, person=f"p{number % 40}")
            number += 1
            await asyncio.sleep(every)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(ask())
        yield


@asynccontextmanager
async def bot_on(
    telegram: TelegramStandIn, addresses: Addresses, directory: Path, **settings: str
) -> AsyncIterator[BotProcess]:
    await teach(addresses)
    environment = bot_environment(addresses, telegram.environment, port=free_port(), **settings)
    async with running_bot(environment, directory / "bot.log") as bot:
        await telegram.tell(QUESTIONS[0])
        await telegram.answered(1, timeout=WITHIN)
        yield bot
        await answered_all(telegram, within=WITHIN)
        await at_rest(addresses, within=WITHIN)
        assert await bot.stop() == 0
    history = await read_history(telegram, addresses)
    assert history.report.problems == []
    assert history.counted == history.admitted == len(telegram.asked)


async def test_a_flush_under_load_costs_misses_and_nothing_else(
    addresses: Addresses, valkey: Valkey, tmp_path: Path
) -> None:
    async with (
        TelegramStandIn(longest_poll=5) as telegram,
        bot_on(telegram, addresses, tmp_path, REDIS_URL=valkey.url) as bot,
        Redis.from_url(valkey.url) as admin,
    ):
        async with asked(telegram, seconds=4):
            for _ in range(10):
                await admin.flushall()
                await admin.function_flush()
                await asyncio.sleep(0.3)
        await answered_all(telegram, within=WITHIN)
        assert not any(posted.text == WAIT for posted in telegram.posted)
        assert '"cache_hit":true' in bot.lines().replace(" ", "")


@pytest.mark.parametrize("trouble", ["frozen", "full", "read only"])
async def test_trouble_under_load_delays_answers_and_loses_none(
    addresses: Addresses, valkey: Valkey, tmp_path: Path, trouble: str
) -> None:
    async with (
        TelegramStandIn(longest_poll=5) as telegram,
        bot_on(telegram, addresses, tmp_path, REDIS_URL=valkey.url),
        Redis.from_url(valkey.url) as admin,
    ):
        async with asked(telegram, seconds=5):
            await asyncio.sleep(1)
            match trouble:
                case "frozen":
                    valkey.send(signal.SIGSTOP)
                case "full":
                    await admin.config_set("maxmemory", 1)
                case _:
                    await admin.replicaof("127.0.0.1", "1")
            await asyncio.sleep(2)
            match trouble:
                case "frozen":
                    valkey.send(signal.SIGCONT)
                case "full":
                    await admin.config_set("maxmemory", 0)
                case _:
                    await admin.replicaof("no", "one")
        await answered_all(telegram, within=WITHIN)
        waits = sum(posted.text == WAIT for posted in telegram.posted)
        assert (waits > 0) == (trouble == "frozen"), "what can be read is answered from"


@pytest.mark.parametrize("trouble", ["killed", "frozen"])
async def test_without_the_caches_own_server_everything_is_looked_up_anew(
    addresses: Addresses, valkey: Valkey, second: Valkey, tmp_path: Path, trouble: str
) -> None:
    settings = {"REDIS_URL": valkey.url, "REDIS_CACHE_URL": second.url}
    async with (
        TelegramStandIn(longest_poll=5) as telegram,
        bot_on(telegram, addresses, tmp_path, **settings) as bot,
    ):
        async with Redis.from_url(second.url) as admin:
            assert await admin.dbsize() == 1, "the answer is there"
        async with Redis.from_url(valkey.url) as admin:
            assert not await admin.keys("*cache*"), "and not here"
        async with asked(telegram, seconds=4, every=0.05):
            await asyncio.sleep(0.5)
            second.kill() if trouble == "killed" else second.send(signal.SIGSTOP)
            await asyncio.sleep(2.5)
        await answered_all(telegram, within=WITHIN)
        await status_of(bot, "away: answers are looked up anew")
        second.start() if trouble == "killed" else second.send(signal.SIGCONT)
        await status_of(bot, "up")
        waits = [
            posted.at - question.at
            for question in telegram.asked
            for posted in telegram.replies_to(question)
        ]
        assert max(waits) < 10, "nobody waits for what is away"
        assert not any(posted.text == WAIT for posted in telegram.posted)


async def status_of(bot: BotProcess, expected: str) -> None:
    """Wait until /ready says this of the cache, and that the bot is ready all the same."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(WITHIN):
        while True:
            async with session.get(f"{bot.url}/ready") as answer:
                assert answer.status == 200
                if (await answer.json())["parts"]["cache"] == expected:
                    return
            await asyncio.sleep(0.2)
