"""What the tests of Telegram's adapter share."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiohttp import web

from adapters.platforms.telegram.adapter import TelegramAdapter
from adapters.platforms.telegram.config import TelegramConfig
from core.messages import Conversation, IncomingMessage, Platform, Posting
from simulator.telegram import TelegramStandIn

SECRET = "the-secret-of-the-tests"
SAMPLES = Path(__file__).parent / "samples" / "telegram"


def sample(name: str) -> dict[str, Any]:
    """An update from the samples folder."""
    update = json.loads((SAMPLES / f"{name}.json").read_text())
    assert isinstance(update, dict)
    return update


def ignored_samples() -> list[str]:
    return sorted(path.stem for path in SAMPLES.glob("ignored_*.json"))


@dataclass
class Received:
    """A `receive` that keeps what it was given, and fails as it is told."""

    messages: list[IncomingMessage] = field(default_factory=list)
    on_message: Callable[[IncomingMessage], Awaitable[None]] | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, message: IncomingMessage) -> None:
        if self.on_message is not None:
            await self.on_message(message)
        self.messages.append(message)
        self._news.set()

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages]

    async def count(self, number: int) -> None:
        """Wait for so many messages."""
        async with asyncio.timeout(60):
            while len(self.messages) < number:
                self._news.clear()
                await self._news.wait()


def adapter_for(telegram: TelegramStandIn, **options: Any) -> TelegramAdapter:
    return TelegramAdapter(TelegramConfig(token=telegram.token, api_url=telegram.url), **options)


@asynccontextmanager
async def served(
    telegram: TelegramStandIn,
    *,
    secrets: Sequence[str] = (SECRET,),
    port: int = 0,
    **options: Any,
) -> AsyncIterator[TelegramAdapter]:
    """An adapter whose updates are sent to it, behind an HTTP server of its own."""
    sock = socket.create_server(("127.0.0.1", port))
    public_url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    config = TelegramConfig(
        token=telegram.token,
        api_url=telegram.url,
        webhook_secrets=tuple(secrets),
        public_url=public_url,
    )
    application = web.Application()
    async with TelegramAdapter(config, **options) as adapter:
        application.add_routes(adapter.routes)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.SockSite(runner, sock).start()
        try:
            yield adapter
        finally:
            await runner.cleanup()


@asynccontextmanager
async def listening(
    adapter: TelegramAdapter, receive: Callable[[IncomingMessage], Awaitable[None]]
) -> AsyncIterator[None]:
    """Listen behind the test's back."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(adapter.listen(receive))
        try:
            yield
        finally:
            task.cancel()


def posting_to(
    conversation: Conversation, text: str, *, reply_to: str | None = None, plain: bool = False
) -> Posting:
    return Posting(
        id=uuid4(),
        message_id=uuid4(),
        conversation=conversation,
        conversation_id=uuid4(),
        reply_to=reply_to,
        text=text,
        plain=plain,
        written_at=datetime.now(UTC),
    )


def conversation_in(channel: str, thread: str = "0") -> Conversation:
    return Conversation(platform=Platform.TELEGRAM, space="1", channel=channel, thread=thread)
