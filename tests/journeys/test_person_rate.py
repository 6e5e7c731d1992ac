"""Who asks too fast is told so once, gets nothing counted, and is answered again later."""

import asyncio
from pathlib import Path

import pytest

from adapters.stores.postgres.connection import open_pool
from bots.embedded import Addresses
from core.respond import SLOWED
from tests.journeys.history import at_rest, read_history
from tests.journeys.knowledge import teach
from tests.journeys.platforms import PLATFORMS, open_stand_in, reached
from tests.ports import free_port
from tests.process import bot_environment, running_bot

WITHIN = 60.0
PASSWORD = "how can I reset my password?"
OUTCOMES = "SELECT outcome, count(*) AS messages FROM inbox WHERE state = 'settled' GROUP BY 1"


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_the_sixth_question_of_a_minute_gets_one_private_line_and_nothing_is_lost(
    platform: str, addresses: Addresses, tmp_path: Path
) -> None:
    await teach(addresses)
    port = free_port()
    async with open_stand_in(platform, ports=[port]) as stand_in:
        environment = bot_environment(
            addresses, stand_in.environment, port=port, PERSON_RATE="5", ACCESS="open"
        )
        async with running_bot(environment, tmp_path / "bot.log") as bot:
            await reached(stand_in)
            for number in range(9):
                await stand_in.ask(PASSWORD, channel="general", person="ada")
                await asyncio.sleep(0.1 if number else 1)
            await stand_in.ask(PASSWORD, channel="general", person="bob")
            await stand_in.answered(7, timeout=WITHIN)
            await at_rest(addresses, within=WITHIN)
            assert await bot.stop() == 0
        texts = [posted.text for posted in stand_in.posted]
        told = [posted for posted in stand_in.posted if SLOWED[:20] in posted.text]
        assert sum("Reset password" in text for text in texts) == 6, "five of Ada, one of Bob"
        assert len(told) == 1
        async with open_pool(addresses.postgres_dsn) as pool:
            outcomes = {row["outcome"]: row["messages"] for row in await pool.fetch(OUTCOMES)}
        assert outcomes == {"answered": 6, "slowed": 4}
        history = await read_history(stand_in, addresses)
        assert history.counted == 6
        assert (history.report.lost, history.report.mismatches) == ([], [])
        assert not history.report.leftovers
