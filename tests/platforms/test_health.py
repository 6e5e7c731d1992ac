"""GET /health and /ready, asked over HTTP."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import ClientSession, web

from adapters.platforms.http.health import Readiness, health_routes


@dataclass
class Bot:
    """A served application whose clock the test turns."""

    time: float = 0.0
    readiness: Readiness = field(init=False)
    address: str = ""

    def __post_init__(self) -> None:
        self.readiness = Readiness(now=lambda: self.time)

    async def get(self, path: str) -> tuple[int, Any]:
        async with ClientSession() as client, client.get(self.address + path) as response:
            return response.status, await response.json()


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    bot = Bot()
    application = web.Application()
    application.add_routes(health_routes(bot.readiness))
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    bot.address = "http://{}:{}".format(*runner.addresses[0][:2])
    yield bot
    await runner.cleanup()


async def test_health_says_only_that_the_process_lives(bot: Bot) -> None:
    bot.readiness.set("postgres", "down: refused")
    assert await bot.get("/health") == (200, {"status": "ok"})


async def test_before_postgresql_was_reached_no_event_can_be_taken(bot: Bot) -> None:
    assert await bot.get("/ready") == (
        503,
        {"status": "down", "parts": {"postgres": "down: not reached yet"}},
    )


async def test_a_platform_that_is_down_is_named_and_stops_nothing(bot: Bot) -> None:
    bot.readiness.set("postgres", "up")
    bot.readiness.set("redis", "down: not there")
    bot.readiness.set("slack", "up")
    bot.readiness.set("telegram", "down: the token was refused")
    bot.readiness.set("discord", "disabled: no token")
    status, body = await bot.get("/ready")
    assert status == 200
    assert body == {
        "status": "ready",
        "parts": {
            "postgres": "up",
            "redis": "down: not there",
            "slack": "up",
            "telegram": "down: the token was refused",
            "discord": "disabled: no token",
        },
    }


async def test_a_database_that_went_silent_is_down_until_it_speaks_again(bot: Bot) -> None:
    bot.readiness.set("postgres", "up")
    bot.readiness.set("slack", "up")
    bot.time += 30
    status, body = await bot.get("/ready")
    assert status == 503
    assert body["parts"] == {"postgres": "down: no answer for 30 s", "slack": "up"}
    bot.readiness.set("postgres", "up")
    assert (await bot.get("/ready"))[0] == 200


async def test_a_replica_that_leaves_is_not_ready(bot: Bot) -> None:
    bot.readiness.set("postgres", "up")
    bot.readiness.draining()
    status, body = await bot.get("/ready")
    assert (status, body["status"]) == (503, "draining")
