"""Discord shows that the bot is typing, and no message has to wait for it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.errors import RateLimitedError, RejectedError
from core.messages import Capability
from core.ports.platform import ShowsTyping
from simulator.discord import DiscordStandIn
from tests.contract.inbox import until
from tests.platforms.discord import Received, adapter_for, listening, posting_for

TYPING = "POST /channels/*/typing"


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as stand_in:
        yield stand_in


def test_it_is_declared(discord: DiscordStandIn) -> None:
    adapter = adapter_for(discord)
    assert isinstance(adapter, ShowsTyping)
    assert Capability.TYPING in adapter.capabilities


async def test_statement_26_typing_waits_for_no_message_and_no_message_for_it(
    discord: DiscordStandIn,
) -> None:
    async with listening(discord, Received()) as adapter:
        posting = posting_for(await discord.ask("hello"))
        channel = posting.conversation.channel
        discord.fail_next(429, retry_after=2.0, route=f"POST /channels/{channel}/messages")
        sending = asyncio.ensure_future(adapter.send(posting))
        await until(lambda: any(one.status == 429 for one in discord.api.requests))
        for _ in range(10):
            await adapter.show_typing(posting.conversation)
        assert not sending.done()
        await sending

    assert discord.record.typed == [channel] * 10
    assert len(discord.posted) == 1


async def test_statement_26_a_429_on_typing_is_told_at_once_and_holds_up_no_message(
    discord: DiscordStandIn,
) -> None:
    async with listening(discord, Received()) as adapter, asyncio.timeout(60):
        posting = posting_for(await discord.ask("hello"))
        discord.fail_next(429, retry_after=30.0, route=TYPING)
        with pytest.raises(RateLimitedError) as pause:
            await adapter.show_typing(posting.conversation)
        await adapter.send(posting)

    assert pause.value.retry_after.total_seconds() == 30
    assert len(discord.posted) == 1


async def test_a_ban_by_the_edge_stops_every_call(discord: DiscordStandIn) -> None:
    async with listening(discord, Received()) as adapter, asyncio.timeout(60):
        posting = posting_for(await discord.ask("hello"))
        discord.fail_next(429, html=True, route=TYPING)
        for _ in range(2):
            with pytest.raises(RateLimitedError):
                await adapter.show_typing(posting.conversation)
        with pytest.raises(RateLimitedError):
            await adapter.send(posting)

    assert [request.path for request in discord.api.requests if "typing" in request.path] == [
        f"/channels/{posting.conversation.channel}/typing"
    ]


async def test_where_the_bot_may_not_type_it_says_so(discord: DiscordStandIn) -> None:
    async with listening(discord, Received()) as adapter:
        posting = posting_for(await discord.ask("hello"))
        discord.fail_next(403, code=50001, route=TYPING)
        with pytest.raises(RejectedError):
            await adapter.show_typing(posting.conversation)
