"""PostgreSQL goes away under a running bot: everything is answered once, without a restart."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bots.embedded import Addresses
from simulator.discord import DiscordStandIn
from simulator.slack import SlackStandIn
from simulator.standin import StandIn
from simulator.telegram import TelegramStandIn
from tests.contract.inbox import until as happens
from tests.databases import own_databases
from tests.journeys.history import answered_all, at_rest, read_history
from tests.journeys.knowledge import teach
from tests.journeys.outages import OwnPostgres, own_postgres
from tests.journeys.platforms import open_stand_in
from tests.ports import free_port
from tests.process import BotProcess, bot_environment, running_bot

WITHIN = 60.0
PASSWORD = "how can I reset my password?"


@pytest.fixture(scope="module")
def postgres() -> Iterator[OwnPostgres]:
    with own_postgres() as own:
        yield own


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One process or two behind all three platforms."""

    postgres: OwnPostgres
    addresses: Addresses
    slack: SlackStandIn
    discord: DiscordStandIn
    telegram: TelegramStandIn
    bots: tuple[BotProcess, ...]

    @property
    def stand_ins(self) -> tuple[StandIn, ...]:
        return self.slack, self.discord, self.telegram

    async def ask(self, count: int) -> None:
        """Ask on all platforms at once."""
        for number in range(count):
            for stand_in in self.stand_ins:
                await stand_in.ask(PASSWORD, channel=f"c{number % 10}", person=f"p{number}")
            await asyncio.sleep(0.005)

    async def all_is_well(self) -> None:
        """Every question is answered once, and counted once."""
        for stand_in in self.stand_ins:
            await answered_all(stand_in, within=WITHIN)
        await at_rest(self.addresses, within=WITHIN)
        for stand_in in self.stand_ins:
            history = await read_history(stand_in, self.addresses)
            assert (history.repeated, history.dead) == (0, 0), stand_in
        asked = sum(len(stand_in.asked) for stand_in in self.stand_ins)
        assert history.counted == history.used == history.admitted == asked
        for bot in self.bots:
            assert bot.process.returncode is None

    async def is_ready(self) -> bool:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.bots[0].url}/ready") as answer,
        ):
            state = (await answer.json())["parts"]["postgres"]
            assert (answer.status == 200) is (state == "up")
            return answer.status == 200


@pytest.fixture
async def scene(
    request: pytest.FixtureRequest, postgres: OwnPostgres, tmp_path: Path
) -> AsyncIterator[Scene]:
    ports = [free_port() for _ in range(request.param)]
    async with AsyncExitStack() as stack:
        addresses = await stack.enter_async_context(own_databases(postgres.shared))
        await teach(addresses)
        stand_ins = [
            await stack.enter_async_context(open_stand_in(name, ports=ports, shared=len(ports) > 1))
            for name in ("slack", "discord", "telegram")
        ]
        slack, discord, telegram = stand_ins
        assert isinstance(slack, SlackStandIn)
        assert isinstance(discord, DiscordStandIn)
        assert isinstance(telegram, TelegramStandIn)
        bots = [
            await stack.enter_async_context(
                running_bot(
                    bot_environment(addresses, *(one.environment for one in stand_ins), port=port),
                    tmp_path / f"{port}.log",
                )
            )
            for port in ports
        ]
        made = Scene(
            postgres=postgres,
            addresses=addresses,
            slack=slack,
            discord=discord,
            telegram=telegram,
            bots=tuple(bots),
        )
        await made.ask(1)
        await made.all_is_well()
        yield made
        for bot in bots:
            assert await bot.stop() == 0


@pytest.mark.parametrize("scene", [1], indirect=True)
async def test_a_killed_server_is_said_to_be_away_and_nothing_is_lost(scene: Scene) -> None:
    await scene.ask(20)
    scene.postgres.kill()
    await scene.ask(5)
    await until(scene.is_ready, is_so=False)
    await happens(lambda: any(attempt.status == 503 for attempt in scene.slack.attempts))
    assert len(scene.telegram.updates) >= 5
    scene.postgres.come_back()
    await scene.all_is_well()
    await until(scene.is_ready, is_so=True)
    await scene.ask(5)
    await scene.all_is_well()


@pytest.mark.parametrize("scene", [2], indirect=True)
async def test_a_frozen_server_makes_no_process_take_the_other_for_dead(scene: Scene) -> None:
    await scene.ask(20)
    with scene.postgres.frozen():
        await scene.ask(5)
        await asyncio.sleep(4)
    await scene.all_is_well()


@pytest.mark.parametrize("scene", [2], indirect=True)
async def test_sessions_that_are_cut_off_again_and_again(scene: Scene) -> None:
    for _ in range(5):
        await scene.ask(10)
        await scene.postgres.cut_off()
    await scene.all_is_well()


async def until(check: Callable[[], Awaitable[bool]], *, is_so: bool) -> None:
    async with asyncio.timeout(WITHIN):
        while await check() is not is_so:
            await asyncio.sleep(0.1)
