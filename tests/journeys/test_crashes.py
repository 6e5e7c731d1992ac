"""Kill -9 loses nothing, and repeats nothing but what the promise allows."""

import asyncio
import random
from bisect import bisect
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import pytest

from bots.embedded import Addresses
from core.telling_to_wait import WAIT
from simulator.standin import Asked, StandIn
from tests.contract.inbox import until
from tests.crashing_bot import KILLED, POINTS
from tests.journeys.history import History, answered_all, at_rest, read_history
from tests.journeys.knowledge import teach
from tests.journeys.platforms import PLATFORMS, all_acknowledged, open_stand_in
from tests.ports import free_port
from tests.process import BotProcess, bot_environment, running_bot, start_bot

KILLS = 8
QUESTIONS = 800
CHANNELS = 40
RECOVERED_WITHIN = 120.0


@pytest.mark.timeout(600)
@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_crash_at_each_named_point(
    platform: str, addresses: Addresses, tmp_path: Path
) -> None:
    await teach(addresses)
    port, log = free_port(), tmp_path / "bot.log"
    async with open_stand_in(platform, ports=[port]) as stand_in:
        environment = bot_environment(addresses, stand_in.environment, port=port)
        for point in POINTS:
            bot = await start_bot(
                environment, log, command=("-m", "tests.crashing_bot", point, "3")
            )
            try:
                await _ready_or_crashed(bot)
                await _ask_in(stand_in, count=5)
                async with asyncio.timeout(RECOVERED_WITHIN):
                    assert await bot.process.wait() == KILLED, point
            finally:
                await bot.kill()
            async with running_bot(environment, log) as bot:
                await answered_all(stand_in, within=RECOVERED_WITHIN)
                await at_rest(addresses, within=RECOVERED_WITHIN)
                assert await bot.stop() == 0

        history = await read_history(stand_in, addresses)
        assert history.unanswered == []
        assert history.counted == history.used == history.admitted == len(stand_in.asked)
        assert history.turns == 2 * len(stand_in.asked)
        assert history.dead == 0
        assert history.answered == len(stand_in.asked)
        _check_promise(history, platform)
        assert history.most_copies <= (2 if platform == "telegram" else 1)


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_statement_13_a_kill_right_after_the_acknowledgement_loses_nothing(
    platform: str, addresses: Addresses, tmp_path: Path
) -> None:
    """Statement 13: the platform, which was told that the message arrived, never sends it again."""
    await teach(addresses)
    port, log, acknowledged = free_port(), tmp_path / "bot.log", tmp_path / "acknowledged"
    dying = ("-m", "tests.crashing_bot", "answering", "1", str(acknowledged))
    async with open_stand_in(platform, ports=[port]) as stand_in:
        environment = bot_environment(addresses, stand_in.environment, port=port)
        killed = await start_bot(environment, log, command=dying)
        try:
            await killed.ready()
            asked = await stand_in.ask("how can I reset my password?")
            await until(lambda: all_acknowledged(stand_in))
            acknowledged.touch()
            async with asyncio.timeout(RECOVERED_WITHIN):
                assert await killed.process.wait() == KILLED
        finally:
            await killed.kill()
        assert stand_in.posted == []
        async with running_bot(environment, log) as bot:
            await stand_in.answered(1, timeout=RECOVERED_WITHIN)
            await at_rest(addresses, within=RECOVERED_WITHIN)
            assert await bot.stop() == 0

        assert len(stand_in.replies_to(asked)) == len(stand_in.posted) == 1


@pytest.mark.timeout(600)
@pytest.mark.parametrize("platform", PLATFORMS)
async def test_eight_kills_in_800_questions(
    platform: str, addresses: Addresses, tmp_path: Path
) -> None:
    await teach(addresses)
    chance = random.Random(platform)
    port, log = free_port(), tmp_path / "bot.log"
    async with open_stand_in(platform, ports=[port]) as stand_in:
        environment = bot_environment(addresses, stand_in.environment, port=port)
        starts = []
        for _ in range(KILLS):
            starts.append(perf_counter())
            async with running_bot(environment, log) as bot:
                burst = asyncio.create_task(_ask_in(stand_in, count=QUESTIONS // KILLS))
                await asyncio.sleep(chance.uniform(0.02, 0.5))
                await bot.kill()
                await burst
        starts.append(perf_counter())
        async with running_bot(environment, log) as bot:
            await answered_all(stand_in, within=RECOVERED_WITHIN)
            await at_rest(addresses, within=RECOVERED_WITHIN)
            assert await bot.stop() == 0

        history = await read_history(stand_in, addresses)
        print(f"{platform}: {history}")  # noqa: T201 (shown with -rP: what was measured)
        assert history.unanswered == []
        assert history.counted == history.used == history.admitted == QUESTIONS
        assert history.turns == 2 * QUESTIONS
        assert history.answered == QUESTIONS
        _check_promise(history, platform)
        if platform == "telegram":
            assert [
                asked for asked in stand_in.asked if repeated_within(starts, asked, stand_in)
            ] == []
        else:
            assert history.most_copies == 1


def repeated_within(starts: Sequence[float], asked: Asked, stand_in: StandIn) -> bool:
    """Whether one and the same run of the bot has posted a reply twice."""
    runs = [bisect(starts, one.at) for one in stand_in.replies_to(asked) if one.text != WAIT]
    return len(set(runs)) < len(runs)


async def _ready_or_crashed(bot: BotProcess) -> None:
    """What Discord's history brings again can be enough to reach the point while it starts."""
    try:
        await bot.ready()
    except AssertionError:
        if bot.process.returncode != KILLED:
            raise


def _check_promise(history: History, platform: str) -> None:
    """Nothing lost or left over, all in order; only Telegram may show a reply twice."""
    report = history.report
    assert report.lost == report.out_of_order == []
    assert report.mismatches == []
    assert report.leftovers == {}
    assert platform == "telegram" or report.repeated == []


async def _ask_in(stand_in: StandIn, *, count: int) -> None:
    for number in range(count):
        await stand_in.ask(
            "how can I reset my password?",
            channel=f"channel-{number % CHANNELS}",
            person=f"person-{number % 25}",
        )
        await asyncio.sleep(0.002)
