"""Discord's adapter with the real discord.py, against the stand-in."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import discord as discord_py
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from adapters.platforms.discord import catch_up, intake, missed
from adapters.platforms.discord.adapter import DiscordAdapter
from adapters.platforms.discord.gateway import Gateway
from core.errors import (
    ConfigurationError,
    FormatRejectedError,
    NotPostedError,
    RateLimitedError,
    RejectedError,
    TokenRejectedError,
    UnavailableError,
    UnconfirmedError,
)
from core.messages import IncomingMessage
from core.ports.platform import ChatAdapter, ConfirmsPostings
from core.splitting import split
from core.text import utf16_length
from simulator.discord import DiscordStandIn
from simulator.discord.api import Fault
from simulator.discord.objects import dump
from simulator.standin import StandIn
from tests.contract.inbox import until
from tests.platforms.discord import (
    Received,
    adapter_for,
    config_for,
    listening,
    nothing_seen,
    posting_for,
)

PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def received() -> Received:
    return Received()


def posts(discord: DiscordStandIn) -> int:
    return sum(request.method == "POST" for request in discord.api.requests)


def test_it_is_an_adapter_and_the_stand_in_a_platform(discord: DiscordStandIn) -> None:
    adapter = adapter_for(discord)
    chat: ChatAdapter = adapter
    stand_in: StandIn = discord

    assert isinstance(chat, ConfirmsPostings)
    assert stand_in.environment["DISCORD_API_URL"].endswith("/api/v10")


# Listening


async def test_mentions_direct_messages_and_replies_need_no_privileged_intent(
    discord: DiscordStandIn, received: Received
) -> None:
    async with listening(discord, received) as adapter:
        asked = await discord.ask("what is the refund policy?")
        await adapter.send(posting_for(asked))
        await discord.tell("and for gifts?", person="grace")
        discord.reply("why?", discord.posted[0])
        await received.count(3)

    assert sorted(received.texts) == ["and for gifts?", "what is the refund policy?", "why?"]
    assert [intents & PRIVILEGED for intents in discord.gateway.identified] == [0]
    assert discord.api.unserved == []


async def test_a_message_in_a_thread_says_which_channel_it_hangs_below(
    discord: DiscordStandIn, received: Received
) -> None:
    general = discord.text_channel("general")
    old = discord.world.start_thread(general, "old")
    missed = await discord.ask("while nobody listened", channel="old")
    async with listening(discord, received):
        await received.count(1)
        event = discord.world.start_thread(general, "new").to_json()
        discord.gateway.dispatch("THREAD_CREATE", dump(event), intent=1)
        for channel in ("old", "new", "general"):
            await discord.ask(channel, channel=channel)
        await discord.command("/ask here", channel="new")
        await received.count(5)

    below = {one.text: one.conversation.parent for one in received.messages}
    assert below == {
        "while nobody listened": general.id,
        "old": general.id,
        "new": general.id,
        "/ask here": general.id,
        "general": "",
    }
    keys = {one.conversation.key for one in received.messages if one.message_id == missed.id}
    assert keys == {f"discord:{old.guild}:{old.id}"}


async def test_statement_22_what_is_not_for_the_bot_triggers_nothing(
    discord: DiscordStandIn, received: Received
) -> None:
    bot = f"<@{discord.world.bot.id}>"
    other_bot = {**discord.world.person("grace").to_json(), "bot": True}
    async with listening(discord, received) as adapter:
        asked = await discord.ask("first")
        await received.count(1)
        await adapter.send(posting_for(asked, "our own words"))
        discord.say("nobody in particular")
        discord.say("@everyone look", mention_everyone=True)
        discord.say(f"{bot} from a webhook", webhook_id="77")
        discord.say(f"{bot} from a bot", author=other_bot)
        discord.say(f"{bot} joined", type=7)
        discord.say(f"{bot} pinned", type=6)
        discord.reply("no ping", discord.posted[0], ping=False)
        discord.edit(asked, f"{bot} first, edited")
        await discord.ask("last")
        await received.count(2)

    assert received.texts == ["first", "last"]


async def test_every_session_gets_every_event(discord: DiscordStandIn, received: Received) -> None:
    other = Received()
    async with listening(discord, received), listening(discord, other):
        await discord.ask("twice", copies=2)
        await received.count(1)
        await other.count(1)

    assert received.texts == other.texts == ["twice"]
    assert received.repeats == 1


async def test_names_of_channels_and_roles_are_looked_up(
    discord: DiscordStandIn, received: Received
) -> None:
    refunds, _ = discord.world.text_channel("refunds")
    async with listening(discord, received):
        await discord.ask(f"as in <#{refunds.id}> by <@&{discord.world.guild}>")
        await received.count(1)

    assert received.texts == ["as in #refunds by @@everyone"]


async def test_text_that_no_database_stores_is_cleaned(
    discord: DiscordStandIn, received: Received
) -> None:
    async with listening(discord, received):
        await discord.ask("nul \0 and half \ud83d")
        await discord.ask("the next one")
        await received.count(2)

    assert received.texts == ["nul \ufffd and half \ufffd", "the next one"]


async def test_the_api_is_asked_for_a_gateway_that_is_not_set(
    discord: DiscordStandIn, received: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL("ws://127.0.0.1:9/"))
    async with adapter_for(discord, gateway_url=None) as adapter:
        listener = asyncio.ensure_future(adapter.listen(received))
        await discord.connected()
        listener.cancel()
        with pytest.raises(asyncio.CancelledError):
            await listener


# Nothing is lost


async def test_a_message_is_handed_over_until_it_is_committed(
    discord: DiscordStandIn, received: Received
) -> None:
    attempts = 0

    async def be_down(_: IncomingMessage) -> None:
        nonlocal attempts
        attempts += 1
        if attempts <= 7:
            raise UnavailableError("the database is down")

    received.on_message = be_down
    async with listening(discord, received):
        for number in range(5):
            await discord.ask(f"question {number}")
        await received.count(5)

    assert received.texts == [f"question {number}" for number in range(5)]


async def test_statement_21_a_channel_that_waits_holds_up_no_other(
    discord: DiscordStandIn, received: Received
) -> None:
    slow, release = "slow", asyncio.Event()

    async def wait_in_slow(message: IncomingMessage) -> None:
        if message.text.startswith(slow):
            await release.wait()

    received.on_message = wait_in_slow
    async with listening(discord, received):
        await discord.ask("slow one", channel="slow")
        await discord.ask("slow two", channel="slow")
        await discord.ask("quick", channel="quick")
        await received.count(1)
        assert received.texts == ["quick"]
        release.set()
        await received.count(3)

    assert received.texts == ["quick", "slow one", "slow two"]


async def test_a_message_on_which_the_bot_fails_holds_up_no_other(
    discord: DiscordStandIn, received: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "FIRST_WAIT", 0.01)

    async def fail(message: IncomingMessage) -> None:
        if message.text == "poison":
            raise ZeroDivisionError

    received.on_message = fail
    async with listening(discord, received):
        await discord.ask("poison")
        await discord.ask("harmless")
        await discord.ask("harmless too")
        await received.count(2)

    assert received.texts == ["harmless", "harmless too"]


async def test_what_was_written_meanwhile_is_read_back(
    discord: DiscordStandIn, received: Received
) -> None:
    async with listening(discord, received):
        await discord.ask("before")
        await discord.tell("before, directly")
        await received.count(2)
    for number in range(3):
        await discord.ask(f"meanwhile {number}")
        discord.say("not for the bot")
    await discord.ask("in a channel without any question before", channel="random")
    await discord.tell("meanwhile, directly")
    async with listening(discord, received):
        await received.count(7)

    general = [
        m.text for m in received.messages if m.conversation.channel == discord.asked[0].channel
    ]
    assert general == ["before", "meanwhile 0", "meanwhile 1", "meanwhile 2"]
    assert sorted(received.ids) == sorted(
        asked.id for asked in discord.asked if asked.text != "not for the bot"
    )
    direct = next(m for m in received.messages if m.text == "meanwhile, directly")
    assert direct.conversation.direct
    assert direct.space is None


async def test_more_than_a_page_is_read_back_in_order(
    discord: DiscordStandIn, received: Received
) -> None:
    async with listening(discord, received):
        await discord.ask("before")
        await received.count(1)
    for number in range(250):
        await discord.ask(str(number))
    async with listening(discord, received):
        await received.count(251)

    assert received.texts == ["before", *map(str, range(250))]


async def test_nothing_new_overtakes_what_was_missed(
    discord: DiscordStandIn, received: Received
) -> None:
    async with listening(discord, received):
        await discord.ask("before")
        await received.count(1)
    await discord.ask("missed")
    discord.api.read_faults.append(Fault(status=503))
    async with listening(discord, received):
        await discord.ask("new")
        await discord.ask("elsewhere", channel="random")
        await received.count(4)

    assert received.texts == ["before", "elsewhere", "missed", "new"]


async def test_a_first_start_reads_back_what_has_just_been_written(
    discord: DiscordStandIn, received: Received
) -> None:
    await discord.ask("just before")
    async with listening(discord, received):
        await received.count(1)

    assert received.texts == ["just before"]


async def test_a_first_start_leaves_alone_what_is_old(
    discord: DiscordStandIn, received: Received
) -> None:
    await discord.ask("long ago")
    config = config_for(discord)
    later = datetime.now(UTC) + timedelta(minutes=11)
    async with DiscordAdapter(config, last_seen=nothing_seen, clock=lambda: later) as adapter:
        listener = asyncio.ensure_future(adapter.listen(received))
        await discord.connected()
        await discord.ask("now", channel="random")
        await received.count(1)
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)

    assert received.texts == ["now"]


async def test_lanes_wait_until_it_is_known_where_to_read_from(
    discord: DiscordStandIn, received: Received
) -> None:
    async with listening(discord, received):
        await discord.ask("before")
        await received.count(1)
    await discord.ask("missed")
    failures = iter([UnavailableError("the database is down")] * 2)

    async def seen_later() -> dict[str, str]:
        for failure in failures:
            raise failure
        return dict(await received.seen())

    async with listening(discord, received, last_seen=seen_later):
        await discord.ask("new")
        await received.count(3)

    assert received.texts == ["before", "missed", "new"]


@pytest.mark.parametrize("status", [403, 404, 405])
async def test_a_history_that_is_closed_to_the_bot_is_passed_over(
    discord: DiscordStandIn, received: Received, status: int
) -> None:
    async with listening(discord, received):
        await discord.ask("before")
        await received.count(1)
    await discord.ask("missed")
    discord.api.read_faults.append(Fault(status=status))
    async with listening(discord, received):
        await discord.ask("new")
        await received.count(2)

    assert received.texts == ["before", "new"]


async def test_a_history_that_fails_for_long_is_read_later(
    discord: DiscordStandIn, received: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missed, "WAITS", (0.01, 0.01))
    monkeypatch.setattr(catch_up, "AGAIN_AFTER", 0.1)
    async with listening(discord, received):
        await discord.ask("before")
        await received.count(1)
    await discord.ask("missed")
    discord.api.read_faults.extend([Fault(status=503)] * 3)
    async with listening(discord, received):
        await discord.ask("new")
        await received.count(3)

    assert received.texts == ["before", "new", "missed"]


async def test_channels_that_the_bot_may_not_see_are_not_asked_for(
    discord: DiscordStandIn, received: Received
) -> None:
    async with listening(discord, received):
        await discord.ask("before")
        await received.count(1)
    secret = discord.say("not for the bot's eyes", channel="secret")
    discord.world.channels[secret.channel].is_hidden = True
    await discord.ask("in the open", channel="random")
    async with listening(discord, received):
        await received.count(2)

    assert not [request for request in discord.api.requests if secret.channel in request.path]


async def test_a_second_lost_session_is_read_back_too(
    discord: DiscordStandIn, received: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gateway, "before_identify_hook", _at_once)
    monkeypatch.setattr(catch_up, "GUILDS_ARRIVE", 0.1)
    async with listening(discord, received):
        await discord.tell("before")
        await received.count(1)
        for number in range(3):
            discord.gateway.forget()
            await discord.tell(f"directly {number}")
            await discord.ask(f"in the open {number}")
            await received.count(3 + 2 * number)

    assert len(discord.gateway.identified) == 4


async def _at_once(client: Gateway, shard_id: int | None, *, initial: bool = False) -> None:
    """Identify without the pause that Discord asks for."""


async def test_a_cut_connection_is_resumed(discord: DiscordStandIn, received: Received) -> None:
    async with listening(discord, received):
        await discord.ask("before")
        await received.count(1)
        discord.gateway.cut()
        await discord.ask("while it was cut")
        await received.count(2)

    assert received.texts == ["before", "while it was cut"]
    assert (len(discord.gateway.identified), discord.gateway.resumed) == (1, 1)


@pytest.mark.parametrize("end", ["forget", "invalidate"])
async def test_a_lost_session_is_begun_again_and_read_back(
    discord: DiscordStandIn, received: Received, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if end == "forget":  # the other way keeps the pause that Discord asks for
        monkeypatch.setattr(Gateway, "before_identify_hook", _at_once)
    async with listening(discord, received):
        await discord.ask("before")
        await received.count(1)
        getattr(discord.gateway, end)()
        await discord.ask("while nobody listened")
        await received.count(2)
        await discord.ask("after")
        await received.count(3)

    assert received.texts == ["before", "while nobody listened", "after"]
    assert len(discord.gateway.identified) == 2


async def test_too_many_waiting_messages_end_the_attempt_and_are_read_back(
    discord: DiscordStandIn, received: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_WAITING", 3)
    down = False

    async def be_down(_: IncomingMessage) -> None:
        if down:
            raise UnavailableError("the database is down")

    received.on_message = be_down
    async with adapter_for(discord, last_seen=received.seen) as adapter:
        listener = asyncio.ensure_future(adapter.listen(received))
        await discord.connected()
        await discord.ask("before")
        await received.count(1)
        down = True
        for number in range(4):
            await discord.ask(str(number))
        with pytest.raises(UnavailableError, match="wait for the inbox"):
            await listener
        down = False
    monkeypatch.undo()
    async with listening(discord, received):
        await received.count(5)

    assert received.texts == ["before", "0", "1", "2", "3"]


# Trouble with the connection


async def test_a_wrong_token_is_refused_without_being_told(
    discord: DiscordStandIn, received: Received, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "wrong.token.value"
    async with adapter_for(discord, token=secret) as adapter:
        with pytest.raises(TokenRejectedError) as refusal:
            await adapter.listen(received)

    assert secret not in f"{refusal.value!r} {caplog.text} {config_for(discord, token=secret)}"


async def test_a_token_that_only_the_gateway_refuses_is_refused(
    discord: DiscordStandIn, received: Received
) -> None:
    discord.gateway.token = "another"
    async with adapter_for(discord) as adapter:
        with pytest.raises(TokenRejectedError):
            await adapter.listen(received)


async def test_a_gateway_that_cannot_be_reached_ends_the_attempt(
    discord: DiscordStandIn, received: Received
) -> None:
    discord.gateway.refusals = 1
    async with adapter_for(discord) as adapter:
        with pytest.raises(ConnectionError):
            await adapter.listen(received)
    async with listening(discord, received):
        await discord.ask("again")
        await received.count(1)


async def test_a_resume_that_always_fails_ends_the_attempt(
    discord: DiscordStandIn, received: Received
) -> None:
    async with adapter_for(discord) as adapter:
        listener = asyncio.ensure_future(adapter.listen(received))
        await discord.connected()
        discord.gateway.hang_ups = 1_000_000
        discord.gateway.cut()
        with pytest.raises(ConnectionError, match="no session"):
            await asyncio.wait_for(listener, timeout=60)

    assert 1_000_000 - discord.gateway.hang_ups < 100


@pytest.mark.parametrize(
    "wrong",
    [{"token": ""}, {"token": "a\nb"}, {"api_url": "discord.com"}, {"gateway_url": "http://a"}],
)
def test_a_setting_that_cannot_be_right_is_named(
    discord: DiscordStandIn, wrong: dict[str, str]
) -> None:
    with pytest.raises(ConfigurationError, match="DISCORD_"):
        config_for(discord, **wrong)


# Sending


async def test_statement_33_a_reply_refers_to_its_question_and_pings_nobody(
    discord: DiscordStandIn, received: Received
) -> None:
    async with listening(discord, received) as adapter:
        asked = await discord.ask("ping them")
        text = f"@everyone @here <@{discord.world.person('ada').id}> <@&5> a & b < c > d"
        delivery = await adapter.send(posting_for(asked, text))

    (posted,) = discord.replies_to(asked)
    assert delivery.message_ids == (posted.id,)
    assert posted.text == text
    assert discord.record.pinged == []


async def test_an_answer_to_a_deleted_question_is_posted(
    discord: DiscordStandIn, received: Received
) -> None:
    async with listening(discord, received) as adapter:
        asked = await discord.ask("gone soon")
        discord.delete(asked)
        await adapter.send(posting_for(asked))

    assert len(discord.posted) == 1


async def test_without_permission_to_read_history_the_answer_is_no_reply(
    discord: DiscordStandIn, received: Received
) -> None:
    async with listening(discord, received) as adapter:
        asked = await discord.ask("hello")
        discord.fail_next(403, code=160002)
        await adapter.send(posting_for(asked))

    assert [posted.reply_to for posted in discord.posted] == [None]


async def test_statement_27_a_failure_after_the_message_was_made_shows_it_once(
    discord: DiscordStandIn, received: Received
) -> None:
    async with listening(discord, received) as adapter:
        asked = await discord.ask("hello")
        posting = posting_for(asked)
        discord.accept_then_fail(502)
        first = await adapter.send(posting)
    async with listening(discord, received) as restarted:
        second = await restarted.send(posting)

    assert first == second
    assert len(discord.posted) == 1


async def test_a_reset_after_the_message_was_made_is_unconfirmed_and_safe_to_repeat(
    discord: DiscordStandIn, received: Received
) -> None:
    async with listening(discord, received) as adapter:
        asked = await discord.ask("hello")
        posting = posting_for(asked)
        discord.accept_then_reset()
        with pytest.raises(UnconfirmedError):
            await adapter.send(posting)
        assert await adapter.find(posting) is None
        await adapter.send(posting)

    assert len(discord.posted) == 1


@pytest.mark.parametrize("direct", [False, True])
async def test_an_old_posting_is_found_where_the_nonce_is_forgotten(
    discord: DiscordStandIn, received: Received, direct: bool
) -> None:
    discord.messages.nonce_seconds = 0
    async with listening(discord, received) as adapter:
        asked = await (discord.tell("hello") if direct else discord.ask("hello"))
        posting = posting_for(asked, "**14** days ", age=timedelta(minutes=10), direct=direct)
        other = posting_for(asked, "another part", age=timedelta(minutes=10), direct=direct)
        discord.accept_then_reset()
        with pytest.raises(UnconfirmedError):
            await adapter.send(posting)
        for _ in range(120):
            discord.say("chatter")
        found = await adapter.find(posting)

        assert found is not None
        assert found.message_ids == (discord.posted[0].id,)
        assert await adapter.find(other) is None


async def test_the_same_words_of_somebody_else_are_not_ours(
    discord: DiscordStandIn, received: Received
) -> None:
    async with listening(discord, received) as adapter:
        asked = await discord.tell("hello")
        await discord.tell("Within 14 days.")
        posting = posting_for(asked, "Within 14 days.", age=timedelta(minutes=10), direct=True)

        assert await adapter.find(posting) is None


async def test_a_short_pause_is_kept_inside_of_the_call(
    discord: DiscordStandIn, received: Received
) -> None:
    async with listening(discord, received) as adapter:
        asked = await discord.ask("hello")
        discord.fail_next(429, retry_after=0.2)
        await adapter.send(posting_for(asked))

    assert len(discord.posted) == 1


async def test_statement_23_a_pause_of_one_channel_delays_no_other(
    discord: DiscordStandIn, received: Received
) -> None:
    pause = 1.5
    async with listening(discord, received) as adapter:
        slow = await discord.ask("hello", channel="slow")
        quick = await discord.ask("hello", channel="quick")
        route = f"POST /channels/{slow.channel}/messages"
        discord.fail_next(429, retry_after=pause, route=route)
        began = asyncio.get_running_loop().time()
        waiting = asyncio.ensure_future(adapter.send(posting_for(slow, "one")))
        await until(lambda: any(one.status == 429 for one in discord.api.requests))
        behind = asyncio.ensure_future(adapter.send(posting_for(slow, "two")))
        await adapter.send(posting_for(quick, "quick"))
        assert [posted.text for posted in discord.posted] == ["quick"]
        await asyncio.gather(waiting, behind)
        assert asyncio.get_running_loop().time() - began >= pause

    assert [posted.text for posted in discord.posted] == ["quick", "one", "two"]


LONG = "\n\n".join(
    f"Part {number} \N{FAMILY} e\u0301 \U0001f469\u200d\U0001f680 " + "of many words " * 20
    for number in range(110)
)


async def test_statement_30_a_long_answer_arrives_whole_and_in_order(
    discord: DiscordStandIn, received: Received
) -> None:
    """Statement 32 too: nothing that belongs together is cut."""
    async with listening(discord, received) as adapter:
        asked = await discord.ask("everything, please")
        for part in split(LONG, adapter.text_limit):
            await adapter.send(posting_for(asked, part))

    texts = [posted.text for posted in discord.replies_to(asked)]
    assert len(LONG) > 30_000
    assert " ".join(texts).split() == LONG.split()
    assert max(map(utf16_length, texts)) <= 2000


async def test_statement_31_every_part_has_its_fences(
    discord: DiscordStandIn, received: Received
) -> None:
    code = "\n".join(f"total_{number} = price * {number}" for number in range(1000))
    async with listening(discord, received) as adapter:
        asked = await discord.ask("the code, please")
        for part in split(f"```python\n{code}\n```", adapter.text_limit):
            await adapter.send(posting_for(asked, part))

    texts = [posted.text for posted in discord.replies_to(asked)]
    assert len(texts) > 10
    assert all(text.startswith("```python\n") and text.endswith("```") for text in texts)
    assert all(text.count("```") == 2 for text in texts)


async def test_a_long_pause_is_handed_to_the_outbox(
    discord: DiscordStandIn, received: Received
) -> None:
    async with listening(discord, received) as adapter:
        asked = await discord.ask("hello")
        discord.fail_next(429, retry_after=120.0)
        with pytest.raises(RateLimitedError) as pause:
            await adapter.send(posting_for(asked))

    assert pause.value.retry_after == timedelta(seconds=120)


async def test_statement_28_a_ban_of_our_address_stops_every_call(
    discord: DiscordStandIn, received: Received
) -> None:
    async with listening(discord, received) as adapter:
        asked = await discord.ask("hello")
        discord.fail_next(429, html=True, count=100)
        for _ in range(60):
            with pytest.raises(RateLimitedError) as pause:
                await adapter.send(posting_for(asked))
            assert pause.value.retry_after > timedelta(minutes=9)

    assert posts(discord) == 1


async def test_statement_29_a_refused_token_stops_every_call_and_ends_the_attempt(
    discord: DiscordStandIn, received: Received
) -> None:
    async with adapter_for(discord) as adapter:
        listener = asyncio.ensure_future(adapter.listen(received))
        await discord.connected()
        asked = await discord.ask("hello")
        discord.fail_next(401)
        for _ in range(3):
            with pytest.raises(TokenRejectedError):
                await adapter.send(posting_for(asked))
        with pytest.raises(TokenRejectedError):
            await listener

    assert posts(discord) == 1


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, 50035, FormatRejectedError),
        (400, 50006, RejectedError),
        (403, 50001, RejectedError),
        (403, 50007, RejectedError),
        (404, 10003, RejectedError),
        (408, 0, UnconfirmedError),
        (503, 0, UnconfirmedError),
    ],
)
async def test_a_refusal_says_what_to_do(
    discord: DiscordStandIn, received: Received, status: int, code: int, error: type[Exception]
) -> None:
    async with listening(discord, received) as adapter:
        asked = await discord.ask("hello")
        discord.fail_next(status, code=code)
        with pytest.raises(error) as refusal:
            await adapter.send(posting_for(asked))

    assert type(refusal.value) is error


async def test_nothing_is_posted_before_login_or_after_close(
    discord: DiscordStandIn, received: Received
) -> None:
    asked = await discord.ask("hello")
    async with listening(discord, received) as adapter:
        pass
    with pytest.raises(NotPostedError):
        await adapter.send(posting_for(asked))
    with pytest.raises(NotPostedError):
        await adapter_for(discord).send(posting_for(asked))


async def test_answers_go_out_after_listening_ended(
    discord: DiscordStandIn, received: Received
) -> None:
    async with adapter_for(discord) as adapter:
        listener = asyncio.ensure_future(adapter.listen(received))
        await discord.connected()
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
        await adapter.send(posting_for(await discord.ask("hello")))

    assert len(discord.posted) == 1


async def test_a_server_that_is_gone_took_nothing(received: Received) -> None:
    async with DiscordStandIn() as discord:
        adapter = adapter_for(discord)
        listener = asyncio.ensure_future(adapter.listen(received))
        await discord.connected()
        asked = await discord.ask("hello")
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
    await asyncio.sleep(0.05)  # until the kept connection is known to be closed
    async with adapter:
        with pytest.raises(NotPostedError):
            await adapter.send(posting_for(asked))


# The stand-in


class EchoAsInTheReadme(discord_py.Client):
    async def on_message(self, message: discord_py.Message) -> None:
        if message.author == self.user:
            return
        if message.content == "ping":
            await message.channel.send("pong")


async def test_the_readme_s_bot_works_on_the_stand_in(
    discord: DiscordStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Route, "BASE", discord.api_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(discord.gateway.address))
    intents = discord_py.Intents.default()
    intents.message_content = True
    async with EchoAsInTheReadme(intents=intents) as client:
        running = asyncio.ensure_future(client.start(discord.token))
        await discord.connected()
        discord.say("ping")
        await discord.tell("ping")
        await discord.answered(2, timeout=60)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert [posted.text for posted in discord.posted] == ["pong", "pong"]
    assert discord.api.unserved == []


async def test_a_method_that_is_not_served_fails_loudly(
    discord: DiscordStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Route, "BASE", discord.api_url)
    async with discord_py.Client(intents=discord_py.Intents.none()) as client:
        await client.login(discord.token)
        with pytest.raises(discord_py.NotFound):
            await client.fetch_premium_sticker_packs()

    assert discord.api.unserved == ["GET /api/v10/sticker-packs"]
