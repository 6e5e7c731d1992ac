"""Faults on the way of a reply: nothing is lost, repeated or held back for longer than it must."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bots.embedded import Addresses
from simulator.standin import Asked, Posted, StandIn
from simulator.telegram import TelegramStandIn
from tests.journeys.faults import (
    attempts_to_post,
    calls,
    forbid,
    refuse_the_format,
    revoke_the_token,
    slow_down,
)
from tests.journeys.history import answered_all, at_rest, read_history
from tests.journeys.knowledge import teach
from tests.journeys.platforms import PLATFORMS, ask_in_one_conversation, open_stand_in
from tests.ports import free_port
from tests.process import BotProcess, bot_environment, running_bot

WITHIN = 60.0
PASSWORD = "how can I reset my password?"
CALENDAR = "where is the holiday calendar"

Platform = tuple[StandIn, BotProcess]


@pytest.fixture(params=PLATFORMS)
async def platform(
    request: pytest.FixtureRequest, addresses: Addresses, tmp_path: Path
) -> AsyncIterator[Platform]:
    port = free_port()
    await teach(addresses)
    async with open_stand_in(request.param, ports=[port]) as stand_in:
        environment = bot_environment(addresses, stand_in.environment, port=port)
        async with running_bot(environment, tmp_path / "bot.log") as bot:
            await stand_in.ask(CALENDAR, channel="first")
            await stand_in.answered(1, timeout=WITHIN)
            yield stand_in, bot
            assert await bot.stop() == 0


async def test_a_rate_limit_delays_its_own_conversation_and_keeps_its_order(
    platform: Platform, addresses: Addresses
) -> None:
    stand_in, _ = platform
    before = attempts_to_post(stand_in)
    slow_down(stand_in, seconds=2)
    first = await stand_in.ask(PASSWORD, channel="slow")
    await until(lambda: attempts_to_post(stand_in) > before)
    await ask_in_one_conversation(stand_in, CALENDAR, first, channel="slow")
    other = await stand_in.ask(PASSWORD, channel="quick")

    await stand_in.answered(4, timeout=WITHIN)
    await at_rest(addresses, within=WITHIN)
    limited, following = posted_in(stand_in, first)
    assert ("Reset password" in limited.text, "calendar" in following.text) == (True, True)
    assert limited.at - first.at >= 2
    [quick] = stand_in.replies_to(other)
    assert quick.at < limited.at
    assert len(stand_in.posted) == 4


async def test_a_refused_format_is_posted_once_as_plain_text_and_no_more(
    platform: Platform, addresses: Addresses
) -> None:
    stand_in, bot = platform
    before = attempts_to_post(stand_in)
    refuse_the_format(stand_in)
    first = await stand_in.ask(PASSWORD)
    await stand_in.answered(2, timeout=WITHIN)
    refuse_the_format(stand_in, count=2)
    await ask_in_one_conversation(stand_in, PASSWORD, first)
    await ask_in_one_conversation(stand_in, CALENDAR, first)

    await stand_in.answered(3, timeout=WITHIN)
    await at_rest(addresses, within=WITHIN)
    plain, following = posted_in(stand_in, first)
    assert ("Reset password" in plain.text, "calendar" in following.text) == (True, True)
    assert attempts_to_post(stand_in) == before + 5
    assert bot.lines().count("posting_sent_plain") == 2
    assert errors(bot) == ["posting_dead"]


async def test_a_place_that_is_gone_is_reported_once_and_the_next_posting_goes_out(
    platform: Platform, addresses: Addresses
) -> None:
    stand_in, bot = platform
    before = attempts_to_post(stand_in)
    forbid(stand_in)
    first = await stand_in.ask(PASSWORD)
    await ask_in_one_conversation(stand_in, CALENDAR, first)

    await stand_in.answered(2, timeout=WITHIN)
    await at_rest(addresses, within=WITHIN)
    [following] = posted_in(stand_in, first)
    assert "calendar" in following.text
    assert attempts_to_post(stand_in) == before + 2
    assert errors(bot) == ["posting_dead"]
    assert (await read_history(stand_in, addresses)).dead == 1


async def test_a_connection_cut_after_acceptance_repeats_no_more_than_promised(
    platform: Platform, addresses: Addresses
) -> None:
    stand_in, _ = platform
    stand_in.accept_then_reset()
    asked = await stand_in.ask(PASSWORD)
    await ask_in_one_conversation(stand_in, CALENDAR, asked)

    await until(lambda: any("calendar" in one.text for one in posted_in(stand_in, asked)))
    await at_rest(addresses, within=WITHIN)
    *copies, following = posted_in(stand_in, asked)
    assert all("Reset password" in copy.text for copy in copies)
    assert "calendar" in following.text
    assert 1 <= len(copies) <= (2 if isinstance(stand_in, TelegramStandIn) else 1)
    assert (await read_history(stand_in, addresses)).dead == 0


async def test_a_platform_out_of_reach_for_seconds_is_answered_afterwards(
    platform: Platform, addresses: Addresses
) -> None:
    stand_in, bot = platform
    before = attempts_to_post(stand_in)
    slow_down(stand_in, seconds=1)
    asked = [await stand_in.ask(PASSWORD, channel="slow")]
    await until(lambda: attempts_to_post(stand_in) > before)
    async with stand_in.unreachable():
        await asyncio.sleep(2)
        assert len(stand_in.posted) == 1
    asked.append(await stand_in.ask(PASSWORD, channel="later"))

    await answered_all(stand_in, within=WITHIN)
    await at_rest(addresses, within=WITHIN)
    history = await read_history(stand_in, addresses)
    assert (history.repeated, history.dead, errors(bot)) == (0, 0, [])


@pytest.mark.parametrize("revoked", PLATFORMS)
async def test_a_token_revoked_while_running_is_not_asked_with_again_and_again(
    revoked: str, addresses: Addresses, tmp_path: Path
) -> None:
    await teach(addresses)
    port = free_port()
    async with (
        open_stand_in("slack", ports=[port]) as slack,
        open_stand_in("discord", ports=[port]) as discord,
        open_stand_in("telegram", ports=[port]) as telegram,
    ):
        stand_ins = {"slack": slack, "discord": discord, "telegram": telegram}
        environment = bot_environment(
            addresses, *(one.environment for one in stand_ins.values()), port=port
        )
        async with running_bot(environment, tmp_path / "bot.log") as bot:
            for stand_in in stand_ins.values():
                await stand_in.ask(PASSWORD)
                await stand_in.answered(1, timeout=WITHIN)
            closed = stand_ins.pop(revoked)
            revoke_the_token(closed)
            before = calls(closed)
            for number in range(20):
                await closed.ask(PASSWORD, channel=f"c{number}")
                await asyncio.sleep(0.02)
            await asyncio.sleep(1)
            for stand_in in stand_ins.values():
                await stand_in.ask(CALENDAR)
                await stand_in.answered(2, timeout=WITHIN)
            assert 1 <= calls(closed) - before <= 3
            assert len(closed.posted) == 1
            assert await bot.stop() == 0


def posted_in(stand_in: StandIn, asked: Asked) -> list[Posted]:
    """What was posted in the channel of a message, in order."""
    return [posted for posted in stand_in.posted if posted.channel == asked.channel]


def errors(bot: BotProcess) -> list[str]:
    """What the bot itself logged as an error, or worse."""
    lines = [json.loads(line) for line in bot.lines().splitlines() if line.startswith("{")]
    wrong = [line["action"] for line in lines if line["level"] in ("error", "critical")]
    return [action for action in wrong if action != "library_log"]


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN):
        while not happened():
            await asyncio.sleep(0.02)
