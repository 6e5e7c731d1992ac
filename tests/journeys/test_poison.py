"""A message that kills whoever handles it is given up, and nobody else is blamed for it."""

import asyncio
from pathlib import Path

from bots.embedded import Addresses
from core.respond import CRASHES_ALLOWED, DEAD
from simulator.discord import DiscordStandIn
from simulator.standin import Asked
from tests.crashing_bot import KILLED
from tests.journeys.history import answered_all, at_rest, read_history
from tests.journeys.knowledge import teach
from tests.ports import free_port
from tests.process import bot_environment, start_bot

POISON = "what is the word that nobody may say?"
COMMAND = ("-m", "tests.crashing_bot", "answering", "nobody may say")
INNOCENT = "how can I reset my password?"
RECOVERED_WITHIN = 120.0


async def test_a_poison_message_is_given_up_and_everybody_else_is_answered(
    addresses: Addresses, tmp_path: Path
) -> None:
    await teach(addresses)
    port, log = free_port(), tmp_path / "bot.log"
    async with DiscordStandIn() as discord:
        environment = bot_environment(
            addresses, discord.environment, port=port, REPLICA_TIMEOUT="1"
        )
        bot, crashes = await start_bot(environment, log, command=COMMAND), 0
        try:
            await bot.ready()
            poison = await _ask_all(discord)
            while crashes < CRASHES_ALLOWED:
                async with asyncio.timeout(RECOVERED_WITHIN):
                    assert await bot.process.wait() == KILLED
                crashes += 1
                await discord.ask(INNOCENT, channel=f"after-{crashes}")
                bot = await start_bot(environment, log, command=COMMAND)
            await answered_all(discord, within=RECOVERED_WITHIN)
            await at_rest(addresses, within=RECOVERED_WITHIN)
            assert await bot.stop() == 0
        finally:
            await bot.kill()

        history = await read_history(discord, addresses)
        assert [reply.text for reply in discord.replies_to(poison)] == [DEAD]
        assert history.answered == history.admitted - 1 == len(discord.asked) - 1
        assert (history.repeated, history.dead) == (0, 0)
        assert history.counted == history.used == history.admitted
        assert bot.lines().count('"action":"message_dead"') == 1


async def _ask_all(discord: DiscordStandIn) -> Asked:
    """Innocents before, behind and beside it, some of them under way when it kills."""
    await discord.ask(INNOCENT)
    for number in range(10):
        await discord.ask(INNOCENT, channel=f"beside-{number}")
    poison = await discord.ask(POISON)
    await discord.ask(INNOCENT)
    for number in range(10):
        await discord.ask(INNOCENT, channel=f"behind-{number}")
    return poison
