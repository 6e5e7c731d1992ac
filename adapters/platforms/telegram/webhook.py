"""The door for Telegram's requests: check the secret, hand over, acknowledge.

Telegram sends an update again until it is answered with 2xx, so that 503 asks for a repeat, and
what can never be understood is acknowledged. Left to itself it waits twice as long each time, up to
two minutes; it comes back when Retry-After says:
https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/WebhookActor.cpp
"""

import asyncio
import hmac
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog
from aiohttp import hdrs, web

from adapters.platforms.http.body import BodyError, read_body
from adapters.platforms.telegram.answers import decode
from adapters.platforms.telegram.intake import Intake
from core.errors import UnavailableError
from core.messages import IncomingMessage
from core.ports.platform import Receive

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
AGAIN = {hdrs.RETRY_AFTER: "1"}

log = structlog.get_logger()


@dataclass(slots=True)
class Lane:
    """One chat's updates under way."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    failures: int = 0
    waiting: int = 0


@dataclass(slots=True, kw_only=True)
class Webhook:
    """One bot's endpoint. It asks Telegram to come back while nobody listens."""

    path: str
    secrets: Sequence[str] = field(repr=False)
    intake: Intake | None = None
    receive: Receive | None = None
    _lanes: dict[str, Lane] = field(default_factory=dict)

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        """What to add to the HTTP application."""
        return (web.post(self.path, self.handle),)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request; nothing that Telegram or a stranger sends raises here."""
        if not self._knows(request.headers.get(SECRET_HEADER, "")):
            log.warning("telegram.webhook_refused")
            return web.Response(status=401)
        try:
            body = await read_body(request)
        except BodyError as refusal:
            return web.Response(status=refusal.status)
        try:
            update = decode(body)
        except ValueError:
            return web.Response(status=400)
        return await self._hand_over(update)

    def _knows(self, secret: str) -> bool:
        given = secret.encode(errors="surrogateescape")
        # Every secret is compared, so that the time tells nothing of which one was nearly right.
        matches = [hmac.compare_digest(given, known.encode()) for known in self.secrets]
        return any(matches)

    async def _hand_over(self, update: object) -> web.Response:
        """Hand an update over, and answer that it is committed, or has to come again."""
        if self.intake is None or self.receive is None:
            return web.Response(status=503, headers=AGAIN)
        message = self.intake.read(update)
        if message is None:
            return web.Response()
        try:
            await self._in_turn(message, self.receive)
        except UnavailableError:
            return web.Response(status=503, headers=AGAIN)
        except Exception:
            log.exception("telegram.not_received", update=message.dedupe_key)
            return web.Response(status=503, headers=AGAIN)
        return web.Response()

    async def _in_turn(self, message: IncomingMessage, receive: Receive) -> None:
        """Receive in the order of arrival within a chat.

        One that fails takes those along that came after it: they would overtake its repeat.
        """
        async with self._lane(message.conversation.channel) as lane:
            failures = lane.failures
            async with lane.lock:
                if lane.failures != failures:
                    raise UnavailableError("an earlier update of this chat has to come again")
                try:
                    await receive(message)
                except BaseException:
                    lane.failures += 1
                    raise

    @asynccontextmanager
    async def _lane(self, channel: str) -> AsyncIterator[Lane]:
        lane = self._lanes.setdefault(channel, Lane())
        lane.waiting += 1
        try:
            yield lane
        finally:
            lane.waiting -= 1
            if not lane.waiting:
                del self._lanes[channel]
