"""An admin sends a file in chat, and the next question is answered from it."""

import asyncio
from pathlib import Path

import pytest

from bots.embedded import Addresses
from simulator.discord import DiscordStandIn
from simulator.standin import StandIn
from tests.contract.attaching import attach
from tests.crashing_bot import KILLED
from tests.journeys.history import at_rest
from tests.journeys.platforms import PLATFORMS, open_stand_in, reached
from tests.ports import free_port
from tests.process import bot_environment, running_bot, start_bot
from tests.stores.people import open_owner

WITHIN = 60.0
RECOVERED_WITHIN = 120.0
NAME = "gates.csv"
CSV = b"question,answer\nWhat is the code of the amber gate?,It opens with 4711.\n"


async def send(stand_in: StandIn) -> None:
    """Send the file: in Discord with the slash command, which can carry one there."""
    if isinstance(stand_in, DiscordStandIn):
        await stand_in.command("/learn", file=(NAME, CSV))
    else:
        await attach(stand_in, NAME, CSV, text="learn")


@pytest.mark.parametrize("name", PLATFORMS)
async def test_what_an_admin_teaches_is_answered(
    name: str, addresses: Addresses, tmp_path: Path
) -> None:
    port = free_port()
    async with open_stand_in(name, ports=[port]) as stand_in:
        environment = bot_environment(addresses, stand_in.environment, port=port)
        environment["FILES_URL"] = (tmp_path / "files").as_uri()
        async with (
            running_bot(environment, tmp_path / "bot.log") as bot,
            open_owner(addresses) as owner,
        ):
            await reached(stand_in)
            await send(stand_in)
            await stand_in.answered(1, timeout=WITHIN)
            assert "Only admins can teach me" in stand_in.posted[0].text
            await at_rest(addresses, within=WITHIN)
            await owner.run("UPDATE memberships SET role = 'admin'")

            await send(stand_in)
            await stand_in.answered(2, timeout=WITHIN)
            assert "1 entry added" in stand_in.posted[1].text

            asked = await stand_in.ask("what is the code of the amber gate?")
            async with asyncio.timeout(WITHIN):
                while not stand_in.replies_to(asked):
                    await asyncio.sleep(0.05)
            [reply] = stand_in.replies_to(asked)
            assert "4711" in reply.text
            assert NAME in reply.text
            assert '"action":"learned_from_files"' in bot.lines()
            assert await bot.stop() == 0


async def test_a_crash_behind_the_import_learns_once_and_tells_it(
    addresses: Addresses, tmp_path: Path
) -> None:
    port, log = free_port(), tmp_path / "bot.log"
    async with (
        open_stand_in("telegram", ports=[port]) as stand_in,
        open_owner(addresses) as owner,
    ):
        environment = bot_environment(addresses, stand_in.environment, port=port)
        environment["FILES_URL"] = (tmp_path / "files").as_uri()
        dying = ("-m", "tests.crashing_bot", "answered", "2")
        bot = await start_bot(environment, log, command=dying)
        try:
            await bot.ready()
            await stand_in.ask("help")
            await stand_in.answered(1, timeout=WITHIN)
            await at_rest(addresses, within=WITHIN)
            await owner.run("UPDATE memberships SET role = 'admin'")
            await send(stand_in)
            async with asyncio.timeout(WITHIN):
                assert await bot.process.wait() == KILLED
        finally:
            await bot.kill()
        assert await owner.one("SELECT count(*) FROM knowledge_entries") == 1
        async with running_bot(environment, log) as bot:
            await stand_in.answered(2, timeout=RECOVERED_WITHIN)
            assert "0 entries added, 0 changed, 1 unchanged" in stand_in.posted[1].text
            assert await owner.one("SELECT count(*) FROM files") == 0
            assert await bot.stop() == 0
