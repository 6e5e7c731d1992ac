"""Interactions by HTTP, signed: the bot's own endpoint instead of the gateway.

https://discord.com/developers/docs/interactions/overview#preparing-for-interactions.
"""

import time
from io import BytesIO

import aiohttp
from aiohttp import hdrs
from nacl.signing import SigningKey

from simulator.discord.calls import parsed
from simulator.discord.interactions import PING, Interaction, Interactions
from simulator.discord.objects import JSON, dump
from simulator.discord.world import World

WITHIN = aiohttp.ClientTimeout(total=3)
OK, ACCEPTED, UNAUTHORIZED = 200, 202, 401
PONG = 1
FAILED = "The application did not respond"


class EndpointRefusedError(Exception):
    """Discord would not take this address for interactions."""


class Endpoint:
    """Calls the bot at `url`. The time in signatures is off by `seconds_off`."""

    def __init__(self, world: World, interactions: Interactions, key: SigningKey) -> None:
        self.url = ""
        self.seconds_off = 0
        self.statuses: list[int] = []
        self._world = world
        self._interactions = interactions
        self._key = key
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Drop the connections."""
        if self._session is not None:
            await self._session.close()

    async def deliver(self, begun: Interaction) -> None:
        """Deliver an interaction and take the initial response."""
        try:
            status, content_type, body = await self.post(dump(begun.payload))
        except (aiohttp.ClientError, TimeoutError):
            begun.refusals.append(FAILED)
            return
        if status == ACCEPTED:
            return
        said = parsed(body) if status == OK and content_type == "application/json" else None
        if said is None or self._interactions.respond(begun, said) is not None:
            begun.refusals.append(FAILED)

    async def verify(self) -> None:
        """Do what Discord does before it takes an address. `EndpointRefusedError` says why not."""
        ping = dump(self._ping())
        status, content_type, body = await self.post(ping)
        if status != OK or content_type != "application/json" or parsed(body) != {"type": PONG}:
            raise EndpointRefusedError(f"a PING was answered with {status} {content_type}")
        for signature in ("00" * 64, None, "not hexadecimal"):
            status, _, _ = await self.post(ping, signature=signature)
            if status != UNAUTHORIZED:
                raise EndpointRefusedError(f"a wrong signature was answered with {status}")

    async def post(
        self,
        body: bytes,
        *,
        signature: str | None = "",
        timestamp: str | None = None,
    ) -> tuple[int, str, bytes]:
        """Post a body: status, content type and body of the answer.

        An empty signature is replaced by the right one, None leaves the header out.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession()
        stamp = timestamp if timestamp is not None else str(int(time.time()) + self.seconds_off)
        headers = {hdrs.CONTENT_TYPE: "application/json", "X-Signature-Timestamp": stamp}
        if signature is not None:
            headers["X-Signature-Ed25519"] = signature or self.sign(stamp, body)
        async with self._session.post(
            self.url, data=BytesIO(body), headers=headers, timeout=WITHIN
        ) as response:
            self.statuses.append(response.status)
            return response.status, response.headers.get("Content-Type", ""), await response.read()

    def sign(self, timestamp: str, body: bytes) -> str:
        """The signature of a body at a time."""
        return self._key.sign(timestamp.encode() + body).signature.hex()

    def _ping(self) -> JSON:
        return {
            "id": self._world.next_id(),
            "application_id": self._world.bot.id,
            "type": PING,
            "token": "ping",
            "version": 1,
        }
