"""A question on each platform is answered in the right place, or honestly not."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.embedded import Addresses
from simulator.standin import StandIn
from tests.journeys.knowledge import teach
from tests.journeys.platforms import PLATFORMS, open_stand_in
from tests.ports import free_port
from tests.process import BotProcess, bot_environment, running_bot

WITHIN = 60.0


@pytest.fixture(params=PLATFORMS)
async def platform(
    request: pytest.FixtureRequest, addresses: Addresses, tmp_path: Path
) -> AsyncIterator[tuple[StandIn, BotProcess]]:
    port = free_port()
    await teach(addresses)
    async with open_stand_in(request.param, ports=[port]) as stand_in:
        environment = bot_environment(addresses, stand_in.environment, port=port)
        async with running_bot(environment, tmp_path / "bot.log") as bot:
            yield stand_in, bot


async def test_a_day_with_the_bot(platform: tuple[StandIn, BotProcess]) -> None:
    stand_in, bot = platform

    mention = await stand_in.ask("how can I reset my password?")
    await stand_in.answered(1, timeout=WITHIN)
    [reply] = stand_in.replies_to(mention)
    assert "Reset password" in reply.text
    assert "it-handbook.md" in reply.text
    assert reply.channel == mention.channel

    direct = await stand_in.tell("where is the holiday calendar")
    await stand_in.answered(2, timeout=WITHIN)
    assert "pinned in the team space" in stand_in.posted[1].text
    assert stand_in.posted[1].channel == direct.channel

    unknown = await stand_in.ask("what does the canteen charge for lobster thermidor?")
    await stand_in.answered(3, timeout=WITHIN)
    [honest] = stand_in.replies_to(unknown)
    assert "know" in honest.text

    await stand_in.ask("help")
    await stand_in.answered(4, timeout=WITHIN)
    assert "mention me" in stand_in.posted[3].text

    await stand_in.ask("how can I reset my password?", person="bob", copies=3)
    await stand_in.answered(5, timeout=WITHIN)
    assert "Reset password" in stand_in.posted[4].text

    strange = await stand_in.ask("how can I reset my pass\x00word?")
    await stand_in.answered(6, timeout=WITHIN)
    assert stand_in.replies_to(strange)

    assert await bot.stop() == 0
    assert len(stand_in.posted) == 6
    assert '"cache_hit":true' in bot.lines()


async def test_a_long_reply_arrives_whole_in_order_and_with_balanced_fences(
    platform: tuple[StandIn, BotProcess],
) -> None:
    stand_in, bot = platform

    await stand_in.ask("How do I install the build tools?")
    await stand_in.answered(3, timeout=WITHIN)
    assert await bot.stop() == 0

    numbers = []
    for posted in stand_in.posted:
        assert posted.text.count("```") % 2 == 0
        words = posted.text.split()
        numbers += [int(word) for before, word in itertools.pairwise(words) if before == "--number"]
    assert numbers == list(range(700))
    assert "restart your terminal" in stand_in.posted[-1].text
