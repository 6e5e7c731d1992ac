"""What /health/deep says of a bot whose stores come and go."""

import asyncio
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.encoders.onnx import OnnxEncoder
from adapters.stores.redis.health import EFFECT
from bots.embedded import Addresses
from simulator.telegram import TelegramStandIn
from tests.minilm import prepare
from tests.ports import free_port
from tests.process import BotProcess, bot_environment, running_bot
from tests.stores.valkey import Valkey

WITHIN = 60.0


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path)
    server.start()
    yield server
    server.kill()


async def report_of(bot: BotProcess) -> tuple[int, Any, str]:
    async with aiohttp.ClientSession() as session, session.get(f"{bot.url}/health/deep") as answer:
        return answer.status, await answer.json(), await answer.text()


async def test_it_names_each_store_with_its_limits_and_what_is_down(
    addresses: Addresses, valkey: Valkey, minilm: OnnxEncoder, tmp_path: Path
) -> None:
    stores = replace(addresses, redis_url=valkey.url)
    async with TelegramStandIn() as telegram:
        model = {"SEMANTIC_MODEL": str(prepare()), "DATA_DIR": str(tmp_path)}
        environment = bot_environment(stores, telegram.environment, model, port=free_port())
        async with running_bot(environment, tmp_path / "bot.log") as bot:
            await until(bot, "ok")
            status, report, text = await report_of(bot)
            assert status == 200
            assert report["meanings"] == minilm.name
            assert report["stores"]["postgresql"]["state"] == "up"
            assert report["stores"]["postgresql"]["pool"]["at_most"] == 12
            assert report["stores"]["postgresql"]["limits"]["command"] == 10
            assert report["stores"]["redis"]["limits"]["socket"] == 0.5
            assert "scylladb" not in report["stores"]
            assert report["parts"]["telegram"] == "up"
            assert telegram.token not in text
            assert "postgresql://" not in text

            valkey.send(signal.SIGSTOP)
            report = await until(bot, "degraded")
            assert report["stores"]["redis"]["state"] == f"down: no answer; {EFFECT}"
            assert report["stores"]["postgresql"]["state"] == "up"
            valkey.send(signal.SIGCONT)
            await until(bot, "ok")


async def until(bot: BotProcess, status: str) -> Any:
    async with asyncio.timeout(WITHIN):
        while (report := (await report_of(bot))[1])["status"] != status:
            await asyncio.sleep(0.1)
    return report
