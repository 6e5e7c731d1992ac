"""Statement 25: two bots on the same platform are no faster together than one may be."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bots.embedded import Addresses
from simulator.slack import SlackStandIn
from simulator.standin import StandIn
from simulator.telegram import TelegramStandIn
from tests.contract.inbox import until
from tests.journeys.faults import attempts_to_post, slow_down
from tests.journeys.history import answered_all, at_rest, read_history
from tests.journeys.knowledge import teach
from tests.journeys.platforms import open_stand_in
from tests.ports import free_port
from tests.process import BotProcess, bot_environment, running_bot

WITHIN = 120.0
PASSWORD = "how can I reset my password?"
STALL = 1.0
"""Seconds between a token and the arrival of its message, on a busy machine."""

STALLED = 12
"""As many refusals are put down to them: without any pace there are about 28, and at rest none."""

MOST_ASKED = 30
"""Questions one after the other until both bots have answered one."""

BOT = {"telegram": 30, "slack": 300}
LIMITS = {"SLACK_LIMITS": "true", "TELEGRAM_LIMITS": "true"}


@asynccontextmanager
async def two_bots(
    stand_in: StandIn,
    addresses: Addresses,
    ports: Sequence[int],
    directory: Path,
    settings: Mapping[str, str] = LIMITS,
) -> AsyncIterator[Sequence[BotProcess]]:
    """Two bots that know of each other and keep the platform's pace, each of which has answered."""
    await teach(addresses)
    one, two = (
        bot_environment(addresses, stand_in.environment, port=port, **settings) for port in ports
    )
    async with (
        running_bot(one, directory / "one.log") as first,
        running_bot(two, directory / "two.log") as second,
    ):
        yield first, second
        await at_rest(addresses, within=WITHIN)
        assert await first.stop() == 0
        assert await second.stop() == 0


async def both_answer(stand_in: StandIn, bots: Sequence[BotProcess]) -> None:
    """Ask until each bot has answered something: the platform decides which one hears of what."""
    for number in range(MOST_ASKED):
        if all('"message_processed"' in bot.lines() for bot in bots):
            return
        await stand_in.ask(PASSWORD, channel=f"first {number}", person=f"f{number}")
        await answered_all(stand_in, within=WITHIN)
    pytest.fail("one of the bots hears of nothing")


def strict(stand_in: StandIn) -> None:
    """Let the platform refuse what is too fast."""
    match stand_in:
        case TelegramStandIn():
            stand_in.world.pace.enforced = True
        case SlackStandIn():
            stand_in.api.pacing.strict = True
            stand_in.both_events = False  # each message to one of the bots, in turn


def most_within(times: Sequence[float], seconds: float) -> int:
    """The most that happened within any stretch of time."""
    return max(sum(start <= at < start + seconds for at in times) for start in times)


@pytest.mark.parametrize("platform", ["telegram", "slack"])
async def test_statement_25_two_bots_together_keep_the_pace_of_each_chat_and_of_the_bot(
    platform: str, addresses: Addresses, tmp_path: Path
) -> None:
    ports = [free_port(), free_port()]
    async with open_stand_in(platform, ports=ports, shared=platform == "telegram") as stand_in:
        strict(stand_in)
        async with two_bots(stand_in, addresses, ports, tmp_path) as bots:
            await both_answer(stand_in, bots)
            first = len(stand_in.posted)
            asked = [
                await stand_in.ask(PASSWORD, channel="busy", person=f"p{number}")
                for number in range(14)
            ]
            for number in range(40):
                await stand_in.ask(PASSWORD, channel=f"quiet {number}", person=f"q{number}")
            await answered_all(stand_in, within=WITHIN)
        refused = attempts_to_post(stand_in) - len(stand_in.posted)
        assert len(stand_in.posted) == first + 54
        busy = [one.at for one in stand_in.posted if one.channel == asked[0].channel]
        assert most_within(busy, 3 - STALL) <= 3
        assert most_within([one.at for one in stand_in.posted], 1 - STALL / 2) <= BOT[platform]
        assert refused <= STALLED, "stalls on the way are all that a platform may complain of"
        history = await read_history(stand_in, addresses)
        assert history.report.problems == []


@pytest.mark.parametrize("platform", ["telegram", "slack"])
async def test_a_429_that_one_bot_meets_holds_the_other_in_that_chat_too(
    platform: str, addresses: Addresses, tmp_path: Path
) -> None:
    ports = [free_port(), free_port()]
    async with (
        open_stand_in(platform, ports=ports, shared=platform == "telegram") as stand_in,
        two_bots(stand_in, addresses, ports, tmp_path) as bots,
    ):
        slow_down(stand_in, seconds=4)
        refused = await stand_in.ask(PASSWORD, channel="busy", person="ada")
        await until(lambda: any('"posting_postponed"' in bot.lines() for bot in bots))
        for number in range(8):
            await stand_in.ask(PASSWORD, channel="busy", person=f"p{number}")
        other = await stand_in.ask(PASSWORD, channel="quiet")
        await answered_all(stand_in, within=WITHIN)
        busy = [one.at - refused.at for one in stand_in.posted if one.channel == refused.channel]
        assert min(busy) >= 4
        assert stand_in.replies_to(other)[0].at - refused.at < min(busy)
        assert attempts_to_post(stand_in) == 1 + len(stand_in.posted), "nothing else was refused"
        assert (await read_history(stand_in, addresses)).report.problems == []
