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

from adapters.platforms.discord.adapter import DiscordAdapter
from adapters.platforms.discord.config import DiscordConfig
from adapters.platforms.discord.missed import LastSeen
from core.messages import Conversation, IncomingMessage, Platform, Posting
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
            channel = message.conversation.channel
            newest[channel] = max(newest.get(channel, 0), int(message.message_id))
        return {channel: str(mark) for channel, mark in newest.items()}

    async def count(self, number: int) -> None:
        """Wait for so many messages."""
        async with asyncio.timeout(15):
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
