"""Discord on 127.0.0.1, as far as a bot can tell."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from types import TracebackType
from typing import Self

from aiohttp import web
from nacl.signing import SigningKey

from simulator.discord.api import Api
from simulator.discord.background import Background
from simulator.discord.endpoint import Endpoint
from simulator.discord.faults import Fault, banned, refusal
from simulator.discord.files import Files
from simulator.discord.gateway import GUILDS, Gateway
from simulator.discord.guilds import Guilds
from simulator.discord.interactions import Interactions
from simulator.discord.messages import Messages
from simulator.discord.objects import dump
from simulator.discord.people import People
from simulator.discord.record import Record
from simulator.discord.world import World
from simulator.outage import outage
from simulator.standin import Asked, Posted

POSTING = "POST /channels/*/messages"


class DiscordStandIn(People):
    """One bot's Discord, entered as an async context manager.

    Every connected session gets every event, so that two processes see the same. What is written
    while none is connected is in the history only. With `interactions_url` commands and clicks go
    there, signed, and not to the gateway.
    """

    def __init__(
        self,
        *,
        token: str | None = None,
        bot_name: str = "trialogue",
        port: int = 0,
        interactions_url: str = "",
        world: World | None = None,
        signing_key: bytes | None = None,
    ) -> None:
        key = SigningKey(signing_key) if signing_key else SigningKey.generate()
        self.signing_key = bytes(key)
        self.token = token or f"{secrets.token_urlsafe(18)}.{secrets.token_urlsafe(27)}"
        self.public_key = key.verify_key.encode().hex()
        self.world = world or World(bot_name)
        self.record = Record()
        self.asked = self.record.asked
        self.posted = self.record.posted
        self.gateway = Gateway(self.world, self.token)
        self.files = Files(self.world)
        self.messages = Messages(self.world, self.gateway, self.files, self.record)
        self.guilds = Guilds(self.world, self.gateway, verify_key=self.public_key)
        self.interactions = Interactions(self.world, self.messages, self.files, self.record)
        self.endpoint = Endpoint(self.world, self.interactions, key)
        self.endpoint.url = interactions_url
        self.background = Background()
        self.api = Api(
            (*self.messages.routes(), *self.interactions.routes(), *self.guilds.routes()),
            gateway=self.gateway,
            files=self.files,
            token=self.token,
        )
        self._port = port
        self._is_outage = False
        server = web.Server(self.api.handle, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.5)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = int(self._runner.addresses[0][1])
        self.gateway.address = f"ws://127.0.0.1:{self._port}/gateway"
        self.files.origin = f"http://127.0.0.1:{self._port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.background.close()
        await self.endpoint.close()
        self.gateway.cut()
        await self._runner.cleanup()

    @property
    def api_url(self) -> str:
        """The REST API's address."""
        return f"http://127.0.0.1:{self._port}/api/v10"

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings that point `trialogue up` here."""
        return {
            "DISCORD_TOKEN": self.token,
            "DISCORD_API_URL": self.api_url,
            "DISCORD_GATEWAY_URL": self.gateway.address,
            "DISCORD_APPLICATION_ID": self.world.bot.id,
            "DISCORD_PUBLIC_KEY": self.public_key,
        }

    async def verify_endpoint(self, url: str) -> None:
        """Take an address for interactions as Discord does: after a PING and wrong signatures.

        `EndpointRefusedError` says what the address did wrong.
        """
        earlier, self.endpoint.url = self.endpoint.url, url
        try:
            await self.endpoint.verify()
        except BaseException:
            self.endpoint.url = earlier
            raise

    def advance(self, span: timedelta) -> None:
        """Let time pass: tokens and addresses expire by it, and ids and timestamps follow."""
        self.world.ahead += span

    def leave_guild(self, *, outage: bool = False) -> None:
        """Remove the bot from the server, or let the server be unavailable."""
        self._is_outage = outage
        gone = {"id": self.world.guild} | ({"unavailable": True} if outage else {})
        self.gateway.dispatch("GUILD_DELETE", dump(gone), intent=GUILDS)

    def join_guild(self) -> None:
        """Add the bot to the server, or end its outage."""
        guild = self.world.guild_json()
        if not self._is_outage:
            del guild["unavailable"]  # which tells a new server from one that is back
        self._is_outage = False
        self.gateway.dispatch("GUILD_CREATE", dump(guild), intent=GUILDS)

    def fail_next(
        self,
        status: int,
        *,
        count: int = 1,
        code: int = 0,
        retry_after: float | None = None,
        html: bool = False,
        route: str = POSTING,
    ) -> None:
        """Answer the next calls of a route with an error; a `*` is any one part of its path.

        `html` is Discord's edge instead of Discord.
        """
        fault = (
            banned(status, retry_after=retry_after)
            if html
            else refusal(status, code=code, retry_after=retry_after)
        )
        self.api.troubles.plan(fault, route=route, count=count)

    def hang_next(
        self,
        seconds: float,
        *,
        count: int = 1,
        route: str = POSTING,
    ) -> None:
        """Let the next calls of a route hang, and break their connections off."""
        self.api.troubles.plan(Fault(delay=seconds), route=route, count=count)

    def accept_then_reset(self, count: int = 1, *, route: str = POSTING) -> None:
        """Let the next calls take effect, and break their connections off instead of an answer."""
        self.api.troubles.plan(Fault(accepts=True), route=route, count=count)

    def accept_then_fail(
        self,
        status: int,
        *,
        count: int = 1,
        route: str = POSTING,
    ) -> None:
        """Let the next calls take effect, and answer with an error."""
        fault = Fault(status=status, accepts=True)
        self.api.troubles.plan(fault, route=route, count=count)

    def replies_to(self, asked: Asked) -> Sequence[Posted]:
        """What the bot posted in answer to something."""
        return self.record.replies_to(asked)

    def unreachable(self) -> AbstractAsyncContextManager[None]:
        """Refuse connections for the time of the block; what is known stays known."""
        return outage(self._runner, port=self._port)

    async def answered(self, count: int, *, timeout: float) -> None:
        """Wait until so many postings were accepted."""
        await self.record.answered(count, timeout=timeout)

    async def connected(self, count: int = 1, *, timeout: float = 10) -> None:
        """Wait until so many sessions are connected."""
        async with asyncio.timeout(timeout):
            await self.gateway.has_connected(count)
