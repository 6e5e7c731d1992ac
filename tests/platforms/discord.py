"""What the tests of Discord's adapter share."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiohttp import web

from adapters.platforms.discord.adapter import DiscordAdapter
from adapters.platforms.discord.config import DiscordConfig
from adapters.platforms.discord.missed import LastSeen
from core.messages import (
    Button,
    Conversation,
    IncomingMessage,
    Kind,
    Platform,
    Posting,
    ReplyHandle,
)
from simulator.discord import DiscordStandIn
from simulator.standin import Asked

SAMPLES = Path(__file__).parent / "samples" / "discord"
BOT = "1200000000000000007"
GUILD = "1150000000000000000"


def sample(name: str) -> dict[str, Any]:
    """A payload from the samples folder; its `_source` says where the shape is from."""
    payload = json.loads((SAMPLES / f"{name}.json").read_text())
    assert isinstance(payload, dict)
    assert payload["_source"]
    return payload


def ignored_samples() -> list[str]:
    return sorted(path.stem for path in SAMPLES.glob("ignored_*.json"))


@dataclass
class Received:
    """An inbox: it keeps what it was given once, and fails as it is told."""

    messages: list[IncomingMessage] = field(default_factory=list)
    repeats: int = 0
    on_message: Callable[[IncomingMessage], Awaitable[None]] | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, message: IncomingMessage) -> None:
        if self.on_message is not None:
            await self.on_message(message)
        if message.message_id in self.ids:
            self.repeats += 1
            return
        self.messages.append(message)
        self._news.set()

    @property
    def ids(self) -> list[str]:
        return [message.message_id for message in self.messages]

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages]

    async def seen(self) -> Mapping[str, str]:
        """The newest message of each channel, as the adapter's `last_seen`."""
        newest: dict[str, int] = {}
        for message in self.messages:
            if message.kind is not Kind.MESSAGE:
                continue
            channel = message.conversation.channel
            newest[channel] = max(newest.get(channel, 0), int(message.message_id))
        return {channel: str(mark) for channel, mark in newest.items()}

    async def count(self, number: int) -> None:
        """Wait for so many messages."""
        async with asyncio.timeout(60):
            while len(self.messages) < number:
                self._news.clear()
                await self._news.wait()


async def nothing_seen() -> Mapping[str, str]:
    return {}


def config_for(discord: DiscordStandIn, **changes: Any) -> DiscordConfig:
    settings = {
        "token": discord.token,
        "api_url": discord.api_url,
        "gateway_url": discord.gateway.address,
        "public_key": discord.public_key,
    }
    return DiscordConfig(**{**settings, **changes})


def adapter_for(
    discord: DiscordStandIn, *, last_seen: LastSeen = nothing_seen, **changes: Any
) -> DiscordAdapter:
    return DiscordAdapter(config_for(discord, **changes), last_seen=last_seen)


@asynccontextmanager
async def listening(
    discord: DiscordStandIn, received: Received, *, last_seen: LastSeen | None = None
) -> AsyncIterator[DiscordAdapter]:
    """An adapter that is connected."""
    async with adapter_for(discord, last_seen=last_seen or received.seen) as adapter:
        listener = asyncio.ensure_future(adapter.listen(received))
        connection = asyncio.ensure_future(discord.connected(discord.gateway.connected + 1))
        try:
            await asyncio.wait({listener, connection}, return_when=asyncio.FIRST_COMPLETED)
            if listener.done():
                await listener
            await connection
            yield adapter
        finally:
            for task in (listener, connection):
                task.cancel()
            await asyncio.gather(listener, connection, return_exceptions=True)


def posting_for(
    asked: Asked,
    text: str = "Within 14 days.",
    *,
    plain: bool = False,
    age: timedelta = timedelta(),
    direct: bool = False,
) -> Posting:
    return Posting(
        id=uuid4(),
        message_id=uuid4(),
        conversation=Conversation(
            platform=Platform.DISCORD,
            space="dm" if direct else GUILD,
            channel=asked.channel,
            direct=direct,
        ),
        conversation_id=uuid4(),
        reply_to=asked.id,
        text=text,
        plain=plain,
        written_at=datetime.now(UTC) - age,
    )


def reply_to(
    message: IncomingMessage,
    text: str = "Within 14 days.",
    *,
    private: bool = False,
    buttons: tuple[Button, ...] = (),
    handle: ReplyHandle | None = None,
    restarted: bool = False,
) -> Posting:
    """What core posts in answer to a message; after a restart the handle is gone."""
    return Posting(
        id=uuid4(),
        message_id=uuid4(),
        conversation=message.conversation,
        conversation_id=uuid4(),
        reply_to=message.message_id,
        text=text,
        written_at=datetime.now(UTC),
        buttons=buttons,
        visible_to=message.author.id if private else None,
        handle=None if restarted else handle or message.handle,
    )


@asynccontextmanager
async def serving(adapter: DiscordAdapter) -> AsyncIterator[str]:
    """The adapter's HTTP routes on a port of their own; yields the endpoint's address."""
    application = web.Application()
    application.add_routes(adapter.routes)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/discord/interactions"
    finally:
        await runner.cleanup()
