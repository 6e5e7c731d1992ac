"""The door for Discord's signed requests: verify, hand over, acknowledge.

Discord sends an interaction once, and probes the endpoint with wrong signatures: it takes the
address away from a bot that does not answer them with 401.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json import loads as tolerant_loads

import orjson
import structlog
from aiohttp import hdrs, web
from nacl.signing import VerifyKey

from adapters.platforms.discord.interactions import to_interaction
from adapters.platforms.discord.signature import verify
from adapters.platforms.discord.take_interaction import TRY_AGAIN_CALLBACK, TakeInteraction
from core.ports.clock import Clock

PATH = "/discord/interactions"
BODY_LIMIT = 1024 * 1024
BODY_SECONDS = 10
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
            body = await _read(request)
        except TimeoutError:
            return web.Response(status=408)
        except (web.RequestPayloadError, ValueError):
            return web.Response(status=400)
        if body is None:
            return web.Response(status=413)
        if not self._is_signed(request, body):
            return web.Response(status=401)
        payload = _parse(body)
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


async def _read(request: web.Request) -> bytes | None:
    """The raw body; None as soon as it is known to be over the limit."""
    if int(request.headers.get(hdrs.CONTENT_LENGTH, "0")) > BODY_LIMIT:
        return None
    collected = bytearray()
    async with asyncio.timeout(BODY_SECONDS):
        while not request.content.at_eof():
            collected += await request.content.readany()
            if len(collected) > BODY_LIMIT:
                return None
    return bytes(collected)


def _parse(body: bytes) -> dict[str, object] | None:
    """The JSON object of a body, lone surrogates and all; None when it is not one."""
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            payload = tolerant_loads(body)
        except (ValueError, RecursionError):
            return None
    return payload if isinstance(payload, dict) else None


def _json(body: Mapping[str, object]) -> web.Response:
    return web.Response(body=orjson.dumps(body), content_type="application/json")
