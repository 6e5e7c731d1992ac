"""What is known for some only, asked on every platform."""

from pathlib import Path

import pytest

from bots.embedded import Addresses
from core.entries import NewEntry
from simulator.discord import DiscordStandIn
from tests.journeys.knowledge import ENTRIES, teach
from tests.journeys.platforms import PLATFORMS, open_stand_in
from tests.ports import free_port
from tests.process import bot_environment, running_bot
from tests.stores.people import open_owner

WITHIN = 60.0
QUESTION = "What is the code of the safe?"
FOR_ADMINS = NewEntry(phrasings=(QUESTION,), answer="It is 4711.", audience=("role:admin",))


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_what_is_for_admins_is_shown_to_an_admin_alone(
    addresses: Addresses, tmp_path: Path, platform: str
) -> None:
    port = free_port()
    await teach(addresses, FOR_ADMINS, *ENTRIES)
    async with open_stand_in(platform, ports=[port]) as stand_in, open_owner(addresses) as owner:
        environment = bot_environment(addresses, stand_in.environment, port=port)
        async with running_bot(environment, tmp_path / "bot.log"):
            asked = await stand_in.ask(QUESTION)
            await stand_in.answered(1, timeout=WITHIN)
            [reply] = stand_in.replies_to(asked)
            assert "know" in reply.text

            await owner.run("UPDATE memberships SET role = 'admin'")
            again = await stand_in.ask(QUESTION)
            await stand_in.answered(2, timeout=WITHIN)
            told = stand_in.posted[1]
            assert "4711" in told.text
            assert told.visible_to == "ada" or told.channel != again.channel

            await owner.run("UPDATE memberships SET role = 'member'")
            await stand_in.ask(QUESTION)
            await stand_in.answered(3, timeout=WITHIN)
            assert "4711" not in stand_in.posted[2].text


async def test_what_is_for_a_discord_channel_is_told_in_its_threads_and_nowhere_else(
    addresses: Addresses, tmp_path: Path
) -> None:
    async with DiscordStandIn() as discord:
        general = discord.text_channel("general")
        discord.world.start_thread(general, "below")
        discord.world.start_thread(discord.text_channel("random"), "elsewhere")
        audience = (f"channel:discord:{general.guild}:{general.id}",)
        code = NewEntry(phrasings=(QUESTION,), answer="It is 4711.", audience=audience)
        await teach(addresses, code, *ENTRIES)
        environment = bot_environment(addresses, discord.environment, port=free_port())
        async with running_bot(environment, tmp_path / "bot.log"):
            asked = [
                await discord.ask(QUESTION, channel=channel)
                for channel in ("general", "below", "random", "elsewhere")
            ]
            await discord.answered(len(asked), timeout=WITHIN)
        told = [["4711" in one.text for one in discord.replies_to(each)] for each in asked]
        assert told == [[True], [True], [False], [False]]
