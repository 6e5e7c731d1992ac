"""A stand-in for a server with a language model: it says what a test has written down for it."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

MODEL = "small-model"
KEY = "sk-secret-of-the-tests"
SPENT = {"prompt_tokens": 200, "completion_tokens": 20, "total_tokens": 220}


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """One answer: its pieces, and what goes wrong with it.

    `after` are seconds before the first piece, `between` those before each other one; `cut` ends
    the connection without an end of the answer; `raw` is sent in the place of the first piece.
    """

    pieces: Sequence[str] = ()
    finish: str | None = "stop"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    after: float = 0.0
    between: float = 0.0
    cut: bool = False
    endless: bool = False
    raw: str = ""
    usage: bool = True


def says(*pieces: str, **more: Any) -> Says:
    """An answer in these pieces."""
    return Says(pieces=pieces, **more)


@dataclass(slots=True, kw_only=True)
class Asked:
    """A request as it came."""

    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def instructions(self) -> str:
        """What the bot tells the model."""
        [message] = [one for one in self.body["messages"] if one["role"] == "system"]
        text: str = message["content"]
        return text

    @property
    def material(self) -> dict[str, Any]:
        """What it tells it about."""
        [message] = [one for one in self.body["messages"] if one["role"] == "user"]
        material: dict[str, Any] = json.loads(message["content"])
        return material


Think = Callable[[Asked], Says]


@dataclass(slots=True, kw_only=True)
class ModelServer:
    """Says what is in `script`, then what it thinks of a question. `asked` is what came."""

    url: str = ""
    script: deque[Says] = field(default_factory=deque)
    think: Think = lambda _: says("NO_ANSWER")
    asked: list[Asked] = field(default_factory=list)
    models: Sequence[str] = (MODEL,)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a bot that uses it."""
        return {"OPENAI_BASE_URL": self.url, "OPENAI_API_KEY": KEY, "COMPLETER_MODEL": MODEL}

    async def complete(self, request: web.Request) -> web.StreamResponse:
        """POST /v1/chat/completions, streamed."""
        asked = Asked(headers=dict(request.headers), body=await request.json())
        self.asked.append(asked)
        answer = self.script.popleft() if self.script else self.think(asked)
        if answer.status != 200:
            return web.json_response(
                answer.body, status=answer.status, headers=dict(answer.headers)
            )
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            await _stream(response, answer)
        except ConnectionError:
            self.ended.set()
        if answer.cut and request.transport:
            request.transport.abort()
        return response

    async def list_models(self, request: web.Request) -> web.Response:
        """GET /v1/models."""
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.json_response({"error": {"message": "no"}}, status=401)
        return web.json_response({"data": [{"id": name} for name in self.models]})


async def _stream(response: web.StreamResponse, answer: Says) -> None:
    await asyncio.sleep(answer.after)
    if answer.raw:
        await response.write(f"data: {answer.raw}\n\n".encode())
    for piece in answer.pieces:
        await _event(response, {"choices": [{"index": 0, "delta": {"content": piece}}]})
        await asyncio.sleep(answer.between)
    while answer.endless:
        await _event(response, {"choices": [{"index": 0, "delta": {"content": "and so on " * 9}}]})
        await asyncio.sleep(0)
    if answer.cut:
        return
    await _event(response, {"choices": [{"index": 0, "delta": {}, "finish_reason": answer.finish}]})
    if answer.usage:
        await _event(response, {"choices": [], "usage": SPENT})
    await response.write(b"data: [DONE]\n\n")


async def _event(response: web.StreamResponse, event: Mapping[str, Any]) -> None:
    whole = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": MODEL, **event}
    await response.write(f"data: {json.dumps(whole)}\n\n".encode())


@asynccontextmanager
async def model_server(**state: Any) -> AsyncIterator[ModelServer]:
    """A server on a port of its own."""
    server = ModelServer(**state)
    application = web.Application()
    application.router.add_post("/v1/chat/completions", server.complete)
    application.router.add_get("/v1/models", server.list_models)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        server.url = f"http://{host}:{port}/v1"
        yield server
    finally:
        await runner.cleanup()
