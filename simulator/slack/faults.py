"""Trouble on demand: what happens to the next calls of a method, and to the next deliveries."""

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass, field
from enum import StrEnum

import orjson
from aiohttp import web

POSTING = "chat.postMessage"
HTTP_OK = 200


class Trouble(StrEnum):
    """What goes wrong."""

    STATUS = "status"
    RESET = "reset"
    HANG = "hang"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One call's trouble. With `accepts` it takes effect all the same."""

    trouble: Trouble
    accepts: bool = False
    status: int = 200
    retry_after: int | None = None
    error: str | None = None

    @property
    def outcome(self) -> str:
        """How the call ends."""
        match self.trouble:
            case Trouble.RESET:
                return "connection cut"
            case Trouble.HANG:
                return "no answer"
            case Trouble.STATUS:
                return str(self.status) if self.status != HTTP_OK else self.error or "ok"

    @property
    def story(self) -> str:
        """What was planned, for people."""
        begin = "accepted" if self.accepts else "refused"
        match self.trouble:
            case Trouble.RESET:
                return f"on purpose: {begin}, and the connection cut"
            case Trouble.HANG:
                return f"on purpose: {begin}, and never answered"
            case Trouble.STATUS:
                wait = "" if self.retry_after is None else f", to wait {self.retry_after} s"
                return f"on purpose: {begin}{wait}"


@dataclass(slots=True)
class Faults:
    """Troubles of each method in the order in which its calls meet them.

    Replies by a response_url go by the name `response_url`.
    """

    _queues: defaultdict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    def plan(self, fault: Fault, count: int, method: str = POSTING) -> None:
        """Let so many calls meet it."""
        self._queues[method].extend([fault] * count)

    def next(self, method: str = POSTING) -> Fault | None:
        """The trouble of the call that came in now."""
        queue = self._queues.get(method)
        return queue.popleft() if queue else None

    def clear(self) -> None:
        """Forget all that was planned."""
        self._queues.clear()

    def end(self) -> None:
        """Let go of the requests that hang."""
        self._over.set()

    async def answer(self, fault: Fault, request: web.BaseRequest) -> web.StreamResponse:
        """Answer as planned: badly, or not at all."""
        if fault.trouble is Trouble.STATUS:
            return _failure(fault)
        if fault.trouble is Trouble.HANG:
            await self._over.wait()
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)


def _failure(fault: Fault) -> web.Response:
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if fault.error is None:
        return web.Response(status=fault.status, headers=headers)
    return web.Response(
        status=fault.status,
        headers=headers,
        body=orjson.dumps({"ok": False, "error": fault.error}),
        content_type="application/json",
    )
