"""The door for Slack's requests: verify, hand over, acknowledge.

Slack counts anything but 2xx as a failed delivery and sends it again, so that 503 asks for a
repeat, 4xx answers what Slack never sends, and whatever is not for the bot is a plain 200.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

import structlog
from aiohttp import web

from adapters.platforms.http.body import BodyError, read_body, read_object
from adapters.platforms.slack.intake import TRY_AGAIN, Intake
from adapters.platforms.slack.signature import verify
from core.ports.clock import Clock

PATH = "/slack/events"
FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 100
SSL_CHECK = b"ssl_check=1"  # the one request that Slack does not sign; there is nothing in it

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Edge:
    """One app's endpoint for events, commands and interactivity."""

    secrets: Sequence[bytes]
    clock: Clock
    intake: Intake

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        """What to add to the HTTP application."""
        return (web.post(PATH, self.handle),)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request; nothing that Slack or a stranger sends raises here."""
        try:
            body = await read_body(request)
        except BodyError as refusal:
            return web.Response(status=refusal.status)
        form = request.content_type == FORM and not body.lstrip().startswith(b"{")
        if form and body.startswith(SSL_CHECK):
            return web.Response()
        if not self._is_signed(request, body):
            return web.Response(status=401)
        if form:
            return await self._answer_form(body)
        payload = read_object(body)
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
                taken = await self.intake.take_event(payload)
                return web.Response(status=200 if taken else 503)
            case {"type": "url_verification", "challenge": str(challenge)}:
                return web.json_response({"challenge": challenge})
            case {"type": "url_verification"}:
                return web.Response(status=400)
            case {"type": "app_rate_limited"}:
                log.warning("slack.events_withheld")
        return web.Response()

    async def _answer_form(self, body: bytes) -> web.Response:
        """Answer a command or an interaction; neither is ever delivered again."""
        try:
            pairs = parse_qsl(body.decode(errors="replace"), max_num_fields=MOST_FIELDS)
        except ValueError:
            return web.Response(status=400)
        form: dict[str, object] = dict(pairs)
        if "command" in form and not await self.intake.take_command(form):
            return web.json_response({"response_type": "ephemeral", "text": TRY_AGAIN})
        if isinstance(payload := form.get("payload"), str):
            await self.intake.take_interaction(read_object(payload.encode()) or {})
        return web.Response()
