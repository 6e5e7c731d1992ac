"""Discord on 127.0.0.1, as far as a bot can tell."""

import asyncio
import secrets
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from simulator.discord.api import Api, Fault
from simulator.discord.gateway import DIRECT_MESSAGES, GUILD_MESSAGES, GUILDS, Gateway
from simulator.discord.objects import JSON, Channel
from simulator.discord.world import World, dump
from simulator.outage import outage
from simulator.standin import Asked, Posted


class DiscordStandIn:
    """One bot's Discord, entered as an async context manager.

    Every connected session gets every event, so that two processes see the same. What is written
    while none is connected is in the history only.
    """

    def __init__(
        self, *, token: str | None = None, bot_name: str = "trialogue", port: int = 0
    ) -> None:
        self.asked: list[Asked] = []
        self.posted: list[Posted] = []
        self.token = token or f"{secrets.token_urlsafe(18)}.{secrets.token_urlsafe(27)}"
        self.world = World(bot_name)
        self.gateway = Gateway(self.world, self.token)
        self.api = Api(self.world, self.gateway, token=self.token, on_posted=self._note)
        self._port = port
        self._replies: defaultdict[str, list[Posted]] = defaultdict(list)
        self._arrival = asyncio.Event()
        server = web.Server(self.api.handle, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.5)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = int(self._runner.addresses[0][1])
        self.gateway.address = f"ws://127.0.0.1:{self._port}/gateway"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
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
        }

    async def ask(
        self, text: str, *, channel: str = "general", person: str = "ada", copies: int = 1
    ) -> Asked:
        """Mention the bot in a text channel."""
        content = f"<@{self.world.bot.id}> {text}"
        return self.say(content, channel=channel, person=person, copies=copies, text=text)

    async def tell(self, text: str, *, person: str = "ada", copies: int = 1) -> Asked:
        """Write to the bot directly."""
        author = self.world.person(person)
        composed = self.world.compose(self.world.direct_channel(author), author, text)
        return self._write(self.world.direct_channel(author), composed, text, copies)

    def say(
        self,
        content: str,
        *,
        channel: str = "general",
        person: str = "ada",
        copies: int = 1,
        text: str | None = None,
        **changes: Any,
    ) -> Asked:
        """Write in a text channel just so; `changes` replace fields of the message object."""
        place = self._text_channel(channel)
        composed = self.world.compose(place, self.world.person(person), content)
        return self._write(place, {**composed, **changes}, text or content, copies)

    def reply(self, content: str, to: Posted, *, person: str = "ada", ping: bool = True) -> Asked:
        """Reply to a message of the bot."""
        place = self.world.channels[to.channel]
        author = self.world.person(person)
        composed = self.world.compose(place, author, content, reply_to=to.id)
        if ping:
            composed["mentions"] = [*composed["mentions"], self.world.bot.to_json()]
        return self._write(place, composed, content, 1)

    def edit(self, asked: Asked, content: str) -> None:
        """Change a message's words."""
        place = self.world.channels[asked.channel]
        composed = self.world.compose(place, self.world.person("ada"), content)
        composed |= {"id": asked.id, "edited_timestamp": composed["timestamp"]}
        event = dump(self.world.as_event(place, composed))
        self.gateway.dispatch("MESSAGE_UPDATE", event, intent=_intent(place))

    def delete(self, asked: Asked) -> None:
        """Delete a person's message."""
        self.world.forget(self.world.channels[asked.channel], asked.id)

    def fail_next(
        self,
        status: int,
        *,
        count: int = 1,
        code: int = 0,
        retry_after: float | None = None,
        html: bool = False,
    ) -> None:
        """Answer the next postings with an error; `html` is Discord's edge instead of Discord."""
        headers = [] if html else [("Via", "1.1 google")]
        body: JSON = {"message": "it was asked for", "code": code}
        if retry_after is not None:
            headers.append(("Retry-After", str(retry_after)))
            body |= {"retry_after": retry_after, "global": False}
        fault = Fault(
            status=status,
            headers=tuple(headers),
            body=b"<html>banned</html>" if html else dump(body),
            content_type="text/html" if html else "application/json",
        )
        self.api.faults.extend([fault] * count)

    def accept_then_reset(self, count: int = 1) -> None:
        """Show the next postings, and break their connections off instead of an answer."""
        self.api.faults.extend([Fault(accepts=True)] * count)

    def accept_then_fail(self, status: int, *, count: int = 1) -> None:
        """Show the next postings, and answer with an error."""
        self.api.faults.extend([Fault(status=status, accepts=True)] * count)

    def replies_to(self, asked: Asked) -> Sequence[Posted]:
        """What the bot posted as a reply to a message."""
        return self._replies[asked.id]

    def unreachable(self) -> AbstractAsyncContextManager[None]:
        """Refuse connections for the time of the block; what is known stays known."""
        return outage(self._runner, port=self._port)

    async def answered(self, count: int, *, timeout: float) -> None:
        """Wait until so many postings were accepted."""
        try:
            async with asyncio.timeout(timeout):
                while len(self.posted) < count:
                    self._arrival.clear()
                    await self._arrival.wait()
        except TimeoutError:
            raise TimeoutError(f"{len(self.posted)} of {count} postings came") from None

    async def connected(self, count: int = 1, *, timeout: float = 10) -> None:
        """Wait until so many sessions are connected."""
        async with asyncio.timeout(timeout):
            await self.gateway.has_connected(count)

    def _text_channel(self, name: str) -> Channel:
        channel, is_new = self.world.text_channel(name)
        if is_new:
            self.gateway.dispatch("CHANNEL_CREATE", dump(channel.to_json()), intent=GUILDS)
        return channel

    def _write(self, channel: Channel, composed: JSON, text: str, copies: int) -> Asked:
        self.world.keep(channel, composed)
        event = self.world.as_event(channel, composed)
        whole = dump(event)
        shown = self.world.as_shown(channel, event)
        seen = whole if shown is event else dump(shown)
        asked = Asked(id=composed["id"], channel=channel.id, text=text, at=time.perf_counter())
        self.asked.append(asked)
        for _ in range(copies):
            self.gateway.dispatch("MESSAGE_CREATE", seen, intent=_intent(channel), whole=whole)
        return asked

    def _note(self, channel: Channel, composed: JSON, said: JSON) -> None:
        reference = said.get("message_reference") or {}
        reply_to = str(reference["message_id"]) if reference.get("message_id") else None
        posted = Posted(
            id=composed["id"],
            channel=channel.id,
            reply_to=reply_to,
            text=composed["content"],
            at=time.perf_counter(),
        )
        self.posted.append(posted)
        if reply_to is not None:
            self._replies[reply_to].append(posted)
        self._arrival.set()


def _intent(channel: Channel) -> int:
    return GUILD_MESSAGES if channel.guild else DIRECT_MESSAGES
