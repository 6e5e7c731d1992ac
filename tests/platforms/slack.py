"""What the tests of Slack's adapter share."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from aiohttp import web

from adapters.platforms.slack.edge import Edge
from adapters.platforms.slack.intake import Intake
from core.messages import Button, Conversation, IncomingMessage, Platform, Posting, ReplyHandle

SAMPLES = Path(__file__).parent / "samples" / "slack"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


def sample(name: str) -> dict[str, object]:
    """A payload from the samples folder; its `_source` says where the shape is from."""
    payload = json.loads((SAMPLES / f"{name}.json").read_text())
    assert isinstance(payload, dict)
    assert payload["_source"]
    return payload


def ignored_samples() -> list[str]:
    return sorted(path.stem for path in SAMPLES.glob("ignored_*.json"))


@dataclass
class Received:
    """A `receive` that keeps what it was given, and fails as it is told."""

    messages: list[IncomingMessage] = field(default_factory=list)
    apologies: list[tuple[str, str]] = field(default_factory=list)
    error: Exception | None = None
    on_message: Callable[[IncomingMessage], Awaitable[None]] | None = None

    async def __call__(self, message: IncomingMessage) -> None:
        if self.error is not None:
            raise self.error
        self.messages.append(message)
        if self.on_message is not None:
            await self.on_message(message)


@asynccontextmanager
async def taking(received: Received, *, listens: bool = True) -> AsyncIterator[Edge]:
    """The edge of an adapter that listens, with a clock that stands still."""

    async def apologize(handle: ReplyHandle, text: str) -> None:
        received.apologies.append((handle.value, text))

    intake = Intake(clock=lambda: NOW, apologize=apologize)
    edge = Edge(secrets=[SECRET.encode()], clock=lambda: NOW, intake=intake)
    if not listens:
        yield edge
        return

    async def keep_open() -> None:
        async with intake.open(received):
            await asyncio.Event().wait()

    # A fixture is torn down by another task than the one that set it up.
    task = asyncio.ensure_future(keep_open())
    await asyncio.sleep(0)
    try:
        yield edge
    finally:
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def served(routes: list[web.RouteDef]) -> AsyncIterator[str]:
    """An HTTP server with these routes on a free port; its base address."""
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def until(condition: Callable[[], object]) -> None:
    """Wait patiently for something that comes about by itself."""
    async with asyncio.timeout(60):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


def posting(
    text: str,
    *,
    channel: str = "C000000001",
    thread: str = "",
    plain: bool = False,
    buttons: Sequence[Button] = (),
    visible_to: str | None = None,
    handle: ReplyHandle | None = None,
) -> Posting:
    return Posting(
        id=uuid4(),
        message_id=uuid4(),
        conversation=Conversation(
            platform=Platform.SLACK,
            space="T000000001",
            channel=channel,
            thread=thread,
            direct=channel.startswith("D"),
        ),
        conversation_id=uuid4(),
        reply_to=None,
        text=text,
        plain=plain,
        written_at=NOW,
        buttons=tuple(buttons),
        visible_to=visible_to,
        handle=handle,
    )
