"""Slack's adapter on sockets that come and go."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp
import pytest

from adapters.platforms.slack.adapter import SlackAdapter
from adapters.platforms.slack.config import SlackConfig
from adapters.platforms.slack.sockets import Pace
from adapters.platforms.slack.webapi import TIMEOUT
from core.errors import ConfigurationError, TokenRejectedError
from core.messages import IncomingMessage
from simulator.slack import SlackStandIn
from simulator.slack.deliveries import Channel, Parcel
from tests.platforms.slack import Received, until
from tests.platforms.test_slack_transports import FAST_RETRIES, QUICK, configured

OPEN = "apps.connections.open"


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(
        retry_delays=FAST_RETRIES, both_events=False, socket_mode=True
    ) as standin:
        yield standin


@asynccontextmanager
async def connected(
    slack: SlackStandIn,
    received: Received,
    pace: Pace = QUICK,
    timeout: aiohttp.ClientTimeout = TIMEOUT,
) -> AsyncIterator[asyncio.Future[None]]:
    """A bot with its sockets open, and the task in which it listens."""
    bot = SlackAdapter(
        configured(slack), clock=lambda: datetime.now(UTC), pace=pace, timeout=timeout
    )
    async with bot:
        assert list(bot.routes) == []
        task = asyncio.ensure_future(bot.listen(received))
        try:
            await until(lambda: len(slack.api.sockets.open) == 2)
            yield task
        finally:
            task.cancel()
            await asyncio.wait([task])


async def asked_and_heard(slack: SlackStandIn, received: Received, count: int) -> None:
    """Whatever is asked from now on arrives, and is acknowledged."""
    before = len(received.messages)
    for number in range(count):
        await slack.ask(f"question {number}")
    await until(lambda: len(received.messages) >= before + count)


async def test_two_sockets_share_the_deliveries(slack: SlackStandIn) -> None:
    received = Received()
    async with connected(slack, received):
        await asked_and_heard(slack, received, 10)
        await until(lambda: len(slack.attempts) == 10)
    assert {attempt.target for attempt in slack.attempts} == {"socket 1", "socket 2"}
    assert {attempt.status for attempt in slack.attempts} == {200}


async def test_an_envelope_is_acknowledged_once_it_is_committed(slack: SlackStandIn) -> None:
    committed = asyncio.Event()

    async def commit(_message: IncomingMessage) -> None:
        await committed.wait()

    received = Received(on_message=commit)
    async with connected(slack, received):
        await slack.ask("hi")
        await until(lambda: received.messages)
        await asyncio.sleep(0.1)
        assert slack.attempts == []
        committed.set()
        await until(lambda: slack.attempts)
    assert slack.attempts[0].status == 200


@pytest.mark.parametrize("notice", ["warning", "refresh_requested"])
async def test_a_refresh_never_leaves_the_bot_without_a_socket(
    slack: SlackStandIn, notice: str
) -> None:
    received = Received()
    async with connected(slack, received):
        sockets = slack.api.sockets
        for number in range(6):
            opened = sockets.opened
            await sockets.disconnect(notice, which=number % 2, after=0.1)
            await until(lambda opened=opened: sockets.opened > opened)  # type: ignore[misc]
            await asked_and_heard(slack, received, 5)
            await until(lambda: len(sockets.open) == 2)
        assert sockets.fewest >= 1
        await until(lambda: len(slack.attempts) >= 30)
    assert {attempt.number for attempt in slack.attempts} == {0}


async def test_a_refresh_of_all_sockets_at_once_is_overlapped(slack: SlackStandIn) -> None:
    received = Received()
    async with connected(slack, received):
        await slack.api.sockets.disconnect("warning")
        await until(lambda: slack.api.sockets.opened == 4)
        await asked_and_heard(slack, received, 5)
        await until(lambda: len(slack.api.sockets.open) == 2)
        assert slack.api.sockets.fewest >= 2
    assert all(attempt.status == 200 for attempt in slack.attempts)


async def test_what_was_begun_is_acknowledged_on_the_socket_that_leaves(
    slack: SlackStandIn,
) -> None:
    committed = asyncio.Event()

    async def commit(_message: IncomingMessage) -> None:
        await committed.wait()

    received = Received(on_message=commit)
    async with connected(slack, received):
        await slack.ask("hi")
        await until(lambda: received.messages)
        await slack.api.sockets.disconnect("warning")
        await until(lambda: slack.api.sockets.opened == 4)
        await asyncio.sleep(QUICK.linger + 0.2)
        committed.set()
        await until(lambda: slack.attempts)
    assert (slack.attempts[0].status, len(received.messages)) == (200, 1)


async def test_sockets_that_break_are_opened_again_and_nothing_is_lost(
    slack: SlackStandIn,
) -> None:
    received = Received()
    async with connected(slack, received):
        for _ in range(3):
            await slack.ask("during")
            slack.api.sockets.cut()
            await until(lambda: len(slack.api.sockets.open) == 2)
            await asyncio.sleep(QUICK.shortest_life)
        await until(lambda: len({message.message_id for message in received.messages}) == 3)
        await asked_and_heard(slack, received, 3)
    keys = {message.dedupe_key for message in received.messages}
    assert len(keys) == 6


async def test_a_socket_that_falls_silent_is_replaced(slack: SlackStandIn) -> None:
    received = Received()
    quick = Pace(pauses=(0.0, 0.05), heartbeat=0.4, linger=0.2, shortest_life=0.05)
    async with connected(slack, received, quick):
        slack.api.sockets.fall_silent()
        await slack.ask("anybody?")
        await until(lambda: slack.api.sockets.opened >= 4)
        await until(lambda: received.messages)
        await until(lambda: slack.attempts and slack.attempts[-1].acknowledged)


async def test_stopping_does_not_wait_for_a_silent_slack(slack: SlackStandIn) -> None:
    async with connected(slack, Received()) as listening:
        slack.api.sockets.fall_silent()
        began = asyncio.get_running_loop().time()
        listening.cancel()
        await asyncio.wait([listening])
        assert asyncio.get_running_loop().time() - began < 3 * QUICK.farewell


async def test_a_socket_that_looks_alive_is_replaced_in_time(slack: SlackStandIn) -> None:
    received = Received()
    short = Pace(pauses=(0.0,), linger=0.1, shortest_life=0.05, longest_life=0.3)
    async with connected(slack, received, short):
        await until(lambda: slack.api.sockets.opened >= 6)
        assert slack.api.sockets.fewest >= 2
        await asked_and_heard(slack, received, 3)


async def test_a_socket_outlives_the_time_limit_of_calls(slack: SlackStandIn) -> None:
    received = Received()
    async with connected(slack, received, timeout=aiohttp.ClientTimeout(total=1.2)):
        await asyncio.sleep(1.4)
        await asked_and_heard(slack, received, 2)
        assert slack.api.sockets.opened == 2


async def test_too_many_sockets_are_waited_out(slack: SlackStandIn) -> None:
    received = Received()
    async with connected(slack, received):
        await slack.api.sockets.disconnect("too_many_websockets", which=0)
        await until(lambda: slack.api.sockets.opened == 3)
        await asked_and_heard(slack, received, 2)


@pytest.mark.parametrize(
    "trouble",
    [
        {"status": 500},
        {"error": "internal_error"},
        {"status": 429, "error": "ratelimited", "retry_after": 0},
    ],
)
async def test_a_passing_fault_at_the_start_is_waited_out(
    slack: SlackStandIn, trouble: dict[str, object]
) -> None:
    slack.fail_next(method=OPEN, count=2, **trouble)  # type: ignore[arg-type]
    received = Received()
    async with connected(slack, received):
        await asked_and_heard(slack, received, 1)
    assert slack.api.calls.count(OPEN) == 4


@pytest.mark.parametrize("token", ["xapp-1-A000000001-1-wrong", "xapp-wrong"])
async def test_a_refused_app_token_ends_listening_after_one_call(
    slack: SlackStandIn, token: str
) -> None:
    config = configured(slack, SLACK_APP_TOKEN=token)
    async with SlackAdapter(config, clock=lambda: datetime.now(UTC), pace=QUICK) as bot:
        with pytest.raises(TokenRejectedError, match="SLACK_APP_TOKEN: invalid_auth"):
            await bot.listen(Received())
    assert slack.api.calls.count(OPEN) == 1


@pytest.mark.parametrize("error", ["missing_scope", "not_allowed_token_type", "account_inactive"])
async def test_an_app_token_that_may_not_open_sockets_is_refused(
    slack: SlackStandIn, error: str
) -> None:
    slack.fail_next(method=OPEN, error=error)
    async with SlackAdapter(configured(slack), clock=lambda: datetime.now(UTC), pace=QUICK) as bot:
        with pytest.raises(TokenRejectedError, match=error):
            await bot.listen(Received())


async def test_statement_29_an_app_token_revoked_later_ends_listening(
    slack: SlackStandIn,
) -> None:
    """Statement 29: no further call is made with a token that was refused."""
    async with connected(slack, Received()) as listening:
        slack.api.app_token = "another"
        slack.api.sockets.cut()
        with pytest.raises(TokenRejectedError):
            await listening
        calls = slack.api.calls.count(OPEN)
        await asyncio.sleep(0.3)
        assert slack.api.calls.count(OPEN) == calls <= 4


async def test_a_bot_token_refused_by_slack_ends_listening_over_sockets_too(
    slack: SlackStandIn,
) -> None:
    slack.api.token_error = "token_revoked"
    async with SlackAdapter(configured(slack), clock=lambda: datetime.now(UTC), pace=QUICK) as bot:
        with pytest.raises(TokenRejectedError, match="token_revoked"):
            await bot.listen(Received())


async def test_what_is_for_another_app_is_not_taken(slack: SlackStandIn) -> None:
    received = Received()
    async with connected(slack, received):
        for channel in Channel:
            payload: dict[str, object] = {
                "api_app_id": "A0ANOTHER",
                "type": "block_actions",
                "team_id": "T1",
                "event": {"type": "app_mention", "user": "U1", "ts": "1.0", "channel": "C1"},
                "command": "/ask",
                "user_id": "U1",
                "channel_id": "C1",
                "trigger_id": "1",
            }
            parcel = Parcel(id=channel.value, channel=channel, payload=payload)
            attempt = await slack.deliveries.deliver(parcel, slack.api.sockets)
            assert attempt is not None
            assert attempt.acknowledged
        await asked_and_heard(slack, received, 1)
    assert len(received.messages) == 1


async def test_frames_that_are_no_envelopes_are_passed_over(slack: SlackStandIn) -> None:
    received = Received()
    async with connected(slack, received):
        for socket in slack.api.sockets.open:
            for text in ("", "no json", "[1]", '{"type":"hello"}', '{"envelope_id":["x"]}'):
                await socket.response.send_str(text)
            await socket.response.send_bytes(b"\x00\xff")
        await asked_and_heard(slack, received, 2)
        assert slack.api.sockets.opened == 2


async def test_no_secret_of_a_socket_is_logged(
    slack: SlackStandIn, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    issue = slack.api.sockets.issue
    slack.api.methods[OPEN] = lambda _: {"url": "ws://127.0.0.1:1/link/?ticket=a-secret-ticket"}
    async with SlackAdapter(configured(slack), clock=lambda: datetime.now(UTC), pace=QUICK) as bot:
        task = asyncio.ensure_future(bot.listen(Received()))
        await until(lambda: slack.api.calls.count(OPEN) >= 3)
        slack.api.methods[OPEN] = issue
        await until(lambda: len(slack.api.sockets.open) == 2)
        slack.api.sockets.cut()
        await until(lambda: slack.api.sockets.opened >= 4)
        task.cancel()
        await asyncio.wait([task])
    printed = capsys.readouterr()
    shown = printed.out + printed.err + caplog.text + repr(configured(slack))
    assert "no_socket" in shown
    assert not re.search(rf"a-secret-ticket|ticket=|{slack.api.app_token}", shown)


def test_an_app_token_says_whose_it_is_and_replaces_the_signing_secret() -> None:
    config = SlackConfig.from_settings(bot_token="xoxb-1", app_token=" xapp-1-A01ABC-12-abc ")
    assert config.app_id == "A01ABC"
    assert SlackConfig.from_settings(bot_token="xoxb-1", app_token="xapp-odd").app_id == ""
    with pytest.raises(ConfigurationError, match="SLACK_APP_TOKEN"):
        SlackConfig.from_settings(bot_token="xoxb-1", app_token="xoxb-1")
