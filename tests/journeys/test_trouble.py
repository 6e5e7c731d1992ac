"""When something is missing, wrong or doubled, people still get one honest answer."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from bots.embedded import Addresses
from tests.contract.inbox import until
from tests.journeys.history import answered_all, at_rest, read_history
from tests.journeys.knowledge import GATES, teach
from tests.journeys.platforms import (
    PLATFORMS,
    all_acknowledged,
    ask_in_one_conversation,
    open_stand_in,
    reached,
)
from tests.ports import free_port
from tests.process import bot_environment, running_bot
from tests.stores.valkey import Valkey

WITHIN = 60.0


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_events_delivered_to_two_processes_at_once_are_answered_once(
    platform: str, addresses: Addresses, tmp_path: Path
) -> None:
    await teach(addresses)
    ports = [free_port(), free_port()]
    async with open_stand_in(platform, ports=ports, shared=True) as stand_in:
        one, two = (bot_environment(addresses, stand_in.environment, port=port) for port in ports)
        async with (
            running_bot(one, tmp_path / "one.log") as first,
            running_bot(two, tmp_path / "two.log") as second,
        ):
            await stand_in.ask("how can I reset my password?", channel="first")
            await stand_in.answered(1, timeout=WITHIN)
            await reached(stand_in, bots=2)
            for number in range(100):
                await stand_in.ask(
                    "how can I reset my password?", channel=f"c{number % 10}", person=f"p{number}"
                )
            await answered_all(stand_in, within=WITHIN)
            await at_rest(addresses, within=WITHIN)
            assert await first.stop() == 0
            assert await second.stop() == 0

        history = await read_history(stand_in, addresses)
        assert history.repeated == 0
        assert history.counted == history.admitted == 101


async def test_all_platforms_serve_in_one_process_and_a_wrong_token_stops_only_its_own(
    addresses: Addresses, tmp_path: Path
) -> None:
    await teach(addresses)
    port = free_port()
    async with (
        open_stand_in("slack", ports=[port]) as slack,
        open_stand_in("discord", ports=[port]) as discord,
        open_stand_in("telegram", ports=[port]) as telegram,
    ):
        environment = bot_environment(
            addresses, slack.environment, discord.environment, telegram.environment, port=port
        )
        async with running_bot(environment, tmp_path / "all.log") as bot:
            for stand_in in (slack, discord, telegram):
                await stand_in.ask("how can I reset my password?")
                await stand_in.answered(1, timeout=WITHIN)
            assert await bot.stop() == 0

        environment["TELEGRAM_BOT_TOKEN"] = "1:wrong"
        async with running_bot(environment, tmp_path / "wrong.log") as bot:
            for stand_in in (slack, discord):
                await stand_in.ask("how can I reset my password?")
                await stand_in.answered(2, timeout=WITHIN)
            async with aiohttp.ClientSession() as session, asyncio.timeout(WITHIN):
                parts = {"telegram": "up"}
                while parts["telegram"] == "up":
                    async with session.get(f"{bot.url}/ready") as answer:
                        parts = (await answer.json())["parts"]
                        assert answer.status == 200
            assert parts["telegram"].startswith("down")
            assert parts["slack"] == parts["discord"] == "up"
            assert "1:wrong" not in bot.lines()
            assert await bot.stop() == 0


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_redis_gone_gives_one_notice_and_the_answer_follows(
    platform: str, addresses: Addresses, tmp_path: Path
) -> None:
    await teach(addresses)
    valkey, port = Valkey(tmp_path), free_port()
    valkey.start()
    try:
        async with open_stand_in(platform, ports=[port]) as stand_in:
            environment = bot_environment(
                addresses, stand_in.environment, port=port, REDIS_URL=valkey.url
            )
            async with running_bot(environment, tmp_path / "bot.log") as bot:
                await stand_in.ask("how can I reset my password?")
                await stand_in.answered(1, timeout=WITHIN)
                valkey.kill()

                asked = [await stand_in.ask("where is the holiday calendar") for _ in range(3)]
                await stand_in.answered(2, timeout=WITHIN)
                assert "answer follows" in stand_in.posted[1].text
                await asyncio.sleep(1)

                valkey.start()
                await answered_all(stand_in, within=WITHIN)
                await at_rest(addresses, within=WITHIN)
                assert await bot.stop() == 0
            texts = [posted.text for posted in stand_in.posted]
            assert sum("pinned in the team space" in text for text in texts) == len(asked)
            assert 1 <= sum("answer follows" in text for text in texts) <= len(asked)
    finally:
        valkey.kill()


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_stop_under_load_loses_and_repeats_nothing(
    platform: str, addresses: Addresses, tmp_path: Path
) -> None:
    await teach(addresses)
    port = free_port()
    async with open_stand_in(platform, ports=[port]) as stand_in:
        environment = bot_environment(addresses, stand_in.environment, port=port)
        for _ in range(3):
            async with running_bot(environment, tmp_path / "bot.log") as bot:
                for number in range(100):
                    await stand_in.ask(
                        "how can I reset my password?",
                        channel=f"c{number % 20}",
                        person=f"p{number}",
                    )
                assert await bot.stop() == 0
        async with running_bot(environment, tmp_path / "bot.log") as bot:
            await answered_all(stand_in, within=WITHIN * 2)
            await at_rest(addresses, within=WITHIN)
            assert await bot.stop() == 0
        history = await read_history(stand_in, addresses)
        assert history.repeated == 0
        assert history.counted == history.admitted == 300


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_conversation_is_answered_in_order_by_two_processes(
    platform: str, addresses: Addresses, tmp_path: Path
) -> None:
    await teach(addresses, *GATES)
    ports = [free_port(), free_port()]
    async with open_stand_in(platform, ports=ports, shared=True) as stand_in:
        one, two = (bot_environment(addresses, stand_in.environment, port=port) for port in ports)
        async with (
            running_bot(one, tmp_path / "one.log") as first,
            running_bot(two, tmp_path / "two.log") as second,
        ):
            root = await stand_in.ask(GATES[0].phrasings[0])
            await stand_in.answered(1, timeout=WITHIN)
            await reached(stand_in, bots=2)
            for gate in GATES[1:]:
                await ask_in_one_conversation(stand_in, gate.phrasings[0], root)
                if platform == "slack":  # its events come in any order: the next one after this
                    await until(lambda: all_acknowledged(stand_in))
            await stand_in.answered(len(GATES), timeout=WITHIN)
            await at_rest(addresses, within=WITHIN)
            assert await first.stop() == await second.stop() == 0
    numbers = [
        gate
        for posted in stand_in.posted
        for gate, entry in enumerate(GATES)
        if entry.answer in posted.text
    ]
    assert numbers == list(range(len(GATES)))
