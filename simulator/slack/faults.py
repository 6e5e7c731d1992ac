"""Trouble on demand: what happens to the next postings."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

import orjson
from aiohttp import web


class Trouble(StrEnum):
    """What goes wrong."""

    STATUS = "status"
    RESET = "reset"
    HANG = "hang"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One posting's trouble. With `accepts` the message is shown all the same."""

    trouble: Trouble
    accepts: bool = False
    status: int = 200
    retry_after: int | None = None
    error: str | None = None


@dataclass(slots=True)
class Faults:
    """Troubles in the order in which postings meet them."""

    _queue: deque[Fault] = field(default_factory=deque)
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    def plan(self, fault: Fault, count: int) -> None:
        """Let so many postings meet it."""
        self._queue.extend([fault] * count)

    def next(self) -> Fault | None:
        """The trouble of the posting that came in now."""
        return self._queue.popleft() if self._queue else None

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
