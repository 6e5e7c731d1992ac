"""The door for Slack's requests: verify, hand over, acknowledge.

Slack counts anything but 2xx as a failed delivery and sends it again, so that 503 asks for a
repeat, 4xx answers what Slack never sends, and whatever is not for the bot is a plain 200.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from json import loads as tolerant_loads

import orjson
import structlog
from aiohttp import hdrs, web

from adapters.platforms.slack.events import to_message
from adapters.platforms.slack.signature import verify
from core.errors import UnavailableError
from core.ports.clock import Clock
from core.ports.platform import Receive

PATH = "/slack/events"
BODY_LIMIT = 1024 * 1024
BODY_SECONDS = 10
FORM = "application/x-www-form-urlencoded"
NOT_SERVED = "Slash commands are not served yet: mention me in a channel or write to me directly."

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Edge:
    """One app's endpoint. It asks Slack to come back while there is no `receive`."""

    secrets: Sequence[bytes]
    clock: Clock
    receive: Receive | None = None
    bot_user_id: str = ""

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        """What to add to the HTTP application."""
        return (web.post(PATH, self.handle),)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request; nothing that Slack or a stranger sends raises here."""
        try:
            body = await read_body(request)
        except TimeoutError:
            return web.Response(status=408)
        except (web.RequestPayloadError, ValueError):
            return web.Response(status=400)
        if body is None:
            return web.Response(status=413)
        if not self._is_signed(request, body):
            return web.Response(status=401)
        if request.content_type == FORM and not body.lstrip().startswith(b"{"):
            return _answer_form(body)
        payload = parse(body)
        if payload is None:
            return web.Response(status=400)
        return await self._answer(payload)

    def _is_signed(self, request: web.Request, body: bytes) -> bool:
        return verify(
            self.secrets,
            timestamp=request.headers.get("X-Slack-Request-Timestamp", ""),
            signature=request.headers.get("X-Slack-Signature", ""),
            body=body,
            now=self.clock().timestamp(),
        )

    async def _answer(self, payload: dict[str, object]) -> web.Response:
        match payload:
            case {"type": "event_callback"}:
                return web.Response(status=await self._hand_over(payload))
            case {"type": "url_verification", "challenge": str(challenge)}:
                return web.json_response({"challenge": challenge})
            case {"type": "url_verification"}:
                return web.Response(status=400)
            case {"type": "app_rate_limited"}:
                log.warning("slack.events_withheld")
        return web.Response()

    async def _hand_over(self, payload: dict[str, object]) -> int:
        """Hand the message over, and say with which status to answer."""
        message = to_message(payload, self.bot_user_id)
        if self.receive is None:
            return 503
        if message is None:
            return 200
        try:
            await self.receive(message)
        except UnavailableError:
            return 503
        except Exception:
            log.exception("slack.not_received", event_id=message.dedupe_key)
            return 503
        return 200


async def read_body(request: web.Request) -> bytes | None:
    """The raw body; None as soon as it is known to be over the limit."""
    if int(request.headers.get(hdrs.CONTENT_LENGTH, "0")) > BODY_LIMIT:
        return None
    content = request.content
    if content.is_eof():
        body = content.read_nowait()
        return body if len(body) <= BODY_LIMIT else None
    collected = bytearray()
    async with asyncio.timeout(BODY_SECONDS):
        while not content.at_eof():
            collected += await content.readany()
            if len(collected) > BODY_LIMIT:
                return None
    return bytes(collected)


def parse(body: bytes) -> dict[str, object] | None:
    """The JSON object of a body; None when it is not one.

    orjson refuses escapes of lone surrogates, which people do send: the standard library takes
    them, and the text is cleaned later.
    """
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            payload = tolerant_loads(body)
        except (ValueError, RecursionError):
            return None
    return payload if isinstance(payload, dict) else None


def _answer_form(body: bytes) -> web.Response:
    if body.startswith(b"command=") or b"&command=" in body:
        return web.json_response({"response_type": "ephemeral", "text": NOT_SERVED})
    return web.Response()
