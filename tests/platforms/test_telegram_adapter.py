"""Telegram's adapter against a Bot API server: persist, then advance; post once, and say how."""

import asyncio
import traceback
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import structlog
from aiohttp import ClientSession, ClientTimeout
from telegram import Update
from telegram.ext import ApplicationBuilder, ContextTypes, MessageHandler, filters

from adapters.platforms.telegram.adapter import TelegramAdapter
from adapters.platforms.telegram.answers import WebhookSetError
from adapters.platforms.telegram.client import BotApi
from adapters.platforms.telegram.config import TelegramConfig
from adapters.platforms.telegram.polling import RENUMBERED_SECONDS
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
from core.messages import IncomingMessage
from core.ports.platform import ChatAdapter
from core.splitting import split
from core.text import utf16_length
from simulator.standin import StandIn
from simulator.telegram import TelegramStandIn
from tests.contract.inbox import until
from tests.platforms.telegram import (
    Received,
    adapter_for,
    conversation_in,
    listening,
    posting_to,
)


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramStandIn]:
    async with TelegramStandIn(longest_poll=0.3) as standin:
        yield standin


@pytest.fixture
async def adapter(telegram: TelegramStandIn) -> AsyncIterator[TelegramAdapter]:
    async with adapter_for(telegram) as adapter:
        yield adapter


def group(telegram: TelegramStandIn, name: str = "general") -> str:
    return str(telegram.chats.group(name).id)


def logged(logs: list[Any], event: str) -> list[Any]:
    return [entry for entry in logs if entry["event"] == event]


def test_the_ports_fit(telegram: TelegramStandIn, adapter: TelegramAdapter) -> None:
    chat: ChatAdapter = adapter
    standin: StandIn = telegram
    assert chat.text_limit <= 3_900
    assert standin.posted == []


@pytest.mark.parametrize("token", ["", "1", "1:", ":A", "1:A/../2:B", "1:A\n", "1:ü", "a:A"])
def test_a_token_of_the_wrong_form_is_named_but_not_shown(token: str) -> None:
    with pytest.raises(ConfigurationError, match="TELEGRAM_BOT_TOKEN") as raised:
        TelegramConfig(token=token)
    assert not token.strip() or f"{token!r}" not in str(raised.value)


@pytest.mark.parametrize("url", ["", "api.telegram.org", "ftp://x.y", "https://"])
def test_an_address_of_the_wrong_form_is_named(url: str) -> None:
    with pytest.raises(ConfigurationError, match="TELEGRAM_API_URL"):
        TelegramConfig(token="1:A", api_url=url)


def test_the_settings_do_not_show_the_token() -> None:
    assert "SECRET" not in repr(TelegramConfig(token="1:SECRET", api_url="http://x.y/"))


# Receiving


async def test_mentions_and_direct_messages_arrive(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    received = Received()
    async with listening(adapter, received):
        await telegram.ask("refunds?")
        await telegram.tell("and books?")
        await received.count(2)
    assert sorted(received.texts) == ["and books?", "refunds?"]
    announce = ["getMyCommands", "setMyCommands"]
    assert [call.method for call in telegram.calls] == [
        "getMe",
        *announce,
        *announce,
        "deleteWebhook",
    ]
    assert telegram.unserved == []


async def test_an_update_is_confirmed_only_when_it_is_committed(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    arrived, commit = asyncio.Event(), asyncio.Event()

    async def slow(_: IncomingMessage) -> None:
        arrived.set()
        await commit.wait()

    received = Received(on_message=slow)
    await telegram.ask("refunds?")
    async with listening(adapter, received):
        await arrived.wait()
        await asyncio.sleep(0.5)
        assert len(telegram.updates) == 1, "still the server's"
        commit.set()
        await received.count(1)
        await _confirmed(telegram)
    assert received.texts == ["refunds?"]


async def test_a_killed_process_leaves_its_batch_on_the_server(telegram: TelegramStandIn) -> None:
    arrived = asyncio.Event()

    async def never(_: IncomingMessage) -> None:
        arrived.set()
        await asyncio.Event().wait()

    await telegram.ask("refunds?")
    async with adapter_for(telegram) as first, listening(first, never):
        await arrived.wait()
    received = Received()
    async with adapter_for(telegram) as second, listening(second, received):
        await received.count(1)
    assert received.texts == ["refunds?"]


async def test_while_the_store_is_away_the_offset_stays_and_nothing_is_lost(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    failures = iter([True, True, True])

    async def flaky(message: IncomingMessage) -> None:
        if message.text == "q1" and next(failures, False):
            raise UnavailableError("the database is away")

    received = Received(on_message=flaky)
    for number in range(3):
        await telegram.ask(f"q{number}", channel=f"c{number}")
    async with listening(adapter, received):
        while "q1" not in received.texts:
            assert len(telegram.updates) == 3, "none is confirmed before all are committed"
            await asyncio.sleep(0.01)
        await _confirmed(telegram)
    assert set(received.texts) == {"q0", "q1", "q2"}
    assert received.texts.count("q1") == 1


async def test_one_chat_keeps_its_order_and_does_not_hold_up_another(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    other = asyncio.Event()

    async def commit(message: IncomingMessage) -> None:
        if message.text == "other":
            other.set()
        elif message.text == "q0":
            await other.wait()

    received = Received(on_message=commit)
    for number in range(20):
        await telegram.ask(f"q{number}", channel="busy", person=f"p{number % 3}")
    await telegram.ask("other", channel="quiet")
    async with listening(adapter, received):
        await received.count(21)
    assert received.texts == ["other", *(f"q{number}" for number in range(20))]


async def test_a_malformed_update_does_not_cost_its_batch(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    received = Received()
    await telegram.ask("before")
    for body in (
        b'{"update_id": 2, "message": {"text": "secret"}}',
        b'{"update_id": 3, "message": "secret"}',
        b'{"update_id": 4}',
        b'{"update_id": null}',
        b"7",
    ):
        telegram.updates.put_raw(5, body)
    telegram.updates.next_number = 6
    await telegram.ask("after")
    with structlog.testing.capture_logs() as logs:
        async with listening(adapter, received):
            await received.count(2)
            await _confirmed(telegram)
    assert received.texts == ["before", "after"]
    malformed = logged(logs, "telegram.update_malformed")
    assert [entry["update_id"] for entry in malformed] == [2, 3, None, None]
    assert "secret" not in str(logs)


async def test_half_a_surrogate_pair_does_not_cost_its_batch(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    received = Received()
    await telegram.tell("before")
    await telegram.tell("placeholder \\ud83d".replace("\\", "%"))
    last = telegram.updates.queue[-1]
    last.body = last.body.replace(b"%ud83d", b"\\ud83d")
    await telegram.tell("after")
    async with listening(adapter, received):
        await received.count(3)
    assert received.texts == ["before", "placeholder \N{REPLACEMENT CHARACTER}", "after"]


async def test_a_lower_number_after_an_idle_week_is_received(telegram: TelegramStandIn) -> None:
    now = 0.0
    received = Received()
    telegram.updates.next_number = 900_000
    async with adapter_for(telegram, clock=lambda: now) as adapter, listening(adapter, received):
        await telegram.ask("before")
        await received.count(1)
        await _confirmed(telegram)
        now = RENUMBERED_SECONDS + 1.0
        polls = telegram.api.arrivals.count("getUpdates")
        await until(lambda: telegram.api.arrivals.count("getUpdates") >= polls + 2)
        telegram.updates.next_number = 5
        await telegram.ask("after")
        await received.count(2)
    assert received.texts == ["before", "after"]


async def test_own_messages_and_talk_trigger_nothing(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    received = Received()
    telegram.say("lunch?")
    telegram.say("/analyze@OtherBot sales")
    telegram.say("/roll 2d6")
    telegram.say(f"/analyze@{telegram.username} sales")
    async with listening(adapter, received):
        await received.count(1)
        await _confirmed(telegram)
    assert received.texts == ["/analyze sales"]


async def test_a_wrong_token_is_told_to_the_caller(telegram: TelegramStandIn) -> None:
    config = TelegramConfig(token="1:WRONG", api_url=telegram.url)
    async with TelegramAdapter(config) as adapter:
        with pytest.raises(TokenRejectedError):
            await adapter.listen(Received())


async def test_a_token_that_is_revoked_while_polling_is_told_too(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    telegram.fail_next(status=401, method="getUpdates")
    with pytest.raises(TokenRejectedError):
        await adapter.listen(Received())


@pytest.mark.parametrize("method", ["deleteWebhook", "getMyCommands", "setMyCommands"])
async def test_a_server_without_the_rarer_methods_will_do(
    telegram: TelegramStandIn, adapter: TelegramAdapter, method: str
) -> None:
    telegram.fail_next(status=404, method=method)
    received = Received()
    async with listening(adapter, received):
        await telegram.ask("refunds?")
        await received.count(1)


async def test_a_server_that_says_little_of_the_bot_will_do(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    for name in set(telegram.api.me) - {"id", "username"}:
        del telegram.api.me[name]
    received = Received()
    async with listening(adapter, received):
        await telegram.ask("refunds?")
        await received.count(1)


@pytest.mark.parametrize("method", ["getMe", "getUpdates"])
@pytest.mark.parametrize(("status", "readable"), [(500, True), (502, False), (409, True)])
async def test_trouble_passes_and_is_reported_once(
    telegram: TelegramStandIn, adapter: TelegramAdapter, method: str, status: int, readable: bool
) -> None:
    received = Received()
    telegram.fail_next(status=status, readable=readable, count=2, method=method)
    await telegram.ask("refunds?")
    with structlog.testing.capture_logs() as logs:
        async with listening(adapter, received):
            await received.count(1)
    assert len(logged(logs, "telegram.interrupted")) == 1


async def test_a_pause_that_telegram_asks_for_is_not_cut_short(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    telegram.fail_next(status=429, retry_after=2, method="getUpdates")
    received = Received()
    loop = asyncio.get_running_loop()
    started = loop.time()
    await telegram.ask("refunds?")
    async with listening(adapter, received):
        await adapter.send(posting_to(conversation_in(group(telegram)), "meanwhile"))
        assert received.messages == []
        await received.count(1)
    assert loop.time() - started >= 2


async def test_a_webhook_that_was_set_meanwhile_is_deleted_by_the_next_attempt(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    telegram.fail_next(
        status=409,
        method="getUpdates",
        description="Conflict: can't use getUpdates method while webhook is active",
    )
    with pytest.raises(WebhookSetError):
        await adapter.listen(Received())
    received = Received()
    await telegram.ask("refunds?")
    async with listening(adapter, received):
        await received.count(1)
    assert [call.method for call in telegram.calls].count("deleteWebhook") == 2


async def test_two_pollers_of_one_bot_conflict_and_lose_nothing(telegram: TelegramStandIn) -> None:
    received = Received()
    with structlog.testing.capture_logs() as logs:
        async with (
            adapter_for(telegram) as one,
            adapter_for(telegram) as two,
            listening(one, received),
            listening(two, received),
        ):
            await until(lambda: logged(logs, "telegram.interrupted"))
            await telegram.ask("refunds?")
            await received.count(1)
    assert {entry["kind"] for entry in logged(logs, "telegram.interrupted")} == {"ConflictError"}
    assert set(received.texts) == {"refunds?"}


async def test_with_shared_polling_two_processes_see_every_update() -> None:
    one, two = Received(), Received()
    async with (
        TelegramStandIn(shared_polling=True) as telegram,
        adapter_for(telegram) as first,
        adapter_for(telegram) as second,
        listening(first, one),
        listening(second, two),
    ):
        await telegram.ask("refunds?", copies=2)
        await telegram.ask("books?")
        await one.count(3)
        await two.count(3)
    assert one.texts == two.texts == ["refunds?", "refunds?", "books?"]


# Posting


async def test_a_reply_is_formatted_and_placed(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    topic = telegram.open_topic()
    received = Received()
    async with listening(adapter, received):
        asked = await telegram.ask("refunds?", topic=topic)
        await received.count(1)
    conversation = received.messages[0].conversation
    assert conversation.thread == str(topic)
    posting = posting_to(conversation, "**Five** days & a < b", reply_to=asked.id)
    delivery = await adapter.send(posting)
    posted = telegram.replies_to(asked)
    assert [(one.id, one.text) for one in posted] == [
        (delivery.message_ids[0], "Five days & a < b")
    ]
    assert telegram.calls[-1].parameters == {
        "chat_id": int(asked.channel),
        "text": "<b>Five</b> days &amp; a &lt; b",
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "reply_parameters": {"message_id": int(asked.id), "allow_sending_without_reply": True},
        "message_thread_id": topic,
    }


@pytest.mark.parametrize("thread", ["", "0", "1"])
async def test_outside_a_topic_and_in_the_general_one_no_thread_is_named(
    telegram: TelegramStandIn, adapter: TelegramAdapter, thread: str
) -> None:
    await adapter.send(posting_to(conversation_in(group(telegram), thread), "hello"))
    assert "message_thread_id" not in telegram.calls[-1].parameters


async def test_the_answer_to_a_deleted_question_is_posted(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    asked = await telegram.ask("refunds?")
    telegram.delete(asked)
    await adapter.send(posting_to(conversation_in(asked.channel), "Five days", reply_to=asked.id))
    assert [(one.text, one.reply_to) for one in telegram.posted] == [("Five days", None)]


async def test_plain_means_as_written(telegram: TelegramStandIn, adapter: TelegramAdapter) -> None:
    text = "**a** <b> & `c\ud800"
    await adapter.send(posting_to(conversation_in(group(telegram)), text, plain=True))
    assert telegram.posted[0].text == "**a** <b> & `c\N{REPLACEMENT CHARACTER}"
    assert "parse_mode" not in telegram.calls[-1].parameters


async def test_a_group_that_has_moved_is_followed_at_once(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    asked = await telegram.ask("refunds?")
    moved_to = telegram.upgrade()
    await adapter.send(posting_to(conversation_in(asked.channel), "Five days", reply_to=asked.id))
    assert [(one.channel, one.text) for one in telegram.posted] == [(moved_to, "Five days")]


@pytest.mark.parametrize(
    ("status", "readable", "error"),
    [
        (400, True, RejectedError),
        (401, True, TokenRejectedError),
        (403, True, RejectedError),
        (404, True, TokenRejectedError),
        (404, False, NotPostedError),
        (301, False, NotPostedError),
        (500, True, NotPostedError),
        (502, False, UnconfirmedError),
        (200, False, UnconfirmedError),
    ],
)
async def test_each_refusal_has_its_error(
    telegram: TelegramStandIn,
    adapter: TelegramAdapter,
    status: int,
    readable: bool,
    error: type[PlatformError],
) -> None:
    telegram.fail_next(status=status, readable=readable)
    with pytest.raises(PlatformError) as raised:
        await adapter.send(posting_to(conversation_in(group(telegram)), "hello"))
    assert type(raised.value) is error
    assert telegram.posted == []


async def test_a_rate_limit_says_how_long(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    telegram.fail_next(status=429, retry_after=7)
    with pytest.raises(RateLimitedError) as raised:
        await adapter.send(posting_to(conversation_in(group(telegram)), "hello"))
    assert raised.value.retry_after == timedelta(seconds=7)


async def test_a_person_who_has_blocked_the_bot_gets_nothing_more(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    telegram.block("ada")
    with pytest.raises(RejectedError, match="blocked"):
        await adapter.send(posting_to(conversation_in("1001"), "hello"))


async def test_refused_formatting_may_pass_as_plain_text(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    with pytest.raises(FormatRejectedError):
        await adapter.send(posting_to(conversation_in(group(telegram)), "x" * 5_000, plain=True))


async def test_statement_29_a_refused_token_stops_every_call_until_it_is_good_again(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    posting = posting_to(conversation_in(group(telegram)), "hello")
    telegram.fail_next(status=401)
    for _ in range(5):
        with pytest.raises(TokenRejectedError):
            await adapter.send(posting)
    assert telegram.posted == [], "only the first was tried"
    received = Received()
    async with listening(adapter, received):
        await telegram.ask("refunds?")
        await received.count(1)
        await adapter.send(posting)
    assert len(telegram.posted) == 1


async def test_statement_30_a_long_answer_arrives_whole_and_in_order(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    words = [f"word{number:05d}" for number in range(3_000)]
    answer = "\n\n".join(" ".join(words[start : start + 50]) for start in range(0, 3_000, 50))
    assert len(answer) >= 30_000
    for part in split(answer, adapter.text_limit):
        await adapter.send(posting_to(conversation_in(group(telegram)), part))
    assert " ".join(one.text for one in telegram.posted).split() == words
    assert all(utf16_length(one.text) <= 4_096 for one in telegram.posted)


async def test_statement_31_a_fence_goes_on_in_the_next_message_with_its_language(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    code = "\n".join(f"print({number})  # a & b < c" for number in range(600))
    for part in split(f"Run this:\n\n```python\n{code}\n```\n\nDone.", adapter.text_limit):
        await adapter.send(posting_to(conversation_in(group(telegram)), part))
    assert len(telegram.posted) > 3
    for call in telegram.calls:
        html = str(call.parameters["text"])
        assert html.count('<pre><code class="language-python">') == html.count("</code></pre>") == 1
    shown = "\n".join(one.text for one in telegram.posted)
    assert [line for line in shown.splitlines() if line.startswith("print")] == code.splitlines()


async def test_statement_32_no_emoji_is_cut_and_lengths_are_in_utf16(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    family = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
    for part in split(family * 1_500, adapter.text_limit):
        await adapter.send(posting_to(conversation_in(group(telegram)), part))
    assert len(telegram.posted) > 2
    for posted in telegram.posted:
        assert set(posted.text.split(family)) == {""}, "whole families only"
        assert utf16_length(posted.text) <= 4_096
    assert "".join(one.text for one in telegram.posted) == family * 1_500


async def test_a_cut_connection_leaves_the_posting_unconfirmed(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    telegram.accept_then_reset()
    with pytest.raises(UnconfirmedError):
        await adapter.send(posting_to(conversation_in(group(telegram)), "hello"))
    assert len(telegram.posted) == 1


async def test_silence_leaves_the_posting_unconfirmed(telegram: TelegramStandIn) -> None:
    telegram.hang(accepts=True)
    message = {"chat_id": int(group(telegram)), "text": "hello"}
    async with BotApi(TelegramConfig(token=telegram.token, api_url=telegram.url)) as api:
        with pytest.raises(UnconfirmedError):
            await api.call("sendMessage", message, timeout=ClientTimeout(sock_read=0.5))
    assert len(telegram.posted) == 1


async def test_a_server_that_is_not_there_took_nothing(
    telegram: TelegramStandIn, unused_tcp_port: int
) -> None:
    config = TelegramConfig(token=telegram.token, api_url=f"http://127.0.0.1:{unused_tcp_port}")
    async with TelegramAdapter(config) as adapter:
        with pytest.raises(NotPostedError):
            await adapter.send(posting_to(conversation_in("1"), "hello"))


async def test_a_cancelled_send_is_cancelled(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    telegram.hang()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await adapter.send(posting_to(conversation_in(group(telegram)), "hello"))


@pytest.mark.parametrize("trouble", ["refused", "reset", "unreadable", "nowhere", "start"])
async def test_no_error_shows_the_token(
    telegram: TelegramStandIn, unused_tcp_port: int, trouble: str
) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}" if trouble == "nowhere" else telegram.url
    token = telegram.token + ("x" if trouble == "start" else "")
    async with TelegramAdapter(TelegramConfig(token=token, api_url=url)) as adapter:
        if trouble == "refused":
            telegram.fail_next(status=401)
        elif trouble == "reset":
            telegram.accept_then_reset()
        elif trouble == "unreadable":
            telegram.fail_next(status=502, readable=False)
        posting = posting_to(conversation_in(group(telegram)), "hello")
        with pytest.raises(PlatformError) as raised:
            await (adapter.listen(Received()) if trouble == "start" else adapter.send(posting))
    shown = "".join(traceback.format_exception(raised.value))
    assert telegram.token.partition(":")[2] not in shown


# The stand-in itself


async def test_the_librarys_own_echo_bot_works_against_the_stand_in(
    telegram: TelegramStandIn,
) -> None:
    async def echo(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        await update.message.reply_text(update.message.text or "")

    application = ApplicationBuilder().token(telegram.token).base_url(f"{telegram.url}/bot").build()
    application.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, echo))
    async with application:
        assert application.updater is not None
        await application.updater.start_polling()
        await application.start()
        asked = await telegram.ask("hello")
        await telegram.tell("hi")
        await telegram.answered(2, timeout=60)
        await application.updater.stop()
        await application.stop()
    assert [one.text for one in telegram.replies_to(asked)] == [f"@{telegram.username} hello"]
    assert telegram.unserved == []


async def test_an_unknown_method_and_a_foreign_token_fail_loudly(
    telegram: TelegramStandIn,
) -> None:
    async with ClientSession() as session:
        url = f"{telegram.url}/bot{telegram.token}"
        async with session.post(f"{url}/sendRichMessage") as response:
            assert (response.status, (await response.json())["ok"]) == (404, False)
        async with session.get(f"{url}x/getMe") as response:
            assert (response.status, (await response.json())["ok"]) == (401, False)
        async with session.get(f"{url}/sendMessage?chat_id=5&text=hi") as response:
            assert (await response.json())["description"] == "Bad Request: chat not found"
    assert telegram.unserved == ["sendRichMessage"]


@pytest.mark.parametrize(
    ("parameters", "description"),
    [
        ({"text": "<b>x", "parse_mode": "HTML"}, "can't parse entities"),
        ({"text": "<x>x</x>", "parse_mode": "HTML"}, "can't parse entities"),
        ({"text": "x" * 4_097}, "message is too long"),
        ({"text": "😀" * 2_049}, "message is too long"),
        ({"text": "  "}, "message text is empty"),
        ({"text": "x", "reply_parameters": {"message_id": 999}}, "replied not found"),
        ({"text": "x", "message_thread_id": 999}, "thread not found"),
        ({"text": "*x*", "parse_mode": "MarkdownV2"}, "parse_mode"),
    ],
)
async def test_the_stand_in_keeps_telegrams_limits(
    telegram: TelegramStandIn, parameters: dict[str, object], description: str
) -> None:
    message = {"chat_id": int(group(telegram)), **parameters}
    url = f"{telegram.url}/bot{telegram.token}/sendMessage"
    async with ClientSession() as session, session.post(url, json=message) as response:
        assert response.status == 400
        assert description in (await response.json())["description"]
    assert telegram.posted == []


async def test_the_stand_in_says_how_many_answers_there_were(telegram: TelegramStandIn) -> None:
    with pytest.raises(TimeoutError, match="0 of 1"):
        await telegram.answered(1, timeout=0.05)


async def _confirmed(telegram: TelegramStandIn) -> None:
    """Wait until the server has nothing left to deliver."""
    async with asyncio.timeout(60):
        while len(telegram.updates):  # the server's queue tells nobody
            await asyncio.sleep(0.01)
