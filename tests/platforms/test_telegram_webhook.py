"""Telegram's updates by webhook: checked, committed, and only then acknowledged."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog
from aiohttp import ClientSession

from adapters.platforms.http.body import LIMIT as BODY_LIMIT
from adapters.platforms.telegram.adapter import TelegramAdapter
from adapters.platforms.telegram.config import TelegramConfig
from bots.embedded import Addresses
from core.errors import ConfigurationError, TokenRejectedError, UnavailableError
from core.messages import IncomingMessage
from simulator.telegram import TelegramStandIn
from tests.journeys.knowledge import teach
from tests.platforms.telegram import (
    SECRET,
    Received,
    adapter_for,
    listening,
    posting_to,
    sample,
    served,
)
from tests.ports import free_port
from tests.process import bot_environment, running_bot

HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramStandIn]:
    async with TelegramStandIn(longest_poll=0.3) as standin:
        standin.webhook.retry_delays = (0.05,)
        yield standin


@pytest.fixture
async def adapter(telegram: TelegramStandIn) -> AsyncIterator[TelegramAdapter]:
    async with served(telegram) as adapter:
        yield adapter


async def connected(telegram: TelegramStandIn) -> str:
    """The address that Telegram was told."""
    async with asyncio.timeout(60):
        while telegram.webhook.target is None:
            await asyncio.sleep(0.01)
    return str(telegram.webhook.target.url)


async def delivered(telegram: TelegramStandIn) -> None:
    """Wait until the server has nothing left to deliver."""
    async with asyncio.timeout(60):
        while len(telegram.updates):
            await asyncio.sleep(0.01)


async def post(url: str, body: bytes = b"{}", *, secret: str | None = None) -> int:
    headers = {} if secret is None else {HEADER: secret}
    async with (
        ClientSession() as session,
        session.post(url, data=body, headers=headers) as response,
    ):
        return response.status


async def test_updates_arrive_and_are_acknowledged(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    received = Received()
    await telegram.ask("asked before anybody listened")
    async with listening(adapter, received):
        await received.count(1)
        await telegram.tell("refunds?")
        await received.count(2)
        await delivered(telegram)
        await adapter.send(posting_to(received.messages[1].conversation, "Five days"))
    assert received.texts == ["asked before anybody listened", "refunds?"]
    assert [one.text for one in telegram.posted] == ["Five days"]
    assert telegram.webhook.last_error is None
    assert telegram.unserved == []


async def test_the_webhook_is_set_with_everything_and_only_when_it_differs(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    for _ in range(3):
        async with listening(adapter, Received()):
            address = await connected(telegram)
            await asyncio.sleep(0.2)
    calls = [call for call in telegram.calls if call.method == "setWebhook"]
    assert len(calls) == 1
    assert calls[0].parameters["secret_token"] == SECRET
    assert calls[0].parameters["allowed_updates"] == ["message", "callback_query"]
    assert "/telegram/" in address
    assert telegram.token.partition(":")[2] not in address
    assert SECRET not in address
    telegram.webhook.target = None
    async with listening(adapter, Received()):
        await connected(telegram)


async def test_a_webhook_that_somebody_else_changes_is_set_again(
    telegram: TelegramStandIn,
) -> None:
    async with served(telegram, webhook_check_seconds=0.1) as adapter:
        received = Received()
        async with listening(adapter, received):
            await connected(telegram)
            telegram.webhook.delete({})
            await telegram.ask("refunds?")
            await received.count(1)


async def test_the_check_reports_what_telegram_complains_of(telegram: TelegramStandIn) -> None:
    async with served(telegram, webhook_check_seconds=0.05) as adapter:
        with structlog.testing.capture_logs() as logs:
            async with listening(adapter, Received()):
                await connected(telegram)
                telegram.webhook.last_error = (1, "Wrong response from the webhook: 502")
                async with asyncio.timeout(60):
                    while not [one for one in logs if one["event"] == "telegram.webhook_trouble"]:
                        await asyncio.sleep(0.01)


async def test_trouble_while_setting_it_passes(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    telegram.fail_next(status=502, readable=False, method="setWebhook")
    telegram.fail_next(status=429, retry_after=1, method="getWebhookInfo")
    async with listening(adapter, Received()):
        await connected(telegram)


async def test_a_token_that_is_revoked_is_told_to_the_caller(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    telegram.fail_next(status=401, method="getWebhookInfo")
    with pytest.raises(TokenRejectedError):
        await adapter.listen(Received())


async def test_back_to_polling_loses_nothing(telegram: TelegramStandIn) -> None:
    async def away(_: IncomingMessage) -> None:
        raise UnavailableError("the database is away")

    async with served(telegram) as adapter, listening(adapter, Received(on_message=away)):
        await connected(telegram)
        await telegram.ask("refunds?")
        await asyncio.sleep(0.2)
    received = Received()
    async with adapter_for(telegram) as polling, listening(polling, received):
        await received.count(1)
    assert received.texts == ["refunds?"]
    assert "deleteWebhook" in [call.method for call in telegram.calls]


# Who may come in


async def test_statement_09_a_missing_or_wrong_secret_is_refused_and_never_logged(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    received = Received()
    with structlog.testing.capture_logs() as logs:
        async with listening(adapter, received):
            url = await connected(telegram)
            assert await post(url) == 401
            for wrong in ("wrong-one", f"{SECRET}x", SECRET[:-1], SECRET.upper(), "é", ""):
                assert await post(url, secret=wrong) == 401
            update = b'{"update_id": 1, "message": {"text": "let me in"}}'
            assert await post(url, update, secret="wrong-one") == 401
            assert await post(url, secret=SECRET) == 200
    assert received.messages == []
    refused = [entry for entry in logs if entry["event"] == "telegram.webhook_refused"]
    assert len(refused) == 8
    assert "wrong-one" not in str(logs)
    assert SECRET not in str(logs)


async def test_statement_10_one_bots_secret_does_not_open_another_bots_path(
    telegram: TelegramStandIn,
) -> None:
    async with (
        TelegramStandIn() as other,
        served(telegram, secrets=["secret-of-one"]) as one,
        served(other, secrets=["secret-of-two"]) as two,
        listening(one, Received()),
        listening(two, Received()),
    ):
        first, second = await connected(telegram), await connected(other)
        assert await post(first, secret="secret-of-one") == 200
        assert await post(second, secret="secret-of-one") == 401
        path = second[second.index("/telegram/") :]
        base = first[: first.index("/telegram/")]
        assert await post(base + path, secret="secret-of-one") == 404


async def test_a_new_secret_is_told_to_telegram_and_the_old_one_is_good_meanwhile(
    telegram: TelegramStandIn, unused_tcp_port: int
) -> None:
    before, after = (
        served(telegram, secrets=secrets, port=unused_tcp_port)
        for secrets in (["old"], ["new", "old"])
    )
    async with before as adapter, listening(adapter, Received()):
        await connected(telegram)
    received = Received()
    async with after as adapter, listening(adapter, received):
        await telegram.ask("refunds?")
        await received.count(1)
        url = await connected(telegram)
        for known in ("old", "new"):
            assert await post(url, secret=known) == 200
        assert await post(url, secret="old,new") == 401
    secrets = [
        call.parameters["secret_token"] for call in telegram.calls if call.method == "setWebhook"
    ]
    assert secrets == ["old", "new"]


@pytest.mark.parametrize("secret", ["", "with space", "ü", "x" * 257, "a:b"])
def test_a_secret_that_telegram_would_refuse_is_named_but_not_shown(secret: str) -> None:
    with pytest.raises(ConfigurationError, match="TELEGRAM_WEBHOOK_SECRET") as raised:
        TelegramConfig(token="1:A", webhook_secrets=("good", secret), public_url="https://x.y")
    assert not secret or secret not in str(raised.value).replace("and -; a", "")


def test_without_an_address_of_ours_updates_are_polled() -> None:
    assert not TelegramConfig(token="1:A", webhook_secrets=("good",)).has_webhook
    assert not TelegramConfig(token="1:A", public_url="https://x.y").has_webhook
    config = TelegramConfig(token="1:A", webhook_secrets=("good",), public_url="https://x.y/")
    assert config.has_webhook
    assert TelegramAdapter(TelegramConfig(token="1:A")).routes == ()
    assert "good" not in repr(config)


# What comes in


async def test_a_body_over_the_limit_is_refused_before_it_is_read(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(2 * BODY_LIMIT // 65_536 + 1):
            yield b" " * 65_536

    async with listening(adapter, Received()), ClientSession() as session:
        url = await connected(telegram)
        for body in (io.BytesIO(b" " * (BODY_LIMIT + 1)), endless()):
            async with session.post(url, data=body, headers={HEADER: SECRET}) as response:
                assert response.status == 413


@pytest.mark.parametrize("body", [b"not json", b"{", b"\xff", b"[" * 10_000])
async def test_what_is_no_json_is_refused(
    telegram: TelegramStandIn, adapter: TelegramAdapter, body: bytes
) -> None:
    async with listening(adapter, Received()):
        assert await post(await connected(telegram), body, secret=SECRET) == 400


@pytest.mark.parametrize("body", [b"7", b"{}", b'{"update_id": 1, "message": {"text": "x"}}'])
async def test_what_can_never_be_understood_is_not_sent_again(
    telegram: TelegramStandIn, adapter: TelegramAdapter, body: bytes
) -> None:
    async with listening(adapter, Received()):
        assert await post(await connected(telegram), body, secret=SECRET) == 200


async def test_while_nobody_listens_telegram_is_asked_to_come_back(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    async with listening(adapter, Received()):
        url = await connected(telegram)
    assert await post(url, secret=SECRET) == 503


async def test_statement_14_while_the_store_is_away_telegram_gets_503_and_sends_again(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    failures = iter([True] * 2)
    started = asyncio.get_running_loop().time()

    async def flaky(_: IncomingMessage) -> None:
        if next(failures, False):
            raise UnavailableError("the database is away")

    received = Received(on_message=flaky)
    async with listening(adapter, received):
        await telegram.ask("refunds?")
        await received.count(1)
        await delivered(telegram)
    assert telegram.webhook.requests == 3
    assert asyncio.get_running_loop().time() - started >= 2, "as Retry-After asks"
    assert telegram.webhook.last_error is not None
    assert "503" in telegram.webhook.last_error[1]


async def test_statement_15_acknowledging_calls_nobody(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    received = Received()
    async with listening(adapter, received):
        await connected(telegram)
        await delivered(telegram)
        before = len(telegram.calls)
        for number in range(5):
            await telegram.ask("refunds?", person=f"p{number}")
            await telegram.tell("refunds?", person=f"p{number}")
        await received.count(10)
        await delivered(telegram)
        assert len(telegram.calls) == before


async def test_a_fault_of_ours_is_logged_and_repeated(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    faults = iter([True])

    async def faulty(_: IncomingMessage) -> None:
        if next(faults, False):
            raise ZeroDivisionError

    received = Received(on_message=faulty)
    with structlog.testing.capture_logs() as logs:
        async with listening(adapter, received):
            await telegram.ask("refunds?")
            await received.count(1)
    assert [entry for entry in logs if entry["event"] == "telegram.not_received"]


async def test_an_update_is_acknowledged_only_when_it_is_committed(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    arrived, commit = asyncio.Event(), asyncio.Event()

    async def slow(_: IncomingMessage) -> None:
        arrived.set()
        await commit.wait()

    async with listening(adapter, Received(on_message=slow)):
        await telegram.ask("refunds?")
        await arrived.wait()
        await asyncio.sleep(0.2)
        assert len(telegram.updates) == 1, "still the server's"
        commit.set()
        await delivered(telegram)


async def test_a_lost_acknowledgement_brings_the_same_update_again(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    telegram.lose_webhook_answers(1)
    received = Received()
    async with listening(adapter, received):
        await telegram.ask("refunds?")
        await received.count(2)
        await delivered(telegram)
    assert len({message.dedupe_key for message in received.messages}) == 1


async def test_statement_21_one_chat_keeps_its_order_though_its_requests_are_parallel(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    telegram.webhook.parallel_chats = True
    other = asyncio.Event()

    async def commit(message: IncomingMessage) -> None:
        if message.text == "other":
            other.set()
        elif message.text == "q0":
            await other.wait()

    received = Received(on_message=commit)
    async with listening(adapter, received):
        await connected(telegram)
        await telegram.ask("q0", channel="busy")
        for number in range(1, 20):
            await asyncio.sleep(0.005)
            await telegram.ask(f"q{number}", channel="busy")
        await telegram.ask("other", channel="quiet")
        await received.count(21)
    assert received.texts == ["other", *(f"q{number}" for number in range(20))]
    assert adapter._webhook._lanes == {}


async def test_what_came_after_a_failure_does_not_overtake_its_repeat(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    begun, fail = asyncio.Event(), asyncio.Event()

    async def commit(message: IncomingMessage) -> None:
        if message.text == "first" and not begun.is_set():
            begun.set()
            await fail.wait()
            raise UnavailableError("the database is away")

    received = Received(on_message=commit)
    async with listening(adapter, received):
        url = await connected(telegram)
        first, second = sample("private_text"), sample("private_text")
        first["message"]["text"], second["message"]["text"] = "first", "second"
        second["update_id"] += 1
        async with ClientSession(headers={HEADER: SECRET}) as session, asyncio.TaskGroup() as group:
            one = group.create_task(session.post(url, json=first))
            await begun.wait()
            two = group.create_task(session.post(url, json=second))
            await asyncio.sleep(0.1)
            fail.set()
        assert [(await one).status, (await two).status] == [503, 503]
    assert received.messages == []


@pytest.mark.parametrize("transport", ["webhook", "polling"])
async def test_statement_19_the_same_update_twice_has_one_key(
    telegram: TelegramStandIn, transport: str
) -> None:
    opened = served(telegram) if transport == "webhook" else adapter_for(telegram)
    received = Received()
    async with opened as adapter, listening(adapter, received):
        await telegram.ask("refunds?", copies=2)
        await telegram.ask("books?")
        await received.count(3)
    keys = [message.dedupe_key for message in received.messages if message.text == "refunds?"]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert len({message.dedupe_key for message in received.messages}) == 2


async def test_statement_20_a_lower_number_is_received(
    telegram: TelegramStandIn, adapter: TelegramAdapter
) -> None:
    received = Received()
    telegram.updates.next_number = 900_000
    async with listening(adapter, received):
        await telegram.ask("before")
        await received.count(1)
        telegram.updates.next_number = 5
        await telegram.ask("after")
        await received.count(2)
    assert received.texts == ["before", "after"]


@pytest.mark.parametrize("transport", ["webhook", "polling"])
async def test_statement_22_talk_edits_and_news_trigger_nothing(
    telegram: TelegramStandIn, transport: str
) -> None:
    opened = served(telegram) if transport == "webhook" else adapter_for(telegram)
    received = Received()
    async with opened as adapter, listening(adapter, received):
        asked = await telegram.ask("refunds?")
        await received.count(1)
        telegram.edit(asked, f"@{telegram.username} refunds!")
        telegram.say("lunch?")
        telegram.invite("another")
        telegram.block("bob")
        telegram.upgrade("old")
        await telegram.ask("books?")
        await received.count(2)
    assert received.texts == ["refunds?", "books?"]


async def test_two_processes_that_both_get_every_update(telegram: TelegramStandIn) -> None:
    one, two = Received(), Received()
    async with served(telegram) as first, served(telegram) as second:
        assert second._config.public_url is not None
        telegram.webhook.mirrors = (second._config.public_url,)
        second._webhook.intake = None
        async with listening(first, one):
            await connected(telegram)
            async with listening(second, two):
                await telegram.ask("refunds?")
                await two.count(1)
                await one.count(1)
    assert set(one.texts) == set(two.texts) == {"refunds?"}


# The whole bot


async def test_the_bot_answers_over_its_webhook_and_goes_back_to_polling(
    telegram: TelegramStandIn, addresses: Addresses, tmp_path: Path
) -> None:
    await teach(addresses)
    port = free_port()
    polling = bot_environment(addresses, telegram.environment, port=port)
    webhook = polling | {
        "PUBLIC_URL": f"http://127.0.0.1:{port}/",
        "TELEGRAM_WEBHOOK_SECRET": f"{SECRET}, the-one-before",
    }
    await telegram.ask("how can I reset my password?")
    async with running_bot(webhook, tmp_path / "webhook.log") as bot:
        await telegram.answered(1, timeout=60)
        assert telegram.webhook.target is not None
        await telegram.click(telegram.posted[0], "👍", person="bob")
        await telegram.answered(2, timeout=60)
        await telegram.command("/usage", person="eve", copies=2)
        await telegram.answered(3, timeout=60)
        await delivered(telegram)
        assert await bot.stop() == 0
    telegram.stranger("mallory")
    async with running_bot(polling, tmp_path / "polling.log") as bot:
        await telegram.command("/usage", person="mallory")
        await telegram.answered(4, timeout=60)
        assert telegram.webhook.target is None
        assert await bot.stop() == 0
    seen = [(one.visible_to, one.text.split()[0]) for one in telegram.posted]
    assert seen == [(None, "Open"), ("bob", "Thank"), ("eve", "You"), (None, "That")]
    assert SECRET not in (tmp_path / "webhook.log").read_text()
