"""Plans as people meet them: told in time, and heard by their admins, on every platform."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bots.embedded import Addresses
from simulator.standin import Posted, StandIn
from tests.journeys.history import at_rest
from tests.journeys.knowledge import teach
from tests.journeys.platforms import PLATFORMS, open_stand_in, reached
from tests.ports import free_port
from tests.process import bot_environment, running_bot
from tests.stores.people import open_owner
from tests.stores.test_ledger import agree

WITHIN = 60.0
QUESTION = "how can I reset my password?"


@pytest.fixture(params=PLATFORMS)
async def platform(
    request: pytest.FixtureRequest, addresses: Addresses
) -> AsyncIterator[tuple[StandIn, dict[str, str]]]:
    port = free_port()
    await teach(addresses)
    async with open_stand_in(request.param, ports=[port]) as stand_in:
        yield stand_in, bot_environment(addresses, stand_in.environment, port=port)


async def said(stand_in: StandIn, fits: Callable[[Posted], bool]) -> Posted:
    """Wait for a posting."""
    async with asyncio.timeout(WITHIN):
        while True:
            for posted in stand_in.posted:
                if fits(posted):
                    return posted
            await asyncio.sleep(0.05)


async def test_the_end_of_a_plan_is_told_in_private_and_an_admin_is_asked(
    platform: tuple[StandIn, dict[str, str]], addresses: Addresses, tmp_path: Path
) -> None:
    stand_in, environment = platform
    async with (
        running_bot(environment, tmp_path / "bot.log") as bot,
        open_owner(addresses) as owner,
    ):
        await reached(stand_in)
        direct = {}
        for count, person in enumerate(("bob", "ada"), start=1):
            direct[person] = (await stand_in.tell("help", person=person)).channel
            await stand_in.answered(count, timeout=WITHIN)

        def only(person: str, posted: Posted) -> bool:
            return posted.visible_to == person or posted.channel == direct[person]

        await at_rest(addresses, within=WITHIN)
        bob = "SELECT user_id FROM identities WHERE id = (SELECT message -> 'author' ->> 'id'"
        bob += " FROM inbox ORDER BY received_at LIMIT 1)"
        await owner.run(f"UPDATE memberships SET role = 'admin' WHERE user_id = ({bob})")
        await owner.run("UPDATE plan_limits SET per_month = 3 WHERE resource_type = 'messages'")

        for _ in range(2):
            await stand_in.ask(QUESTION, person="ada")
        notice = await said(stand_in, lambda posted: "used all 3 messages" in posted.text)
        assert only("ada", notice)
        assert notice.buttons == ("Ask for more",)

        await stand_in.click(notice, "Ask for more", person="ada")
        letter = await said(stand_in, lambda posted: "asks for more messages" in posted.text)
        assert only("bob", letter)
        assert "users plan" in letter.text

        await stand_in.ask(QUESTION, person="ada")
        async with asyncio.timeout(WITHIN):
            while sum("Reset password" in posted.text for posted in stand_in.posted) < 3:
                await asyncio.sleep(0.05)
        await stand_in.tell("/usage team", person="bob")
        team = await said(stand_in, lambda posted: "Your team this month" in posted.text)
        assert only("bob", team)
        assert "5 messages" in team.text
        await stand_in.tell("/usage team", person="ada")
        await said(stand_in, lambda posted: "Only admins" in posted.text)
        await at_rest(addresses, within=WITHIN)
        assert sum("used all 3" in posted.text for posted in stand_in.posted) == 1
        assert sum("asks for more" in posted.text for posted in stand_in.posted) == 1
        await agree(owner)
        assert await bot.stop() == 0
