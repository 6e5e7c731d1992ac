"""Trouble on demand."""

import asyncio
import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from simulator.discord.objects import JSON, dump

POSTING = re.compile(r"/channels/[0-9]+/messages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The trouble of one call. With `accepts` it takes effect all the same; status 0 is a reset.

    `delay` is how many seconds the call hangs first.
    """

    status: int = 0
    accepts: bool = False
    body: bytes = b'{"message":"it was asked for","code":0}'
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0


def refusal(status: int, *, code: int = 0, retry_after: float | None = None) -> Fault:
    """An error as Discord answers it."""
    headers = [("Via", "1.1 google")]
    body: JSON = {"message": "it was asked for", "code": code}
    if retry_after is not None:
        headers.append(("Retry-After", str(retry_after)))
        body |= {"retry_after": float(retry_after), "global": False}
    return Fault(status=status, headers=tuple(headers), body=dump(body))


def banned(status: int, *, retry_after: float | None = None) -> Fault:
    """An error as Discord's edge answers it in Discord's place."""
    headers = () if retry_after is None else (("Retry-After", str(retry_after)),)
    page = b"<html>banned</html>"
    return Fault(status=status, headers=headers, body=page, content_type="text/html")


class Faults:
    """What is to go wrong next: with postings, with reading a history, and with any other route."""

    def __init__(self) -> None:
        self.posts: deque[Fault] = deque()
        self.reads: deque[Fault] = deque()
        self._routed: list[tuple[re.Pattern[str], Fault]] = []

    def plan(self, fault: Fault, *, route: str, count: int = 1) -> None:
        """Let the next calls of a route fail, such as `POST /channels/*/messages`.

        Each `*` is one part of the path.
        """
        self.plan_any(fault, routes=(route,), count=count)

    def plan_any(self, fault: Fault, *, routes: Sequence[str], count: int = 1) -> None:
        """Let the next calls of any of some routes fail."""
        patterns = (re.escape(route).replace(r"\*", "[^/]+") for route in routes)
        self._routed.extend([(re.compile("|".join(patterns)), fault)] * count)

    def take(self, method: str, path: str) -> Fault | None:
        """The trouble of a call, None when there is none."""
        for planned in self._routed:
            if planned[0].fullmatch(f"{method} {path}"):
                self._routed.remove(planned)
                return planned[1]
        queue = {"POST": self.posts, "GET": self.reads}.get(method)
        return queue.popleft() if queue and POSTING.fullmatch(path) else None


async def as_planned(fault: Fault, request: web.BaseRequest) -> web.Response:
    """Answer with a fault."""
    await asyncio.sleep(fault.delay)
    if fault.status == 0:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)
    headers = {**dict(fault.headers), "Content-Type": fault.content_type}
    return web.Response(status=fault.status, body=fault.body, headers=headers)
