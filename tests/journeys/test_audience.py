"""What is known for some only, asked on every platform."""

from pathlib import Path

import pytest

from bots.embedded import Addresses
from core.entries import NewEntry
from tests.journeys.knowledge import ENTRIES, teach
from tests.journeys.platforms import PLATFORMS, open_stand_in
from tests.process import bot_environment, free_port, running_bot
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
