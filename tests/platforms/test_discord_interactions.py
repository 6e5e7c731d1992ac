"""Commands and clicks by the gateway and by the signed endpoint, against the stand-in."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.platforms.discord import (
    clear_thinking,
    interactions,
    reply_interaction,
    take_interaction,
)
from adapters.platforms.discord.adapter import DiscordAdapter
from adapters.platforms.discord.take_interaction import TRY_AGAIN
from core.commands import COMMANDS
from core.errors import (
    FormatRejectedError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
    UnconfirmedError,
)
from core.messages import Button, IncomingMessage, Kind
from simulator.discord import DiscordStandIn
from simulator.standin import Asked, Posted
from tests.contract.inbox import until
from tests.platforms.discord import (
    Received,
    adapter_for,
    config_for,
    listening,
    nothing_seen,
    posting_for,
    reply_to,
    serving,
)

FOLLOWUPS = "POST /webhooks/*/*"
ORIGINAL = "PATCH /webhooks/*/*/messages/@original"
CALLBACKS = "POST /interactions/*/*/callback"
VOTES = (Button(label="👍", value="rate:up:1"), Button(label="👎", value="rate:down:1"))


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def received() -> Received:
    return Received()


@pytest.fixture(params=["gateway", "endpoint"])
async def adapter(
    request: pytest.FixtureRequest, discord: DiscordStandIn, received: Received
) -> AsyncIterator[DiscordAdapter]:
    """A connected adapter that gets its interactions in either way."""
    async with AsyncExitStack() as stack:
        listener = await stack.enter_async_context(listening(discord, received))
        if request.param == "endpoint":
            await discord.verify_endpoint(await stack.enter_async_context(serving(listener)))
        yield listener


async def only(received: Received) -> IncomingMessage:
    await received.count(1)
    (message,) = received.messages
    return message


async def acknowledged(discord: DiscordStandIn, asked: Asked) -> int | None:
    """The type of the initial response, as soon as there is one."""
    async with asyncio.timeout(60):
        while not (found := discord.interaction(asked)).acknowledged and not found.refusals:
            await asyncio.sleep(0.01)
    return found.acknowledged


async def posting_with_buttons(discord: DiscordStandIn, adapter: DiscordAdapter) -> Posted:
    asked = await discord.ask("a question")
    posting = posting_for(asked)
    await adapter.send(
        type(posting)(
            **{**{name: getattr(posting, name) for name in posting.__slots__}, "buttons": VOTES}
        )
    )
    return discord.posted[-1]


# Commands


async def test_a_command_is_a_message_with_a_handle(
    discord: DiscordStandIn, adapter: DiscordAdapter, received: Received
) -> None:
    asked = await discord.command("/ask how long may I return it?", channel="shop", person="grace")
    message = await only(received)

    assert message.kind is Kind.COMMAND
    assert message.text == "/ask how long may I return it?"
    assert message.dedupe_key == message.message_id == asked.id
    assert message.conversation.key == f"discord:{discord.world.guild}:{asked.channel}"
    assert message.space is not None
    assert message.space.id == discord.world.guild
    assert (message.author.id, message.author.name) == (
        discord.world.person("grace").id,
        "Grace",
    )
    assert message.handle is not None
    left = message.handle.expires_at - datetime.now(UTC)
    assert timedelta(minutes=13) < left < timedelta(minutes=15)
    assert abs(message.sent_at - datetime.now(UTC)) < timedelta(seconds=5)


async def test_a_command_in_a_direct_channel_is_in_no_space(
    discord: DiscordStandIn, adapter: DiscordAdapter, received: Received
) -> None:
    await discord.command("/help", channel=None)
    message = await only(received)
    await adapter.send(reply_to(message, "I answer questions.", private=True))

    assert message.conversation.direct
    assert message.space is None
    assert [posted.text for posted in discord.posted] == ["I answer questions."]


async def test_the_answer_takes_the_place_of_thinking_and_more_follows(
    discord: DiscordStandIn, adapter: DiscordAdapter, received: Received
) -> None:
    asked = await discord.command("/ask how?")
    message = await only(received)
    first = await adapter.send(reply_to(message, "one"))
    second = await adapter.send(reply_to(message, "two", buttons=VOTES))

    assert discord.interaction(asked).acknowledged == 5
    assert [posted.text for posted in discord.replies_to(asked)] == ["one", "two"]
    assert [posted.visible_to for posted in discord.posted] == [None, None]
    assert discord.posted[1].buttons == ("👍", "👎")
    assert first.message_ids == (discord.interaction(asked).original,)
    assert second.message_ids == (discord.posted[1].id,)
    assert discord.interaction(asked).refusals == []
    assert discord.api.unserved == []


async def test_what_is_private_is_private_from_the_deferral_on(
    discord: DiscordStandIn, adapter: DiscordAdapter, received: Received
) -> None:
    """Statement 50."""
    asked = await discord.command("/usage")
    message = await only(received)
    await acknowledged(discord, asked)
    thinking = discord.interactions.hidden[str(discord.interaction(asked).original)]
    await adapter.send(reply_to(message, "3 of 1,000 messages", private=True))
    await adapter.send(reply_to(message, "and more", private=True))

    assert thinking["flags"] & 64
    assert [posted.visible_to for posted in discord.posted] == ["ada", "ada"]


async def test_a_private_refusal_of_an_open_command_is_seen_by_its_author_alone(
    discord: DiscordStandIn, adapter: DiscordAdapter, received: Received
) -> None:
    asked = await discord.command("/ask how?")
    message = await only(received)
    await adapter.send(reply_to(message, "You are not a member.", private=True))

    (posted,) = discord.posted
    assert posted.visible_to == "ada"
    assert discord.record.deleted == [discord.interaction(asked).original]


async def test_a_repeated_first_posting_changes_nothing(
    discord: DiscordStandIn, adapter: DiscordAdapter, received: Received
) -> None:
    await discord.command("/ask how?")
    message = await only(received)
    posting = reply_to(message)
    discord.accept_then_reset(route=ORIGINAL)
    with pytest.raises(UnconfirmedError):
        await adapter.send(posting)
    assert await adapter.find(posting) is None
    again = await adapter.send(posting)

    assert [posted.id for posted in discord.posted] == list(again.message_ids)


async def test_an_unconfirmed_followup_is_found(
    discord: DiscordStandIn, adapter: DiscordAdapter, received: Received
) -> None:
    await discord.command("/ask how?")
    message = await only(received)
    await adapter.send(reply_to(message, "one"))
    followup, lost = reply_to(message, "two"), reply_to(message, "three")
    discord.accept_then_reset(route=FOLLOWUPS)
    with pytest.raises(UnconfirmedError):
        await adapter.send(followup)
    found = await adapter.find(followup)

    assert found is not None
    assert found.message_ids == (discord.posted[1].id,)
    assert await adapter.find(lost) is None


async def test_the_reply_waits_for_the_acknowledgement(
    discord: DiscordStandIn, adapter: DiscordAdapter, received: Received
) -> None:
    replies: list[asyncio.Future[Any]] = []

    async def reply_at_once(message: IncomingMessage) -> None:
        replies.append(asyncio.ensure_future(adapter.send(reply_to(message))))
        await asyncio.sleep(0.2)

    received.on_message = reply_at_once
    asked = await discord.command("/ask how?")
    await only(received)
    await replies[0]

    assert discord.interaction(asked).refusals == []
    assert discord.posted[0].id == discord.interaction(asked).original


@pytest.mark.parametrize("lost_by", ["time", "restart", "discord"])
async def test_without_a_good_handle_the_answer_is_a_normal_message(
    discord: DiscordStandIn, adapter: DiscordAdapter, received: Received, lost_by: str
) -> None:
    """Statement 51."""
    asked = await discord.command("/ask how?")
    message = await only(received)
    await acknowledged(discord, asked)
    handle = message.handle
    assert handle is not None
    if lost_by == "time":
        handle = type(handle)(value=handle.value, expires_at=datetime.now(UTC))
    if lost_by == "discord":
        discord.advance(timedelta(minutes=16))
    await adapter.send(reply_to(message, handle=handle, restarted=lost_by == "restart"))

    (posted,) = discord.replies_to(asked)
    assert posted.id != discord.interaction(asked).original
    assert posted.channel == asked.channel
    assert posted.visible_to is None


@pytest.mark.parametrize("lost_by", ["restart", "discord"])
async def test_without_a_good_handle_what_is_private_goes_to_the_person(
    discord: DiscordStandIn, adapter: DiscordAdapter, received: Received, lost_by: str
) -> None:
    await discord.command("/usage", person="grace")
    message = await only(received)
    await acknowledged(discord, discord.asked[0])
    if lost_by == "discord":
        discord.advance(timedelta(minutes=16))
    await adapter.send(reply_to(message, private=True, restarted=lost_by == "restart"))

    (posted,) = discord.posted
    assert discord.world.channels[posted.channel].person == discord.world.person("grace")


async def test_a_person_who_takes_no_direct_messages_cannot_be_told(
    discord: DiscordStandIn, adapter: DiscordAdapter, received: Received
) -> None:
    await discord.command("/usage")
    message = await only(received)
    discord.world.closed.add(discord.world.person("ada").id)
    with pytest.raises(RejectedError):
        await adapter.send(reply_to(message, private=True, restarted=True))

    assert discord.posted == []


async def test_somebody_else_s_handle_is_not_used_for_what_is_private(
    discord: DiscordStandIn, adapter: DiscordAdapter, received: Received
) -> None:
    await discord.command("/help", person="ada")
    await discord.command("/help", person="grace")
    await received.count(2)
    first, second = sorted(received.messages, key=lambda message: message.message_id)
    await adapter.send(reply_to(second, private=True, handle=first.handle))

    (posted,) = discord.posted
    assert discord.world.channels[posted.channel].person == discord.world.person("grace")


async def test_statement_33_nobody_is_pinged_by_a_handle(
    discord: DiscordStandIn, adapter: DiscordAdapter, received: Received
) -> None:
    await discord.command("/ask how?")
    message = await only(received)
    text = f"@everyone @here <@{discord.world.person('ada').id}> <@&5>"
    loud = (Button(label=text, value="rate:up:1"),)
    for private in (False, False, True):
        await adapter.send(reply_to(message, text, private=private, buttons=loud))

    assert [posted.text for posted in discord.posted] == [text] * 3
    assert discord.record.pinged == []


# Clicks


async def test_a_click_is_a_message_and_its_answer_is_private(
    discord: DiscordStandIn, adapter: DiscordAdapter, received: Received
) -> None:
    """Statement 55: nothing of the button is remembered here."""
    answer = await posting_with_buttons(discord, adapter)
    await received.count(1)
    clicked = await discord.click(answer, "👎", person="grace")
    await received.count(2)
    message = received.messages[1]
    await adapter.send(reply_to(message, "Thank you.", private=True))

    assert (message.kind, message.text) == (Kind.CLICK, "rate:down:1")
    assert message.reply_to == answer.id
    assert message.author.id == discord.world.person("grace").id
    assert discord.interaction(clicked).acknowledged == 6
    assert discord.posted[-1].visible_to == "grace"
    assert discord.posted[0].text == answer.text


async def test_a_click_below_a_private_message_is_taken(
    discord: DiscordStandIn, adapter: DiscordAdapter, received: Received
) -> None:
    await discord.command("/usage")
    message = await only(received)
    await adapter.send(reply_to(message, private=True, buttons=VOTES))
    await discord.click(discord.posted[0], "👍")
    await received.count(2)

    assert received.messages[1].text == "rate:up:1"


# Trouble


async def test_statement_11_the_deferral_waits_for_no_answer(
    discord: DiscordStandIn,
    adapter: DiscordAdapter,
    received: Received,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(take_interaction, "COMMIT_WITHIN", 3_600)
    asked = await discord.command("/ask how?")

    assert await acknowledged(discord, asked) == 5


async def test_statement_14_with_the_database_down_the_person_is_asked_to_try_again(
    discord: DiscordStandIn, adapter: DiscordAdapter, received: Received
) -> None:
    async def be_down(_: IncomingMessage) -> None:
        raise UnavailableError("the database is down")

    received.on_message = be_down
    asked = await discord.command("/ask how?")
    await discord.answered(1, timeout=60)

    assert discord.interaction(asked).acknowledged == 4
    assert discord.posted[0].text == TRY_AGAIN
    assert discord.posted[0].visible_to == "ada"


@pytest.mark.parametrize("by_click", [False, True])
async def test_a_database_that_fails_late_is_told_of_too(
    discord: DiscordStandIn,
    adapter: DiscordAdapter,
    received: Received,
    by_click: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(take_interaction, "COMMIT_WITHIN", 0.1)
    answer = await posting_with_buttons(discord, adapter)
    await received.count(1)

    async def be_slow_and_fail(_: IncomingMessage) -> None:
        await asyncio.sleep(0.3)
        raise UnavailableError("the database is down")

    received.on_message = be_slow_and_fail
    asked = await (discord.click(answer, "👍") if by_click else discord.command("/help"))
    await discord.answered(2, timeout=60)

    assert discord.interaction(asked).acknowledged == (6 if by_click else 5)
    assert discord.posted[1].text == TRY_AGAIN
    assert discord.posted[1].visible_to == "ada"


async def test_a_slow_commit_is_acknowledged_first(
    discord: DiscordStandIn,
    adapter: DiscordAdapter,
    received: Received,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(take_interaction, "COMMIT_WITHIN", 0.1)
    release = asyncio.Event()

    async def wait(_: IncomingMessage) -> None:
        await release.wait()

    received.on_message = wait
    asked = await discord.command("/ask how?")
    assert await acknowledged(discord, asked) == 5
    assert received.messages == []
    release.set()
    message = await only(received)
    await adapter.send(reply_to(message))

    assert [posted.id for posted in discord.posted] == [discord.interaction(asked).original]


async def test_a_message_on_which_the_bot_fails_is_told_of(
    discord: DiscordStandIn, adapter: DiscordAdapter, received: Received
) -> None:
    async def fail(_: IncomingMessage) -> None:
        raise ZeroDivisionError

    received.on_message = fail
    await discord.command("/ask how?")
    await discord.answered(1, timeout=60)

    assert discord.posted[0].text == TRY_AGAIN


async def test_a_copy_has_the_same_key_and_does_no_harm(
    discord: DiscordStandIn, adapter: DiscordAdapter, received: Received
) -> None:
    await discord.command("/ask how?", copies=3)
    message = await only(received)
    await until(lambda: received.repeats == 2)
    await adapter.send(reply_to(message))

    assert [posted.text for posted in discord.posted] == ["Within 14 days."]


async def test_statement_19_two_sessions_hand_over_one_key(
    discord: DiscordStandIn, received: Received
) -> None:
    other = Received()
    async with listening(discord, received) as one, listening(discord, other) as two:
        asked = await discord.command("/ask how?")
        first, second = await only(received), await only(other)
        await acknowledged(discord, asked)
        await two.send(reply_to(second))

    assert first.dedupe_key == second.dedupe_key == asked.id
    assert one is not two
    assert [posted.id for posted in discord.posted] == [discord.interaction(asked).original]
    assert discord.interaction(asked).refusals == [40060]


async def test_an_interaction_that_discord_knows_no_more_is_answered_all_the_same(
    discord: DiscordStandIn, received: Received
) -> None:
    async with listening(discord, received) as adapter:
        discord.fail_next(404, code=10062, route=CALLBACKS)
        asked = await discord.command("/ask how?")
        await adapter.send(reply_to(await only(received)))

    (posted,) = discord.replies_to(asked)
    assert posted.visible_to is None


@pytest.mark.parametrize("fault", ["reset", "accepted", "503"])
async def test_an_acknowledgement_that_was_broken_off_is_repeated(
    discord: DiscordStandIn, received: Received, fault: str
) -> None:
    async with listening(discord, received) as adapter:
        match fault:
            case "reset":
                discord.hang_next(0, route=CALLBACKS)
            case "accepted":
                discord.accept_then_reset(route=CALLBACKS)
            case _:
                discord.fail_next(503, route=CALLBACKS)
        asked = await discord.command("/ask how?")
        await adapter.send(reply_to(await only(received)))

    assert [posted.id for posted in discord.posted] == [discord.interaction(asked).original]


async def test_taking_thinking_away_may_be_repeated(
    discord: DiscordStandIn, received: Received
) -> None:
    async with listening(discord, received) as adapter:
        await discord.command("/ask how?")
        posting = reply_to(await only(received), "You are not a member.", private=True)
        discord.accept_then_fail(503, route="DELETE /webhooks/*/*/messages/@original")
        with pytest.raises(UnconfirmedError):
            await adapter.send(posting)
        await adapter.send(posting)

    assert [posted.visible_to for posted in discord.posted] == ["ada"]


async def test_thinking_is_cleared_where_the_answer_went_another_way(
    discord: DiscordStandIn, received: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clear_thinking, "EVERY", 0.05)
    monkeypatch.setattr(interactions, "HOLDS", timedelta(seconds=61))
    async with listening(discord, received) as adapter:
        answered = await discord.command("/ask one")
        await adapter.send(reply_to(await only(received)))
        elsewhere = await discord.command("/ask two")
        await received.count(2)
        await adapter.send(reply_to(received.messages[1], "by another replica", restarted=True))
        async with asyncio.timeout(60):
            while not discord.record.deleted:
                await asyncio.sleep(0.01)

    assert discord.record.deleted == [discord.interaction(elsewhere).original]
    assert discord.interaction(answered).original in {posted.id for posted in discord.posted}


async def test_an_acknowledgement_over_http_may_reach_discord_late(
    discord: DiscordStandIn, received: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reply_interaction, "SETTLING", (0.01, 0.05, 0.2))
    async with listening(discord, received) as adapter:
        discord.fail_next(404, code=10015, count=2, route=ORIGINAL)
        asked = await discord.command("/ask how?")
        await adapter.send(reply_to(await only(received)))

    assert [posted.id for posted in discord.posted] == [discord.interaction(asked).original]


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [(400, 50035, FormatRejectedError), (403, 50013, RejectedError), (503, 0, UnconfirmedError)],
)
async def test_a_refused_first_posting_leaves_its_place_to_the_next(
    discord: DiscordStandIn, received: Received, status: int, code: int, error: type[Exception]
) -> None:
    async with listening(discord, received) as adapter:
        asked = await discord.command("/ask how?")
        posting = reply_to(await only(received))
        discord.fail_next(status, code=code, route=ORIGINAL)
        with pytest.raises(error) as refusal:
            await adapter.send(posting)
        await adapter.send(posting)

    assert type(refusal.value) is error
    assert [posted.id for posted in discord.posted] == [discord.interaction(asked).original]


async def test_a_pause_is_handed_to_the_outbox(discord: DiscordStandIn, received: Received) -> None:
    async with listening(discord, received) as adapter:
        await discord.command("/ask how?")
        message = await only(received)
        discord.fail_next(429, retry_after=7.5, route=ORIGINAL)
        with pytest.raises(RateLimitedError) as pause:
            await adapter.send(reply_to(message))

    assert pause.value.retry_after == timedelta(seconds=7.5)


async def test_statement_28_a_ban_stops_interactions_too(
    discord: DiscordStandIn, received: Received
) -> None:
    async with listening(discord, received) as adapter:
        await discord.command("/ask how?")
        message = await only(received)
        discord.fail_next(429, html=True, count=100, route=ORIGINAL)
        for _ in range(60):
            with pytest.raises(RateLimitedError):
                await adapter.send(reply_to(message))
        with pytest.raises(RateLimitedError):
            await adapter.send(posting_for(discord.asked[0]))

    paths = [request.path for request in discord.api.requests if request.status == 429]
    assert len(paths) == 1


async def test_the_token_of_an_interaction_is_nowhere_to_be_read(
    discord: DiscordStandIn, received: Received, caplog: pytest.LogCaptureFixture
) -> None:
    """Statement 65."""
    caplog.set_level(logging.DEBUG)
    async with listening(discord, received) as adapter:
        asked = await discord.command("/ask how?")
        message = await only(received)
        posting = reply_to(message)
        discord.accept_then_reset(route=ORIGINAL)
        with pytest.raises(UnconfirmedError) as failure:
            await adapter.send(posting)
        await adapter.send(posting)
    token = discord.interaction(asked).token
    # The gateway's client writes each payload at DEBUG level, which the bot's own logs leave out.
    ours = [record.getMessage() for record in caplog.records if "gateway" not in record.name]

    assert token not in f"{ours} {message!r} {failure.value!r} {failure.value.__cause__!r}"


# Registering the commands


async def test_statement_52_twenty_restarts_register_the_commands_once(
    discord: DiscordStandIn, received: Received
) -> None:
    for _ in range(20):
        async with listening(discord, received):
            await discord.command("/help")
            await asyncio.sleep(0.01)

    puts = [request for request in discord.api.requests if request.method == "PUT"]
    assert len(puts) == 1
    assert discord.guilds.created == len(COMMANDS)
    (commands,) = discord.guilds.commands.values()
    assert {one["name"]: one["contexts"] for one in commands} == {
        spec.name: [0, 1] for spec in COMMANDS
    }
    assert all(one["integration_types"] == [0] for one in commands)


async def test_commands_that_differ_are_replaced(
    discord: DiscordStandIn, received: Received
) -> None:
    async with listening(discord, received):
        await discord.command("/help")
    discord.guilds.commands[""][0]["description"] = "Something else"
    async with listening(discord, received):
        await discord.command("/help")
        async with asyncio.timeout(60):
            while discord.guilds.commands[""][0]["description"] == "Something else":
                await asyncio.sleep(0.01)


async def test_messages_are_taken_while_commands_cannot_be_registered(
    discord: DiscordStandIn, received: Received
) -> None:
    discord.fail_next(403, code=50001, route="PUT /applications/*/commands")
    async with listening(discord, received):
        await discord.ask("hello")
        await received.count(1)


async def test_the_application_s_id_can_be_set(discord: DiscordStandIn, received: Received) -> None:
    config = config_for(discord, application_id=discord.world.bot.id)
    async with DiscordAdapter(config, last_seen=nothing_seen) as adapter:
        listener = asyncio.ensure_future(adapter.listen(received))
        await discord.connected()
        await discord.command("/help")
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)

    paths = [request.path for request in discord.api.requests]
    assert paths.count("/oauth2/applications/@me") == 1  # it is discord.py that wants to know


async def test_without_a_public_key_there_is_no_endpoint(discord: DiscordStandIn) -> None:
    assert adapter_for(discord, public_key=None).routes == ()
