"""Slash commands, private replies and feedback buttons, on every platform."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from adapters.stores.postgres.connection import open_pool
from bots.embedded import Addresses
from simulator.standin import Posted, StandIn
from tests.journeys.history import at_rest
from tests.journeys.knowledge import teach
from tests.journeys.platforms import PLATFORMS, open_stand_in
from tests.ports import free_port
from tests.process import bot_environment, running_bot

WITHIN = 60.0


@pytest.fixture(params=PLATFORMS)
async def platform(
    request: pytest.FixtureRequest, addresses: Addresses
) -> AsyncIterator[tuple[StandIn, dict[str, str]]]:
    port = free_port()
    await teach(addresses)
    async with open_stand_in(request.param, ports=[port]) as stand_in:
        yield stand_in, bot_environment(addresses, stand_in.environment, port=port)


async def test_usage_is_shown_to_its_owner_alone(
    platform: tuple[StandIn, dict[str, str]], tmp_path: Path
) -> None:
    stand_in, environment = platform
    async with running_bot(environment, tmp_path / "bot.log") as bot:
        await stand_in.ask("how can I reset my password?", person="ada")
        await stand_in.answered(1, timeout=WITHIN)
        await stand_in.tell("where is the holiday calendar", person="ada")
        await stand_in.answered(2, timeout=WITHIN)

        await stand_in.command("/usage", person="ada")
        await stand_in.answered(3, timeout=WITHIN)
        assert "2 of 1,000 messages" in stand_in.posted[2].text
        assert stand_in.posted[2].visible_to == "ada"
        assert await bot.stop() == 0


async def test_a_question_by_command_is_answered_for_everybody(
    platform: tuple[StandIn, dict[str, str]], tmp_path: Path
) -> None:
    stand_in, environment = platform
    async with running_bot(environment, tmp_path / "bot.log") as bot:
        await stand_in.ask("help")
        await stand_in.answered(1, timeout=WITHIN)
        await stand_in.command("/ask how can I reset my password?", copies=2)
        await stand_in.answered(2, timeout=WITHIN)
        assert "Reset password" in stand_in.posted[1].text
        assert stand_in.posted[1].visible_to is None
        assert await bot.stop() == 0
    assert len(stand_in.posted) == 2


async def test_votes_and_offers_are_kept_and_their_buttons_survive_a_restart(
    platform: tuple[StandIn, dict[str, str]], addresses: Addresses, tmp_path: Path
) -> None:
    stand_in, environment = platform
    async with running_bot(environment, tmp_path / "bot.log") as bot:
        await stand_in.ask("how can I reset my password?")
        await stand_in.answered(1, timeout=WITHIN)
        answer = stand_in.posted[0]
        assert answer.buttons == ("👍", "👎", "Why?")
        await stand_in.click(answer, "👎", person="ada")
        await _votes(addresses, [-1])
        await stand_in.click(answer, "👍", person="ada")
        await _votes(addresses, [1])
        offered = await stand_in.ask("where can I install the calendar")
        await _public(stand_in, 2)
        assert await bot.stop() == 0

    async with running_bot(environment, tmp_path / "again.log") as bot:
        await stand_in.click(answer, "👎", person="bob")
        await _votes(addresses, [-1, 1])
        [offer] = stand_in.replies_to(offered)
        await stand_in.click(offer, "Where do I find the holiday calendar?", copies=2)
        assert "pinned in the team space" in (await _public(stand_in, 3))[2].text
        await at_rest(addresses, within=WITHIN)
        assert await bot.stop() == 0
    assert len(await _public(stand_in, 3)) == 3


async def _public(stand_in: StandIn, count: int) -> Sequence[Posted]:
    """Wait for so many postings that everybody sees."""
    async with asyncio.timeout(WITHIN):
        while True:
            public = [posted for posted in stand_in.posted if posted.visible_to is None]
            if len(public) >= count:
                return public
            await asyncio.sleep(0.05)


async def _votes(addresses: Addresses, expected: list[int]) -> None:
    """Wait until these votes are there."""
    async with open_pool(addresses.postgres_dsn) as pool, asyncio.timeout(WITHIN):
        while True:
            rows = await pool.fetch("SELECT rating FROM user_feedback ORDER BY rating")
            if [row["rating"] for row in rows] == expected:
                return
            await asyncio.sleep(0.05)
