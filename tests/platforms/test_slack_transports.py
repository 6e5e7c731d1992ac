"""Slack's adapter over signed HTTP and over Socket Mode: what must hold on both."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from adapters.platforms.slack import intake as intake_module
from adapters.platforms.slack.adapter import SlackAdapter
from adapters.platforms.slack.config import SlackConfig
from adapters.platforms.slack.sockets import Pace
from core.errors import (
    NotPostedError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
    UnconfirmedError,
)
from core.messages import Button, IncomingMessage, Kind, Posting, ReplyHandle
from simulator.slack import SlackStandIn
from simulator.standin import Posted
from tests.platforms.slack import Received, posting, served, until

FAST_RETRIES = (0.05, 0.1, *[0.2] * 100)
QUICK = Pace(pauses=(0.0, 0.05), linger=0.2, shortest_life=0.05)
BUTTONS = (Button(label="👍", value="rate:up:1"), Button(label="👎", value="rate:down:1"))


def configured(slack: SlackStandIn, **changed: str) -> SlackConfig:
    settings = {**slack.environment, **changed}
    return SlackConfig.from_settings(
        bot_token=settings["SLACK_BOT_TOKEN"],
        signing_secret=settings.get("SLACK_SIGNING_SECRET", ""),
        app_token=settings.get("SLACK_APP_TOKEN", ""),
        api_url=settings["SLACK_API_URL"],
    )


@asynccontextmanager
async def listening(
    slack: SlackStandIn, bot: SlackAdapter, received: Received
) -> AsyncIterator[None]:
    """The bot connected to the stand-in, in whichever way it is configured."""
    async with served(list(bot.routes)) as base:
        task = asyncio.ensure_future(bot.listen(received))
        try:
            slack.targets = [base]
            await until(lambda: "auth.test" in slack.api.calls)
            if slack.socket_mode:
                await until(lambda: len(slack.api.sockets.open) == 2)
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])


@dataclass
class Talk:
    """A bot that listens, and what it heard."""

    slack: SlackStandIn
    bot: SlackAdapter
    received: Received

    async def heard(self, count: int = 1) -> IncomingMessage:
        """The last of so many messages."""
        await until(lambda: len(self.received.messages) >= count)
        return self.received.messages[count - 1]

    async def reply(self, message: IncomingMessage, text: str, **how: object) -> None:
        """Post in answer to a message, with its handle unless told otherwise."""
        await self.bot.send(answer_to(message, text, **how))


def answer_to(message: IncomingMessage, text: str, **how: object) -> Posting:
    place = message.conversation
    given = {"handle": message.handle, **how}
    return posting(text, channel=place.channel, thread=place.thread, **given)  # type: ignore[arg-type]


@pytest.fixture(params=["http", "sockets"])
async def talk(request: pytest.FixtureRequest) -> AsyncIterator[Talk]:
    received = Received()
    sockets = request.param == "sockets"
    async with (
        SlackStandIn(retry_delays=FAST_RETRIES, both_events=False, socket_mode=sockets) as slack,
        SlackAdapter(configured(slack), clock=lambda: datetime.now(UTC), pace=QUICK) as bot,
        listening(slack, bot, received),
    ):
        yield Talk(slack, bot, received)


async def test_a_mention_comes_in_and_is_answered(talk: Talk) -> None:
    asked = await talk.slack.ask("how?")
    message = await talk.heard()
    assert (message.text, message.kind, message.handle) == ("how?", Kind.MESSAGE, None)
    await talk.reply(message, "like this")
    assert [posted.text for posted in talk.slack.replies_to(asked)] == ["like this"]
    await until(lambda: talk.slack.attempts)
    assert talk.slack.attempts[0].status == 200


async def test_a_direct_message_comes_in(talk: Talk) -> None:
    told = await talk.slack.tell("hello")
    message = await talk.heard()
    assert message.conversation.direct
    assert message.conversation.channel == told.channel


async def test_statement_16_a_repeated_event_keeps_its_key(talk: Talk) -> None:
    """Statement 16: the copies of an event have one key, by which they are answered once."""
    await talk.slack.ask("once", copies=4)
    await talk.heard(4)
    assert len({message.dedupe_key for message in talk.received.messages}) == 1


async def test_statement_18_two_events_of_one_message_share_its_key(talk: Talk) -> None:
    """Statement 18: `app_mention` and `message` of one message are told to be one."""
    talk.slack.both_events = True
    await talk.slack.ask("once")
    await talk.heard(2)
    first, second = talk.received.messages
    assert first.dedupe_key != second.dedupe_key
    assert first.message_key == second.message_key


async def test_statement_17_an_event_that_was_not_committed_comes_again(talk: Talk) -> None:
    """Statements 14 and 17: nothing is acknowledged before it is committed."""
    talk.slack.deliveries.retry_delays = [0.01] * 1000
    talk.received.error = UnavailableError("no database")
    await talk.slack.ask("still there?")
    await until(lambda: talk.slack.attempts)
    talk.received.error = None
    await until(lambda: talk.slack.attempts[-1].acknowledged and talk.received.messages)
    assert talk.slack.attempts[0].status in {None, 503}
    assert talk.slack.attempts[-1].number >= 1
    assert len(talk.received.messages) == 1


async def test_statement_12_an_event_that_nobody_knows_is_acknowledged(talk: Talk) -> None:
    """Statement 12."""
    talk.slack.announce({"type": "something_new", "user": "U1"})
    await talk.slack.open_app()
    await talk.slack.join()
    await until(lambda: len(talk.slack.attempts) == 3)
    assert {attempt.status for attempt in talk.slack.attempts} == {200}
    assert talk.received.messages == []


async def test_statement_22_own_messages_and_reactions_are_nobodys(talk: Talk) -> None:
    """Statement 22."""
    talk.slack.echoes = True
    await talk.slack.tell("hello")
    message = await talk.heard()
    await talk.reply(message, "hello yourself")
    await talk.slack.react(talk.slack.posted[0], "thumbsup")
    await until(lambda: len(talk.slack.attempts) == 3)
    assert {attempt.status for attempt in talk.slack.attempts} == {200}
    assert len(talk.received.messages) == 1


async def test_statement_15_acknowledging_calls_nobody(talk: Talk) -> None:
    """Statement 15."""
    before = list(talk.slack.api.calls)
    await talk.slack.ask("hi")
    await talk.slack.command("/ask hi")
    await until(lambda: len(talk.slack.attempts) == 2)
    assert talk.slack.api.calls == before


async def test_statement_11_acknowledging_waits_for_no_answer(talk: Talk) -> None:
    """Statement 11: at 50 events a second, while no question is answered at all."""
    for number in range(75):
        await talk.slack.ask(f"question {number}")
        await asyncio.sleep(0.02)
    await until(lambda: len(talk.slack.attempts) == 75)
    assert talk.slack.posted == []
    assert {(attempt.number, attempt.status) for attempt in talk.slack.attempts} == {(0, 200)}


async def test_statement_21_a_slow_commit_holds_up_no_other_event(talk: Talk) -> None:
    """Statement 21: each delivery waits for its own commit alone."""
    slow = asyncio.Event()

    async def commit(message: IncomingMessage) -> None:
        if message.text == "slow":
            await slow.wait()

    talk.received.on_message = commit
    await talk.slack.ask("slow", channel="general")
    await talk.heard()
    await talk.slack.ask("quick", channel="random")
    await until(lambda: talk.slack.attempts)
    assert len(talk.slack.attempts) == 1
    slow.set()
    await until(lambda: len(talk.slack.attempts) == 2)


async def test_a_command_comes_in_with_its_handle(talk: Talk) -> None:
    used = await talk.slack.command("/ask what & <why>?", person="bob")
    message = await talk.heard()
    assert message.kind is Kind.COMMAND
    assert message.text == "/ask what & <why>?"
    assert message.dedupe_key == message.message_id == used.id
    assert message.conversation.thread == ""
    assert not message.conversation.direct
    assert message.author.name == "bob"
    assert message.handle is not None
    await until(lambda: talk.slack.attempts)
    assert (talk.slack.attempts[0].status, talk.slack.attempts[0].answer) == (200, b"")


async def test_a_command_in_direct_messages_is_direct(talk: Talk) -> None:
    await talk.slack.command("/help", channel="direct")
    message = await talk.heard()
    assert message.conversation.direct
    assert message.text == "/help"


async def test_a_command_is_answered_for_all_by_its_handle(talk: Talk) -> None:
    used = await talk.slack.command("/ask how?")
    await talk.reply(await talk.heard(), "**like** this", buttons=BUTTONS)
    (reply,) = talk.slack.replies_to(used)
    assert (reply.text, reply.buttons, reply.visible_to) == ("**like** this", ("👍", "👎"), None)
    assert "chat.postMessage" not in talk.slack.api.calls
    assert talk.slack.api.responses.refused == []


async def test_a_private_reply_to_a_command_is_seen_by_its_person(talk: Talk) -> None:
    used = await talk.slack.command("/usage", person="ada")
    message = await talk.heard()
    await talk.reply(message, "3 of 1,000", visible_to=message.author.id)
    assert [posted.visible_to for posted in talk.slack.replies_to(used)] == ["ada"]


async def test_a_click_comes_in_with_the_buttons_value(talk: Talk) -> None:
    asked = await talk.slack.ask("how?", person="ada")
    await talk.reply(await talk.heard(), "so", buttons=BUTTONS)
    (posted,) = talk.slack.posted
    clicked = await talk.slack.click(posted, "👎", person="bob")
    message = await talk.heard(2)
    assert (message.kind, message.text) == (Kind.CLICK, "rate:down:1")
    assert message.dedupe_key == clicked.id
    assert message.message_id == message.reply_to == posted.id
    assert message.conversation.thread == asked.id
    assert message.author.name == "bob"


async def test_thanks_for_a_click_are_private_and_in_the_thread(talk: Talk) -> None:
    asked = await talk.slack.ask("how?")
    await talk.reply(await talk.heard(), "so", buttons=BUTTONS)
    clicked = await talk.slack.click(talk.slack.posted[0], "👍", person="bob")
    click = await talk.heard(2)
    await talk.reply(click, "Thank you", visible_to=click.author.id)
    (thanks,) = talk.slack.replies_to(clicked)
    assert (thanks.visible_to, thanks.reply_to) == ("bob", asked.id)
    assert talk.slack.workspace.messages[asked.channel, talk.slack.posted[0].id]["blocks"]


async def test_a_click_below_an_ephemeral_message_has_no_thread(talk: Talk) -> None:
    await talk.slack.command("/usage")
    message = await talk.heard()
    await talk.reply(message, "so", visible_to=message.author.id, buttons=BUTTONS)
    await talk.slack.click(talk.slack.posted[0], "👍")
    click = await talk.heard(2)
    assert (click.conversation.thread, click.reply_to) == ("", talk.slack.posted[0].id)


async def test_statement_14_a_command_that_is_not_taken_says_so(talk: Talk) -> None:
    """Statement 14: a command is delivered once, so its person hears that it was not taken."""
    talk.received.error = UnavailableError("no database")
    await talk.slack.command("/ask how?", person="ada")
    await talk.slack.answered(1, timeout=60)
    (told,) = talk.slack.posted
    assert told.visible_to == "ada"
    assert "try again" in told.text
    assert [attempt.status for attempt in talk.slack.attempts] == [200]


async def test_statement_14_a_command_is_not_kept_waiting(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Statement 14: also while the database hangs; what it takes later is answered later."""
    monkeypatch.setattr(intake_module, "SECONDS_TO_ANSWER", 0.1)
    committed = asyncio.Event()

    async def commit(_message: IncomingMessage) -> None:
        await committed.wait()

    talk.received.on_message = commit
    await talk.slack.command("/ask how?", person="ada")
    await talk.slack.answered(1, timeout=60)
    assert "try again" in talk.slack.posted[0].text
    committed.set()


async def test_statement_14_a_click_that_is_not_taken_says_so(talk: Talk) -> None:
    """Statement 14."""
    await talk.slack.ask("how?")
    await talk.reply(await talk.heard(), "so", buttons=BUTTONS)
    talk.received.error = UnavailableError("no database")
    await talk.slack.click(talk.slack.posted[0], "👍", person="bob")
    await talk.slack.answered(2, timeout=60)
    assert "try again" in talk.slack.posted[1].text
    assert talk.slack.posted[1].visible_to == "bob"


async def test_a_modal_that_is_submitted_is_acknowledged_and_ignored(talk: Talk) -> None:
    talk.slack.api.views.shown["V1"] = {"id": "V1", "type": "modal", "blocks": []}
    await talk.slack.submit("V1", {})
    await until(lambda: talk.slack.attempts)
    assert talk.slack.attempts[0].status == 200
    assert talk.received.messages == []


async def after_a_command(talk: Talk) -> tuple[IncomingMessage, ReplyHandle]:
    await talk.slack.command("/ask how?", person="ada")
    message = await talk.heard()
    assert message.handle is not None
    return message, message.handle


def last(talk: Talk) -> Posted:
    return talk.slack.posted[-1]


async def test_statement_44_a_handle_is_used_five_times_at_most(talk: Talk) -> None:
    """Statement 44: one use is even kept back, and what follows is posted in the ordinary way."""
    message, _ = await after_a_command(talk)
    for number in range(8):
        await talk.reply(message, f"part {number}")
    assert [posted.text for posted in talk.slack.posted] == [f"part {n}" for n in range(8)]
    assert talk.slack.api.calls.count("response_url") == 4
    assert talk.slack.api.calls.count("chat.postMessage") == 4
    assert talk.slack.api.responses.refused == []


async def test_statement_44_a_handle_that_expired_is_gone_round(talk: Talk) -> None:
    """Statement 44: by Slack's clock or by ours, in the same send."""
    message, handle = await after_a_command(talk)
    talk.slack.clock.advance(1801)
    await talk.reply(message, "late")
    assert talk.slack.api.responses.refused == ["expired_url"]
    old = ReplyHandle(value=handle.value, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    await talk.reply(message, "later", handle=old)
    assert talk.slack.api.responses.refused == ["expired_url"]
    assert [posted.text for posted in talk.slack.posted] == ["late", "later"]


async def test_a_private_reply_without_a_handle_is_ephemeral_in_its_thread(talk: Talk) -> None:
    asked = await talk.slack.ask("how?", person="ada")
    message = await talk.heard()
    await talk.reply(message, "for you", visible_to=message.author.id, buttons=BUTTONS)
    (posted,) = talk.slack.posted
    assert (posted.visible_to, posted.reply_to, posted.buttons) == ("ada", asked.id, ("👍", "👎"))
    assert talk.slack.api.calls[-1] == "chat.postEphemeral"


async def test_a_private_reply_goes_directly_where_it_cannot_be_ephemeral(talk: Talk) -> None:
    message, _ = await after_a_command(talk)
    talk.slack.workspace.leave(message.conversation.channel, message.author.id)
    await talk.reply(message, "for you", handle=None, visible_to=message.author.id)
    assert last(talk).channel == talk.slack.workspace.direct("ada")
    assert last(talk).reply_to is None
    assert talk.slack.api.calls[-3:] == [
        "chat.postEphemeral",
        "conversations.open",
        "chat.postMessage",
    ]


async def test_a_private_reply_in_direct_messages_stays_there(talk: Talk) -> None:
    told = await talk.slack.tell("hello")
    message = await talk.heard()
    await talk.reply(message, "for you", visible_to=message.author.id)
    assert [posted.text for posted in talk.slack.replies_to(told)] == ["for you"]
    assert "chat.postEphemeral" not in talk.slack.api.calls


async def test_a_handle_to_another_host_is_never_called(talk: Talk) -> None:
    message, handle = await after_a_command(talk)
    reached: list[str] = []

    async def stranger(request: object) -> None:
        reached.append(str(request))

    server = await asyncio.start_server(lambda *_: reached.append("called"), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        for address in (
            f"http://127.0.0.1:{port}/commands/T1/x",
            f"http://127.0.0.1:{talk.slack.port}@127.0.0.1:{port}/x",
            f"https://hooks.127.0.0.1:{port}/x",
            "http://[broken",
            "ftp://127.0.0.1/x",
        ):
            other = ReplyHandle(value=address, expires_at=handle.expires_at)
            await talk.reply(message, "to the channel", handle=other)
    assert reached == []
    assert {posted.text for posted in talk.slack.posted} == {"to the channel"}
    assert "response_url" not in talk.slack.api.calls


async def test_no_token_goes_to_a_handle(talk: Talk) -> None:
    message, _ = await after_a_command(talk)
    await talk.reply(message, "hi")
    assert talk.slack.api.responses.refused == []


async def test_a_handle_that_refuses_is_gone_round_in_private_too(talk: Talk) -> None:
    message, _ = await after_a_command(talk)
    talk.slack.fail_next(method="response_url", status=404)
    await talk.reply(message, "for you", visible_to=message.author.id)
    assert last(talk).visible_to == "ada"
    assert talk.slack.api.calls[-2:] == ["response_url", "chat.postEphemeral"]


async def test_silence_after_a_handle_is_unconfirmed(talk: Talk) -> None:
    message, _ = await after_a_command(talk)
    talk.slack.accept_then_reset(method="response_url")
    with pytest.raises(UnconfirmedError):
        await talk.reply(message, "hi")
    assert len(talk.slack.posted) == 1
    talk.slack.fail_next(method="response_url", status=500)
    with pytest.raises(UnconfirmedError):
        await talk.reply(message, "hi")


async def test_a_handle_can_ask_to_wait(talk: Talk) -> None:
    message, _ = await after_a_command(talk)
    talk.slack.fail_next(method="response_url", status=429, retry_after=3)
    with pytest.raises(RateLimitedError) as caught:
        await talk.reply(message, "hi")
    assert caught.value.retry_after == timedelta(seconds=3)


async def test_a_passing_fault_of_an_ephemeral_message_stays_private(talk: Talk) -> None:
    await talk.slack.ask("how?")
    message = await talk.heard()
    talk.slack.fail_next(method="chat.postEphemeral", error="internal_error")
    with pytest.raises(NotPostedError):
        await talk.reply(message, "for you", visible_to=message.author.id)
    assert talk.slack.posted == []


async def test_a_lost_reply_to_a_command_is_found_in_its_channel(talk: Talk) -> None:
    message, _ = await after_a_command(talk)
    lost = answer_to(message, "hi", handle=None)
    talk.slack.accept_then_reset()
    with pytest.raises(UnconfirmedError):
        await talk.bot.send(lost)
    found = await talk.bot.find(lost)
    assert found is not None
    assert found.message_ids == (last(talk).id,)
    by_handle = answer_to(message, "hello")
    talk.slack.accept_then_reset(method="response_url")
    with pytest.raises(UnconfirmedError):
        await talk.bot.send(by_handle)
    found = await talk.bot.find(by_handle)
    assert found is not None
    assert found.message_ids == (last(talk).id,)
    private = answer_to(message, "hi", handle=None, visible_to=message.author.id)
    with pytest.raises(RejectedError):
        await talk.bot.find(private)


async def test_statement_33_nobody_is_called_by_a_handle_or_a_button(talk: Talk) -> None:
    """Statement 33."""
    message, _ = await after_a_command(talk)
    hostile = "<!channel> <@U000000001> @here"
    await talk.reply(message, hostile, buttons=(Button(label="<!here>", value="x"),))
    await talk.reply(message, hostile, handle=None, visible_to=message.author.id)
    assert len(talk.slack.posted) == 2
    assert talk.slack.api.notified == []


async def test_many_buttons_keep_within_slacks_limits(talk: Talk) -> None:
    message, _ = await after_a_command(talk)
    many = [Button(label=f"{n} " + "x" * 100, value=f"v{n}") for n in range(30)]
    await talk.reply(message, "choose", buttons=many)
    assert len(last(talk).buttons) == 30
    assert {len(label) for label in last(talk).buttons} == {75}
