"""Redis in trouble: nobody waits for what the answer does not need, and who waits is told once."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from time import monotonic

import aiohttp
import pytest
from redis.asyncio import Redis

from adapters.stores.redis.health import EFFECT
from bots.app import DRAIN_WITHIN
from bots.embedded import Addresses
from core.telling_to_wait import WAIT
from simulator.telegram import TelegramStandIn
from tests.journeys.history import at_rest
from tests.journeys.knowledge import teach
from tests.ports import free_port
from tests.process import BotProcess, bot_environment, running_bot
from tests.stores.valkey import Valkey

WITHIN = 60.0
PASSWORD = "how can I reset my password?"
CALENDAR = "where is the holiday calendar"


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def telegram(
    addresses: Addresses, valkey: Valkey, tmp_path: Path
) -> AsyncIterator[TelegramStandIn]:
    """Telegram, with a bot behind it that has answered once."""
    await teach(addresses)
    async with TelegramStandIn(longest_poll=5) as telegram:
        environment = bot_environment(
            addresses, telegram.environment, port=free_port(), REDIS_URL=valkey.url
        )
        async with running_bot(environment, tmp_path / "bot.log") as bot:
            await telegram.tell(PASSWORD)
            await telegram.answered(1, timeout=WITHIN)
            yield telegram
            await at_rest(addresses, within=WITHIN)
            assert await bot.stop() == 0


@pytest.mark.parametrize("trouble", ["read only", "full", "not permitted"])
async def test_a_redis_that_takes_nothing_holds_no_answer_back(
    telegram: TelegramStandIn, valkey: Valkey, trouble: str
) -> None:
    async with Redis.from_url(valkey.url) as admin:
        match trouble:
            case "read only":
                await admin.replicaof("127.0.0.1", "1")
            case "full":
                await admin.config_set("maxmemory", 1)
            case _:
                await admin.acl_setuser("default", enabled=True, commands=["-set", "-incrby"])
    for question in (PASSWORD, CALENDAR, CALENDAR):
        asked = await telegram.tell(question)
        await telegram.answered(len(telegram.asked), timeout=WITHIN)
        [reply] = telegram.replies_to(asked)
        assert "Source:" in reply.text


async def test_three_who_wait_in_one_conversation_get_one_notice(
    telegram: TelegramStandIn, valkey: Valkey
) -> None:
    valkey.kill()
    asked = [await telegram.tell(CALENDAR) for _ in range(3)]
    await telegram.answered(2, timeout=WITHIN)
    assert telegram.posted[1].text == WAIT
    valkey.start()
    await telegram.answered(5, timeout=WITHIN)
    answers = [telegram.replies_to(one)[-1].text for one in asked]
    assert all("pinned in the team space" in answer for answer in answers)
    assert [posted.text for posted in telegram.posted].count(WAIT) == 1


async def test_while_redis_is_away_the_rest_goes_on_and_a_stop_leaves_questions_to_the_next_start(
    addresses: Addresses, valkey: Valkey, tmp_path: Path
) -> None:
    await teach(addresses)
    async with TelegramStandIn(longest_poll=5) as telegram:
        environment = bot_environment(
            addresses, telegram.environment, port=free_port(), REDIS_URL=valkey.url
        )
        async with running_bot(environment, tmp_path / "first.log") as bot:
            await telegram.tell(PASSWORD)
            await telegram.answered(1, timeout=WITHIN)
            assert "redis_away" not in bot.lines()

            valkey.send(signal.SIGSTOP)
            await until_logged(bot, "redis_away")
            assert await redis_part(bot) == f"down: no answer; {EFFECT}"
            asked = await telegram.tell(CALENDAR)
            await telegram.answered(2, timeout=WITHIN)
            assert telegram.posted[1].text == WAIT
            for number, (command, words) in enumerate(
                {"/help": "Ask me a question", "/usage": "this month"}.items(), start=3
            ):
                await telegram.tell(command)
                await telegram.answered(number, timeout=WITHIN)
                assert words in telegram.posted[-1].text
            began = monotonic()
            assert await bot.stop() == 0
            assert monotonic() - began < DRAIN_WITHIN.total_seconds() / 2
            assert "drain_incomplete" not in bot.lines()
            assert "left_waiting" in bot.lines()

        valkey.send(signal.SIGCONT)
        async with running_bot(environment, tmp_path / "second.log") as bot:
            await telegram.answered(5, timeout=WITHIN)
            assert "pinned in the team space" in telegram.replies_to(asked)[-1].text
            await at_rest(addresses, within=WITHIN)
            assert await bot.stop() == 0


async def test_that_redis_is_back_is_logged_and_said(
    telegram: TelegramStandIn, valkey: Valkey, tmp_path: Path
) -> None:
    log = tmp_path / "bot.log"
    valkey.kill()
    asked = await telegram.tell(CALENDAR)
    await telegram.answered(2, timeout=WITHIN)
    assert log.read_text(encoding="utf-8").count("redis_away") == 1
    valkey.start()
    await telegram.answered(3, timeout=WITHIN)
    assert "pinned in the team space" in telegram.replies_to(asked)[-1].text
    lines = log.read_text(encoding="utf-8")
    assert lines.count("redis_connected") == 1
    assert lines.index("redis_away") < lines.index("redis_connected")


async def until_logged(bot: BotProcess, event: str) -> None:
    async with asyncio.timeout(WITHIN):
        while event not in bot.lines():
            await asyncio.sleep(0.05)


async def redis_part(bot: BotProcess) -> str:
    """What /ready says of Redis, when it has said that it is away; the bot takes events."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(WITHIN):
        while True:
            async with session.get(f"{bot.url}/ready") as answer:
                assert answer.status == 200
                part = str((await answer.json())["parts"]["redis"])
            if part != "up":
                return part
            await asyncio.sleep(0.05)
