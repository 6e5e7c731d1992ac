"""Socket Mode: Slack's deliveries over sockets that we open.

https://docs.slack.dev/apis/events-api/using-socket-mode. There are always two, and each is replaced
before it is let go, so that a refresh leaves none of Slack's deliveries without a way.
"""

import asyncio
import time
from dataclasses import dataclass, field

import aiohttp
import structlog

from adapters.platforms.slack.intake import Intake
from adapters.platforms.slack.link import Link
from adapters.platforms.slack.webapi import WebApi
from core.errors import (
    NotPostedError,
    PlatformError,
    RateLimitedError,
    RejectedError,
    TokenRejectedError,
)

SOCKETS = 2
PAUSES = (0.0, 1.0, 5.0, 15.0, 30.0)
"""Seconds before the next attempt, by the attempts that failed before; the last one repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds that the sockets keep to.

    `heartbeat`: between our pings; a socket that stays silent half as long after one is replaced.
    `linger`: one that has a successor reads on so long; `farewell`: Slack's answer to a close frame
    is waited for so long. `longest_life`: one that looks alive and brings nothing is replaced after
    that all the same. `shortest_life`: one that ended sooner counts as failed.
    """

    pauses: tuple[float, ...] = PAUSES
    hello: float = 10.0
    heartbeat: float = 20.0
    linger: float = 15.0
    farewell: float = 1.0
    longest_life: float = 3600.0
    shortest_life: float = 5.0


log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Sockets:
    """An app's sockets, kept open until cancelled."""

    web: WebApi
    app_token: str = field(repr=False)
    intake: Intake
    pace: Pace = Pace()

    async def run(self) -> None:
        """Receive over all of them. `TokenRejectedError` when Slack refuses the app's token."""
        first = await self._open()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_open(tasks, first))
            for _ in range(SOCKETS - 1):
                tasks.create_task(self._keep_open(tasks))

    async def _keep_open(self, tasks: asyncio.TaskGroup, link: Link | None = None) -> None:
        """Serve one socket after the other; each goes on until its successor is there."""
        failures, old = 0, None
        while True:
            if link is None:
                await asyncio.sleep(_pause(self.pace, failures))
                link = await self._open()
            if old is not None:
                old.retire(self.pace.linger)
            tasks.create_task(link.serve())
            began = time.monotonic()
            await _at_most(link.leaving, self.pace.longest_life)
            lasted = time.monotonic() - began
            failures = failures + 1 if lasted < self.pace.shortest_life else 0
            log.info("slack.socket_replaced", reason=link.reason, seconds=round(lasted))
            old, link = link, None

    async def _open(self) -> Link:
        """Open a socket, however often that takes."""
        failures = 0
        while True:
            try:
                return await self._attempt()
            except TokenRejectedError:
                raise
            except PlatformError as problem:
                failures += 1
                pause = _pause(self.pace, failures)
                if isinstance(problem, RateLimitedError):
                    pause = max(pause, problem.retry_after.total_seconds())
                log.warning("slack.no_socket", reason=str(problem), retry_in=pause)
                await asyncio.sleep(pause)

    async def _attempt(self) -> Link:
        try:
            address = await self.web.socket_address(self.app_token)
        except RateLimitedError:
            raise
        except RejectedError as problem:
            raise TokenRejectedError(f"SLACK_APP_TOKEN: {problem}") from problem
        secure = self.web.address.startswith("https:")
        if not address.startswith("wss://" if secure else ("ws://", "wss://")):
            raise NotPostedError("Slack named no address for a socket")
        try:
            async with asyncio.timeout(self.pace.hello):
                return await self._connect(address)
        except (aiohttp.ClientError, OSError) as problem:
            # The address is a secret, and aiohttp's errors quote it.
            raise NotPostedError(f"no socket ({type(problem).__name__})") from None

    async def _connect(self, address: str) -> Link:
        socket = await self.web.session.ws_connect(
            address,
            heartbeat=self.pace.heartbeat,
            timeout=aiohttp.ClientWSTimeout(ws_close=self.pace.farewell),
            proxy=self.web.proxy,
        )
        link = Link(socket=socket, intake=self.intake)
        try:
            await link.greet()
        except BaseException:
            await socket.close()
            raise
        return link


def _pause(pace: Pace, failures: int) -> float:
    return pace.pauses[min(failures, len(pace.pauses) - 1)]


async def _at_most(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
