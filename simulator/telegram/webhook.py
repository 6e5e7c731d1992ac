"""Delivery of updates to the address that the bot has set."""

import asyncio
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    TCPConnector,
    hdrs,
)
from yarl import URL

from simulator.telegram.clock import SimulatedClock
from simulator.telegram.parameters import number, truth
from simulator.telegram.refusals import Json, RefusedError, bad_request
from simulator.telegram.updates import Queued, Updates

RETRY_DELAYS = (0, 0.2, 0.4, 0.8, 1.6, 3.0)
TIMEOUT = ClientTimeout(total=30, connect=5)
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
PORTS = frozenset({443, 80, 88, 8443})
MOST_CONNECTIONS = 100
CONNECTIONS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the updates go."""

    url: URL
    secret: str = field(default="", repr=False)
    connections: int = CONNECTIONS
    has_certificate: bool = False


@dataclass(kw_only=True)
class Webhook:
    """One bot's webhook. Telegram sends a chat's updates one by one, and chats side by side.

    An update is repeated until it is taken: after the `retry_delays`, which are shorter than
    Telegram's (0, 2, 4, ... up to 120 seconds), or when the answer's Retry-After says.
    With `parallel_chats` even one chat's updates go side by side. An update goes to the `mirrors`
    too, other addresses that take the same path: as if several processes got every event.
    `lose_answers` of the next requests are treated as if no answer had come.
    """

    updates: Updates
    clock: SimulatedClock
    mirrors: Sequence[str] = ()
    parallel_chats: bool = False
    retry_delays: Sequence[float] = RETRY_DELAYS
    lose_answers: int = 0

    def __post_init__(self) -> None:
        self.target: Target | None = None
        self.last_error: tuple[int, str] | None = None
        self.requests = 0
        self._lanes: dict[object, deque[Queued]] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._sessions: dict[Target, ClientSession] = {}

    async def run(self) -> None:
        """Deliver until cancelled."""
        try:
            async with asyncio.TaskGroup() as self._tasks:
                await asyncio.Event().wait()
        finally:
            for session in self._sessions.values():
                await session.close()

    def set(self, parameters: Mapping[str, object]) -> bool:
        """The method `setWebhook`."""
        if not parameters.get("url"):
            return self.delete(parameters)
        self.target = _target(parameters)
        self.last_error = None
        kinds = parameters.get("allowed_updates")
        if isinstance(kinds, list):
            self.updates.kinds = [str(kind) for kind in kinds]
        if truth(parameters, "drop_pending_updates"):
            self.updates.queue.clear()
        self.updates.take_over("Conflict: terminated by setWebhook request")
        self._lanes = {}
        self.updates.on_queued = self._enqueue
        for queued in tuple(self.updates.queue):
            self._enqueue(queued)
        return True

    def delete(self, parameters: Mapping[str, object]) -> bool:
        """The method `deleteWebhook`: what is not delivered waits for polls."""
        self.target = None
        self.updates.on_queued = None
        if truth(parameters, "drop_pending_updates"):
            self.updates.queue.clear()
        return True

    def info(self) -> Json:
        """The method `getWebhookInfo`."""
        target = self.target
        info: Json = {
            "url": str(target.url) if target else "",
            "has_custom_certificate": bool(target and target.has_certificate),
            "pending_update_count": len(self.updates),
        }
        if target is not None:
            info["max_connections"] = target.connections
        if self.last_error is not None:
            info["last_error_date"], info["last_error_message"] = self.last_error
        if self.updates.kinds:
            info["allowed_updates"] = list(self.updates.kinds)
        return info

    def _enqueue(self, queued: Queued) -> None:
        if self._tasks is None or self.target is None:
            return
        key = queued if self.parallel_chats else queued.lane
        if (lane := self._lanes.get(key)) is not None:
            lane.append(queued)
            return
        self._lanes[key] = deque([queued])
        self._tasks.create_task(self._serve(self._lanes, key, self.target))

    async def _serve(self, lanes: dict[object, deque[Queued]], key: object, target: Target) -> None:
        """Deliver what waits in a lane, until it is empty or the webhook is another one."""
        lane = lanes[key]
        while lane:
            if not await self._deliver(lane[0], target):
                return
            self.updates.forget(lane.popleft())
        del lanes[key]

    async def _deliver(self, queued: Queued, target: Target) -> bool:
        """Repeat until every address has taken it; False when the webhook is another one now."""
        self.updates.hand([queued])
        addresses = [target.url, *(_moved(target.url, mirror) for mirror in self.mirrors)]
        attempt = 0
        while self.target is target:
            if self.updates.is_over(queued):
                return True
            delays = {one: await self._post(one, queued, target) for one in addresses}
            addresses = [one for one, delay in delays.items() if delay is not None]
            if not addresses:
                return True
            planned = self.retry_delays[min(attempt, len(self.retry_delays) - 1)]
            await asyncio.sleep(max(delay or 0.0 for delay in delays.values()) or planned)
            attempt += 1
        return False

    async def _post(self, address: URL, queued: Queued, target: Target) -> float | None:
        """None when it was taken, else the seconds that it asks to wait, or 0."""
        headers = {"Content-Type": "application/json"}
        if target.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = target.secret
        self.requests += 1
        try:
            async with self._session(target).post(
                address, data=queued.body, headers=headers, allow_redirects=False
            ) as response:
                await response.read()
                if self.lose_answers:
                    self.lose_answers -= 1
                    return self._note("Read timeout expired")
                if 200 <= response.status < 300:
                    return None
                self._note(f"Wrong response from the webhook: {response.status} {response.reason}")
                asked = response.headers.get(hdrs.RETRY_AFTER, "")
                return float(asked) if asked.isdecimal() else 0.0
        except ClientConnectorError:
            return self._note("Connection refused")
        except (ClientError, OSError, TimeoutError):
            return self._note("Webhook connection closed")

    def _note(self, error: str) -> float:
        self.last_error = (int(self.clock.now()), error)
        return 0.0

    def _session(self, target: Target) -> ClientSession:
        if target not in self._sessions:
            connector = TCPConnector(limit=target.connections * (1 + len(self.mirrors)))
            self._sessions[target] = ClientSession(connector=connector, timeout=TIMEOUT)
        return self._sessions[target]


def _target(parameters: Mapping[str, object]) -> Target:
    try:
        url = URL(str(parameters["url"]))
    except ValueError:
        raise bad_request("bad webhook: invalid URL") from None
    here = url.host in {"127.0.0.1", "localhost"}
    if not here and url.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if not here and url.port not in PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    secret = str(parameters.get("secret_token") or "")
    if secret and not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    return Target(
        url=url,
        secret=secret,
        connections=min(
            max(number(parameters, "max_connections", CONNECTIONS), 1), MOST_CONNECTIONS
        ),
        has_certificate="certificate" in parameters,
    )


def _moved(url: URL, base: str) -> URL:
    other = URL(base)
    return url.with_host(str(other.host)).with_port(other.port)


def refuse_polling(webhook: Webhook) -> None:
    """Polling and a webhook exclude each other."""
    if webhook.target is not None:
        raise RefusedError(
            409,
            "Conflict: can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first",
        )
