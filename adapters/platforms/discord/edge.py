"""The door for Discord's signed requests: verify, hand over, acknowledge.

Discord sends an interaction once, and probes the endpoint with wrong signatures: it takes the
address away from a bot that does not answer them with 401.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
import structlog
from aiohttp import web
from nacl.signing import VerifyKey

from adapters.platforms.discord.interactions import to_interaction
from adapters.platforms.discord.signature import verify
from adapters.platforms.discord.take_interaction import TRY_AGAIN_CALLBACK, TakeInteraction
from adapters.platforms.http.body import BodyError, read_body, read_object
from core.ports.clock import Clock

PATH = "/discord/interactions"
PING, PONG = 1, 1

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Edge:
    """One application's endpoint. While there is no `take` people are asked to try again."""

    key: VerifyKey
    clock: Clock
    take: TakeInteraction | None = None

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        """What to add to the HTTP application."""
        return (web.post(PATH, self.handle),)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request; nothing that Discord or a stranger sends raises here."""
        try:
            body = await read_body(request)
        except BodyError as refusal:
            return web.Response(status=refusal.status)
        if not self._is_signed(request, body):
            return web.Response(status=401)
        payload = read_object(body)
        if payload is None:
            return web.Response(status=400)
        return await self._answer(request, payload)

    def _is_signed(self, request: web.Request, body: bytes) -> bool:
        return verify(
            self.key,
            timestamp=request.headers.get("X-Signature-Timestamp", ""),
            signature=request.headers.get("X-Signature-Ed25519", ""),
            body=body,
            now=self.clock().timestamp(),
        )

    async def _answer(
        self, request: web.Request, payload: Mapping[str, object]
    ) -> web.StreamResponse:
        if payload.get("type") == PING:
            return _json({"type": PONG})
        interaction = to_interaction(payload, now=self.clock())
        if interaction is None:
            log.warning("discord.interaction_unknown", type=str(payload.get("type"))[:9])
            return web.Response(status=400)
        if self.take is None:
            return _json(TRY_AGAIN_CALLBACK)
        answers: list[web.Response] = []

        async def acknowledge(callback: Mapping[str, object]) -> None:
            answers.append(_json(callback))
            await answers[0].prepare(request)
            await answers[0].write_eof()

        await self.take(interaction, acknowledge)
        return answers[0]


def _json(body: Mapping[str, object]) -> web.Response:
    return web.Response(body=orjson.dumps(body), content_type="application/json")
