"""Slack's adapter against a Slack on the wire."""

import asyncio
import re
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from adapters.platforms.slack import adapter as adapter_module
from adapters.platforms.slack.adapter import SlackAdapter
from adapters.platforms.slack.config import PUBLIC_API, SlackConfig
from adapters.platforms.slack.pace import pace_of
from adapters.platforms.slack.posting import Postman
from adapters.platforms.slack.responses import Responses
from adapters.platforms.slack.webapi import WebApi
from core.budgets import LocalBudgets
from core.errors import (
    ConfigurationError,
    FormatRejectedError,
    NotPostedError,
    PlatformError,
    RateLimitedError,
    RejectedError,
    TokenRejectedError,
    UnavailableError,
    UnconfirmedError,
)
from core.messages import Capability, Platform
from core.pacing import Pacing
from core.ports.budgets import Pace, Window
from core.ports.platform import ChatAdapter
from core.splitting import split
from simulator.slack import SlackStandIn
from tests.platforms.slack import Received, posting, served, until

FAST_RETRIES = (0.05, 0.1, *[0.2] * 100)


def configured(slack: SlackStandIn, **changed: str) -> SlackConfig:
    settings = {**slack.environment, **changed}
    return SlackConfig.from_settings(
        bot_token=settings["SLACK_BOT_TOKEN"],
        signing_secret=settings["SLACK_SIGNING_SECRET"],
        api_url=settings["SLACK_API_URL"],
    )


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(retry_delays=FAST_RETRIES) as standin:
        yield standin


@pytest.fixture
async def bot(slack: SlackStandIn) -> AsyncIterator[SlackAdapter]:
    async with SlackAdapter(configured(slack), clock=lambda: datetime.now(UTC)) as adapter:
        yield adapter


@asynccontextmanager
async def heard(bot: SlackAdapter, received: Received) -> AsyncIterator[None]:
    """The bot listening."""
    task = asyncio.ensure_future(bot.listen(received))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def listening(bot: SlackAdapter, received: Received) -> AsyncIterator[str]:
    """The bot served and listening; its base address."""
    async with served(list(bot.routes)) as base, heard(bot, received):
        await asyncio.sleep(0)
        yield base


def test_it_is_an_adapter_that_says_what_it_can_do(bot: SlackAdapter) -> None:
    adapter: ChatAdapter = bot
    assert adapter.platform is Platform.SLACK
    assert adapter.capabilities == (
        Capability.MARKDOWN
        | Capability.THREADS
        | Capability.BUTTONS
        | Capability.EPHEMERAL
        | Capability.TYPING
    )
    assert adapter.text_limit <= 11_000


async def test_a_mention_is_answered_in_its_thread(slack: SlackStandIn, bot: SlackAdapter) -> None:
    received = Received()
    async with listening(bot, received) as base:
        slack.targets = [base]
        asked = await slack.ask("what & why?", channel="general")
        await until(lambda: len(received.messages) == 2)
        first, second = received.messages
        assert first.message_key == second.message_key
        assert first.dedupe_key != second.dedupe_key
        assert first.text == second.text == "what & why?"
        delivery = await bot.send(posting("**because**", channel=asked.channel, thread=asked.id))
    (reply,) = slack.replies_to(asked)
    assert delivery.message_ids == (reply.id,)
    assert reply.text == "**because**"


async def test_statement_38_a_mention_in_a_reply_is_answered_below_the_root(
    slack: SlackStandIn, bot: SlackAdapter
) -> None:
    received = Received()
    async with listening(bot, received) as base:
        slack.targets = [base]
        root = await slack.ask("first")
        below = await slack.ask("second", thread=root)
        await until(lambda: len(received.messages) == 4)
    message = next(message for message in received.messages if message.message_id == below.id)
    assert message.conversation.thread == root.id
    assert message.reply_to == root.id
    await bot.send(posting("here", channel=root.channel, thread=message.conversation.thread))
    assert [reply.text for reply in slack.replies_to(root)] == ["here"]
    assert slack.api.refused == []


async def test_a_direct_message_is_heard(slack: SlackStandIn, bot: SlackAdapter) -> None:
    received = Received()
    async with listening(bot, received) as base:
        slack.targets = [base]
        told = await slack.tell("hello")
        await until(lambda: received.messages)
    (message,) = received.messages
    assert message.conversation.direct
    assert (message.conversation.channel, message.text) == (told.channel, "hello")


async def test_statement_16_copies_of_an_event_keep_its_key(
    slack: SlackStandIn, bot: SlackAdapter
) -> None:
    received = Received()
    slack.both_events = False
    async with listening(bot, received) as base:
        slack.targets = [base]
        await slack.ask("once", copies=4)
        await until(lambda: len(received.messages) == 4)
    assert len({message.dedupe_key for message in received.messages}) == 1
    assert {attempt.number for attempt in slack.attempts} == {0, 1, 2, 3}


async def test_statement_17_an_event_comes_back_until_it_is_committed(
    slack: SlackStandIn, bot: SlackAdapter
) -> None:
    received = Received(error=UnavailableError("no database"))
    slack.both_events = False
    async with listening(bot, received) as base:
        slack.targets = [base]
        await slack.ask("still there?")
        await until(lambda: slack.attempts)
        received.error = None
        await until(lambda: received.messages)
        await until(lambda: slack.attempts[-1].acknowledged)
    assert [attempt.status for attempt in slack.attempts][:1] == [503]
    assert slack.attempts[-1].status == 200
    assert len(received.messages) == 1


async def test_statement_15_an_acknowledgement_calls_nobody(
    slack: SlackStandIn, bot: SlackAdapter
) -> None:
    received = Received()
    async with listening(bot, received) as base:
        slack.targets = [base]
        await until(lambda: slack.api.calls == ["auth.test"])
        for number in range(10):
            await slack.ask(f"question {number}")
        await until(lambda: len(slack.attempts) == 20)
    assert {attempt.status for attempt in slack.attempts} == {200}
    assert slack.api.calls == ["auth.test"]


async def test_events_are_taken_while_slack_does_not_say_who_the_bot_is(
    slack: SlackStandIn, bot: SlackAdapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter_module, "IDENTIFY_AGAIN", (0.02,))
    auth_test = slack.api.methods.pop("auth.test")
    received = Received()
    async with listening(bot, received) as base:
        slack.targets = [base]
        await until(lambda: len(slack.api.unknown) >= 3)
        await slack.ask("are you there?")
        await until(lambda: len(received.messages) == 2)
        slack.api.methods["auth.test"] = auth_test
        await until(lambda: slack.api.calls.count("auth.test") > len(slack.api.unknown))
        asked_often = len(slack.api.calls)
        await asyncio.sleep(0.1)
        assert len(slack.api.calls) == asked_often
    assert {attempt.status for attempt in slack.attempts} == {200}


@pytest.mark.parametrize("error", ["invalid_auth", "account_inactive", "token_revoked"])
async def test_statement_29_a_refused_token_ends_listening(
    slack: SlackStandIn, bot: SlackAdapter, error: str
) -> None:
    slack.api.token_error = error
    async with served(list(bot.routes)) as base:
        with pytest.raises(TokenRejectedError, match=error):
            await bot.listen(Received())
        slack.targets = [base]
        await slack.ask("anybody?")
        await until(lambda: slack.attempts)
    assert slack.attempts[0].status == 503


async def test_a_wrong_token_is_refused_when_posting_too(slack: SlackStandIn) -> None:
    config = configured(slack, SLACK_BOT_TOKEN="xoxb-wrong")
    async with SlackAdapter(config, clock=lambda: datetime.now(UTC)) as bot:
        with pytest.raises(TokenRejectedError):
            await bot.send(posting("hi", channel=slack.workspace.channel("general")))


REFUSALS: list[tuple[dict[str, object], type[PlatformError]]] = [
    ({"error": "invalid_blocks"}, FormatRejectedError),
    ({"error": "msg_too_long"}, FormatRejectedError),
    ({"error": "msg_blocks_too_long"}, FormatRejectedError),
    ({"error": "channel_not_found"}, RejectedError),
    ({"error": "is_archived"}, RejectedError),
    ({"error": "missing_scope", "status": 403}, RejectedError),
    ({"status": 404}, RejectedError),
    ({"error": "internal_error", "status": 500}, NotPostedError),
    ({"error": "internal_error"}, NotPostedError),
    ({"error": "service_unavailable", "status": 503}, NotPostedError),
    ({"error": "fatal_error"}, UnconfirmedError),
    ({"status": 500}, UnconfirmedError),
    ({"status": 502}, UnconfirmedError),
    ({"status": 408}, UnconfirmedError),
    ({"status": 200}, UnconfirmedError),
]


@pytest.mark.parametrize(("answer", "meaning"), REFUSALS)
async def test_each_refusal_has_its_meaning(
    slack: SlackStandIn, bot: SlackAdapter, answer: dict[str, object], meaning: type[PlatformError]
) -> None:
    slack.fail_next(**answer)  # type: ignore[arg-type]
    channel = slack.workspace.channel("general")
    with pytest.raises(PlatformError) as caught:
        await bot.send(posting("hi", channel=channel))
    assert type(caught.value) is meaning
    assert slack.posted == []
    assert slack.api.calls == ["chat.postMessage"]
    await bot.send(posting("hi", channel=channel))
    assert len(slack.posted) == 1


@pytest.mark.parametrize(
    "answer", [{"error": "token_revoked"}, {"error": "not_authed", "status": 401}]
)
async def test_statement_29_a_refused_token_is_not_used_again_until_it_is_good(
    slack: SlackStandIn, bot: SlackAdapter, answer: dict[str, Any]
) -> None:
    channel = slack.workspace.channel("general")
    async with served(list(bot.routes)):
        listening = asyncio.ensure_future(bot.listen(Received()))
        await until(lambda: slack.api.calls == ["auth.test"])
        slack.fail_next(**answer)
        for _ in range(3):
            with pytest.raises(TokenRejectedError):
                await bot.send(posting("hi", channel=channel))
        with pytest.raises(TokenRejectedError, match=answer["error"]):
            await listening
    assert slack.api.calls == ["auth.test", "chat.postMessage"]
    async with heard(bot, Received()):
        await until(lambda: slack.api.calls.count("auth.test") == 2)
        await asyncio.sleep(0)
        await bot.send(posting("hi", channel=channel))
    assert len(slack.posted) == 1


async def test_statement_25_a_channel_gets_one_posting_a_second_and_a_short_burst(
    slack: SlackStandIn,
) -> None:
    general, other = slack.workspace.channel("general"), slack.workspace.channel("random")
    pace = Pace(chat=(Window(limit=3, seconds=0.6),))
    pacing = Pacing(budgets=LocalBudgets(), pace_of=lambda _: pace)
    web = WebApi(token=slack.api.token, address=slack.environment["SLACK_API_URL"])
    responses = Responses(web=web, clock=lambda: datetime.now(UTC))
    postman = Postman(web=web, responses=responses, pacing=pacing)

    async def post(channel: str, count: int) -> None:
        for number in range(count):
            await postman.send(posting(str(number), channel=channel))

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(post(general, 8))
        tasks.create_task(post(other, 1))
    await web.close()
    times = [one.at for one in slack.posted if one.channel == general]
    assert [one.text for one in slack.posted if one.channel == general] == [*"01234567"]
    assert all(later - first > 0.5 for first, later in zip(times, times[3:], strict=False))
    assert next(one.at for one in slack.posted if one.channel == other) < times[3]


async def test_statement_25_who_would_wait_long_is_told_for_how_long() -> None:
    pacing = Pacing(budgets=LocalBudgets(clock=lambda: 1_000.0), pace_of=pace_of)
    here = posting("", channel="C1").conversation
    for _ in range(3):
        await pacing.admit(here)
    waits = []
    for _ in range(3):
        with pytest.raises(RateLimitedError) as caught:
            await pacing.admit(here)
        waits.append(caught.value.retry_after.total_seconds())
    assert waits == pytest.approx([3.15, 4.2, 5.25])


async def test_a_429_holds_the_whole_channel_and_no_other(
    slack: SlackStandIn, bot: SlackAdapter
) -> None:
    general, other = slack.workspace.channel("general"), slack.workspace.channel("random")
    slack.fail_next(status=429, retry_after=70, error="ratelimited")
    for _ in range(2):
        with pytest.raises(RateLimitedError) as caught:
            await bot.send(posting("hi", channel=general))
        assert timedelta(seconds=50) < caught.value.retry_after <= timedelta(seconds=70)
    assert slack.api.calls.count("chat.postMessage") == 1
    await bot.send(posting("hi", channel=other))


def test_the_pace_is_kept_for_slack_itself_unless_told_otherwise() -> None:
    def keeps(**given: Any) -> bool:
        return SlackConfig.from_settings(bot_token="x", signing_secret="y", **given).keeps_limits

    assert keeps()
    assert not keeps(limits=False)
    assert not keeps(api_url="http://127.0.0.1:1/api/")
    assert keeps(api_url="http://127.0.0.1:1/api/", limits=True)


async def test_statement_23_a_wait_of_one_channel_delays_no_other(
    slack: SlackStandIn, bot: SlackAdapter
) -> None:
    """Statement 23: the adapter says for how long; the sender keeps that conversation back."""
    slack.fail_next(status=429, retry_after=7, error="ratelimited")
    general, other = slack.workspace.channel("general"), slack.workspace.channel("random")
    with pytest.raises(RateLimitedError) as caught:
        await bot.send(posting("hi", channel=general))
    assert caught.value.retry_after == timedelta(seconds=7)
    await bot.send(posting("hi", channel=other))
    assert [posted.channel for posted in slack.posted] == [other]


ANSWERS = {
    30: "\n\n".join(f"Paragraph {n}: " + "word " * 60 for n in range(95)),
    31: "```python\n" + "\n".join(f"line_{n} = {n}  # {'x' * 40}" for n in range(600)) + "\n```",
    32: "\N{FAMILY}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}\N{ZERO WIDTH JOINER}\N{HEAVY BLACK HEART}"
    * 6_000,
}


@pytest.mark.parametrize("statement", ANSWERS)
async def test_statement_30_a_long_answer_arrives_whole_and_in_order(
    slack: SlackStandIn, bot: SlackAdapter, statement: int
) -> None:
    """Statements 30 to 32: whole, with its fences, and no character cut."""
    asked, text = await slack.ask("tell me all"), ANSWERS[statement]
    assert len(text) > 20_000
    for part in split(text, bot.text_limit):
        await bot.send(posting(part, channel=asked.channel, thread=asked.id))
    shown = [reply.text for reply in slack.replies_to(asked)]
    assert slack.api.refused == []
    assert len(shown) > 1
    match statement:
        case 30:
            assert "".join("".join(shown).split()) == "".join(text.split())
        case 31:
            assert all(part.startswith("```python\n") for part in shown)
            assert all(part.count("```") == 2 for part in shown)
            lines = [line for part in shown for line in part.split("\n") if "line_" in line]
            assert lines == text.split("\n")[1:-1]
        case 32:
            assert "".join(shown) == text
            assert all(part.startswith("\N{FAMILY}") for part in shown)


@pytest.mark.parametrize("error", [None, "ratelimited"])
async def test_slack_says_how_long_to_wait(
    slack: SlackStandIn, bot: SlackAdapter, error: str | None
) -> None:
    slack.fail_next(status=429, retry_after=7, error=error)
    with pytest.raises(RateLimitedError) as caught:
        await bot.send(posting("hi", channel=slack.workspace.channel("general")))
    assert caught.value.retry_after == timedelta(seconds=7)
    assert slack.posted == []


async def test_slack_out_of_reach_means_not_posted(slack: SlackStandIn) -> None:
    config = configured(slack, SLACK_API_URL="http://127.0.0.1:1/api")
    async with SlackAdapter(config, clock=lambda: datetime.now(UTC)) as bot:
        with pytest.raises(NotPostedError):
            await bot.send(posting("hi"))


async def test_a_cut_after_writing_is_unconfirmed_and_not_repeated(
    slack: SlackStandIn, bot: SlackAdapter
) -> None:
    slack.accept_then_reset()
    with pytest.raises(UnconfirmedError):
        await bot.send(posting("hi", channel=slack.workspace.channel("general")))
    assert len(slack.posted) == 1
    assert slack.api.calls == ["chat.postMessage"]


async def test_silence_after_writing_is_unconfirmed(slack: SlackStandIn) -> None:
    slack.hang(accepts=True)
    quick = aiohttp.ClientTimeout(total=0.6)
    bot = SlackAdapter(configured(slack), clock=lambda: datetime.now(UTC), timeout=quick)
    async with bot:
        with pytest.raises(UnconfirmedError):
            await bot.send(posting("hi", channel=slack.workspace.channel("general")))
    assert len(slack.posted) == 1


async def test_statement_36_blocks_that_slack_refuses_pass_as_plain_text(
    slack: SlackStandIn, bot: SlackAdapter
) -> None:
    channel = slack.workspace.channel("general")
    long = "<@U1>" * 2_000
    with pytest.raises(FormatRejectedError):
        await bot.send(posting("'" + long * 2, channel=channel))
    await bot.send(posting(long, channel=channel, plain=True))
    assert slack.api.notified == []
    assert slack.posted[0].text.replace("\u200b", "") == long


async def test_a_posting_carries_its_id_for_those_who_look_for_it(
    slack: SlackStandIn, bot: SlackAdapter
) -> None:
    asked = await slack.ask("hi")
    one = posting("hello", channel=asked.channel, thread=asked.id)
    await bot.send(one)
    await bot.send(one)
    config = configured(slack)
    async with aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {config.bot_token}"}
    ) as session:
        query = {"channel": asked.channel, "ts": asked.id, "include_all_metadata": "true"}
        async with session.get(config.api_url + "conversations.replies", params=query) as response:
            thread = await response.json()
    kept = [message.get("metadata") for message in thread["messages"]]
    sent = {"event_type": "trialogue_posting", "event_payload": {"idem": str(one.id)}}
    assert kept == [None, sent, sent]


async def test_closing_and_posting_again_opens_new_connections(
    slack: SlackStandIn, bot: SlackAdapter
) -> None:
    channel = slack.workspace.channel("general")
    await bot.send(posting("one", channel=channel))
    await bot.close()
    await bot.close()
    await bot.send(posting("two", channel=channel))
    assert [posted.text for posted in slack.posted] == ["one", "two"]


async def test_no_secret_is_in_errors_or_logs(
    slack: SlackStandIn, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    config = configured(slack, SLACK_BOT_TOKEN="xoxb-a-secret-token")
    texts = [repr(config)]
    async with SlackAdapter(config, clock=lambda: datetime.now(UTC)) as bot:
        for attempt in (bot.send(posting("somebody's words")), bot.listen(Received())):
            with pytest.raises(TokenRejectedError) as caught:
                await attempt
            texts.append("".join(traceback.format_exception(caught.value)))
    printed = capsys.readouterr()
    texts += [printed.out, printed.err, caplog.text]
    assert not re.search(rf"a-secret-token|{config.signing_secrets[0]}", "\n".join(texts))
    assert "somebody's words" not in caplog.text


def test_settings_are_read_as_people_write_them() -> None:
    config = SlackConfig.from_settings(
        bot_token=" xoxb-1 ", signing_secret=" new , old,", api_url="http://127.0.0.1:1/api"
    )
    assert config.signing_secrets == ("new", "old")
    assert config.bot_token == "xoxb-1"
    assert config.api_url == "http://127.0.0.1:1/api/"
    assert SlackConfig.from_settings(bot_token="x", signing_secret="y").api_url == PUBLIC_API


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"bot_token": ""}, "SLACK_BOT_TOKEN"),
        ({"bot_token": "xoxb\n1"}, "SLACK_BOT_TOKEN"),
        ({"signing_secret": " , "}, "SLACK_SIGNING_SECRET"),
        ({"api_url": "slack.com/api"}, "SLACK_API_URL"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named(wrong: dict[str, str], name: str) -> None:
    given: dict[str, Any] = {"bot_token": "xoxb-1", "signing_secret": "secret", **wrong}
    with pytest.raises(ConfigurationError, match=name) as caught:
        SlackConfig.from_settings(**given)
    assert "xoxb\n1" not in str(caught.value)


async def test_a_posting_that_was_cut_off_is_found_in_its_thread(
    slack: SlackStandIn, bot: SlackAdapter
) -> None:
    asked = await slack.ask("how?", channel="general")
    lost = posting("like this", channel=asked.channel, thread=asked.id)
    slack.accept_then_reset()
    with pytest.raises(UnconfirmedError):
        await bot.send(lost)

    found = await bot.find(lost)
    assert found is not None
    assert found.message_ids == (slack.posted[0].id,)
    assert await bot.find(posting("another", channel=asked.channel, thread=asked.id)) is None


async def test_where_slack_does_not_say_nobody_waits_for_it(
    slack: SlackStandIn, bot: SlackAdapter
) -> None:
    asked = await slack.ask("how?", channel="general")
    lost = posting("like this", channel=asked.channel, thread=asked.id)
    await bot.send(lost)
    slack.fail_next(method="conversations.replies", error="missing_scope")
    with pytest.raises(RejectedError, match="not read"):
        await bot.find(lost)
    slack.fail_next(method="conversations.replies", error="token_revoked")
    with pytest.raises(TokenRejectedError):
        await bot.find(lost)
