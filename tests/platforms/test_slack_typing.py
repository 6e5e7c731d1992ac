"""Slack shows a status in the thread, and takes it away when the answer is there."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from adapters.platforms.slack.adapter import SlackAdapter
from adapters.platforms.slack.config import SlackConfig
from adapters.platforms.slack.pace import PACE, pace_of
from adapters.platforms.slack.posting import Postman
from adapters.platforms.slack.responses import Responses
from adapters.platforms.slack.status import STATUS, Status
from adapters.platforms.slack.webapi import WebApi
from core.budgets import LocalBudgets
from core.errors import RateLimitedError
from core.messages import Capability
from core.pacing import Pacing
from core.ports.platform import ShowsTyping
from simulator.slack import SlackStandIn
from simulator.standin import Asked
from tests.platforms.slack import posting

SET_STATUS = "assistant.threads.setStatus"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn() as standin:
        yield standin


@pytest.fixture
async def bot(slack: SlackStandIn) -> AsyncIterator[SlackAdapter]:
    config = SlackConfig.from_settings(
        bot_token=slack.environment["SLACK_BOT_TOKEN"],
        signing_secret=slack.environment["SLACK_SIGNING_SECRET"],
        api_url=slack.environment["SLACK_API_URL"],
    )
    async with SlackAdapter(config, clock=now) as adapter:
        yield adapter


@pytest.fixture
async def asked(slack: SlackStandIn) -> Asked:
    return await slack.ask("how?")


async def show(bot: SlackAdapter, asked: Asked) -> None:
    await bot.show_typing(posting("", channel=asked.channel, thread=asked.id).conversation)


def test_it_is_declared(bot: SlackAdapter) -> None:
    assert isinstance(bot, ShowsTyping)
    assert Capability.TYPING in bot.capabilities


async def test_statement_26_the_status_stands_in_the_thread_until_the_answer(
    slack: SlackStandIn, bot: SlackAdapter, asked: Asked
) -> None:
    for _ in range(2):
        await show(bot, asked)
        assert slack.api.assistant.statuses == {(asked.channel, asked.id): STATUS}
    await bot.send(posting("so", channel=asked.channel, thread=asked.id))
    assert slack.api.assistant.statuses == {}
    assert slack.api.calls == [SET_STATUS, SET_STATUS, "chat.postMessage"], "Slack clears it"


async def test_statement_26_it_ends_with_an_answer_that_only_one_person_sees(
    slack: SlackStandIn, bot: SlackAdapter, asked: Asked
) -> None:
    await show(bot, asked)
    private = posting(
        "so", channel=asked.channel, thread=asked.id, visible_to=slack.workspace.person("ada")
    )
    await bot.send(private)
    assert slack.api.assistant.statuses == {}
    calls = len(slack.api.calls)
    await bot.send(private)
    assert slack.api.calls.count(SET_STATUS) == 2
    assert len(slack.api.calls) == calls + 1, "what is not shown is not cleared"


async def test_an_answer_is_posted_even_if_its_status_cannot_be_cleared(
    slack: SlackStandIn, bot: SlackAdapter, asked: Asked
) -> None:
    await show(bot, asked)
    slack.fail_next(status=429, retry_after=7, error="ratelimited", method=SET_STATUS)
    person = slack.workspace.person("ada")
    await bot.send(posting("so", channel=asked.channel, thread=asked.id, visible_to=person))
    assert slack.api.calls[-2:] == ["chat.postEphemeral", SET_STATUS]


async def test_outside_of_a_thread_there_is_no_status(
    slack: SlackStandIn, bot: SlackAdapter, asked: Asked
) -> None:
    await bot.show_typing(posting("", channel=asked.channel).conversation)
    assert slack.api.calls == []


async def test_statement_26_typing_takes_no_turn_of_a_message(
    slack: SlackStandIn, asked: Asked
) -> None:
    web = WebApi(token=slack.api.token, address=slack.environment["SLACK_API_URL"])
    [window] = PACE.chat
    pacing = Pacing(budgets=LocalBudgets(clock=lambda: 1_000.0), pace_of=pace_of)
    postman = Postman(web=web, responses=Responses(web=web, clock=now), pacing=pacing)
    status = Status(web=web, pacing=pacing)
    message = posting("so", channel=asked.channel, thread=asked.id)
    async with asyncio.timeout(60):
        for _ in range(20):
            await status.show(message.conversation)
        assert slack.api.calls.count(SET_STATUS) == window.limit
        for _ in range(window.limit):
            await postman.send(message)
        with pytest.raises(RateLimitedError):
            await postman.send(message)
        await status.show(message.conversation)
    await web.close()
    assert slack.api.calls.count(SET_STATUS) == window.limit, "it gets what postings leave"


async def test_statement_26_a_429_on_typing_holds_up_no_message(
    slack: SlackStandIn, bot: SlackAdapter, asked: Asked
) -> None:
    slack.fail_next(status=429, retry_after=7, error="ratelimited", method=SET_STATUS)
    with pytest.raises(RateLimitedError):
        await show(bot, asked)
    await bot.send(posting("so", channel=asked.channel, thread=asked.id))
    assert len(slack.posted) == 1
