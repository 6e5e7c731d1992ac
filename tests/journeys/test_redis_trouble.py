"""Redis in trouble: nobody waits for what the answer does not need, and who waits is told once."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bots.embedded import Addresses
from core.telling_to_wait import WAIT
from simulator.telegram import TelegramStandIn
from tests.journeys.history import at_rest
from tests.journeys.knowledge import teach
from tests.ports import free_port
from tests.process import bot_environment, running_bot
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
