"""The gateway: discord.py's client, listening to the payloads themselves."""

import asyncio
from collections.abc import Callable
from typing import Any

import discord

CLOSING = 5.0
"""Seconds for the gateway to answer our goodbye."""

LOST_FOR = 300.0
"""Seconds without a session after which a new client begins: discord.py 2.7 goes on resuming
through an address that fails for ever (its issue 10511)."""

MOST_LOSSES = 30
"""Connections in a row that bring no session. discord.py resumes without any pause."""

Hear = Callable[[Any], None]


class Gateway(discord.Client):
    """One client, for one attempt.

    It takes messages as payloads: the history has the same ones, and building discord.py's objects
    for each costs more than all we do with them.
    """

    def __init__(self) -> None:
        intents = discord.Intents.none()
        intents.guilds = intents.guild_messages = intents.dm_messages = True
        super().__init__(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_ratelimit_timeout=60,
        )
        self._lost_at: float | None = asyncio.get_running_loop().time()
        self._losses = 0
        parsers = self._connection.parsers
        parsers["READY"] = _each(parsers["READY"], self._has_session)
        parsers["RESUMED"] = _each(parsers["RESUMED"], self._has_session)
        del parsers["MESSAGE_CREATE"]

    def tell(self, *, session: Hear, guild: Hear, message: Hear) -> None:
        """Say who hears of new sessions, of guilds and of messages, as payloads."""
        parsers = self._connection.parsers
        parsers["READY"] = _each(parsers["READY"], session)
        parsers["GUILD_CREATE"] = _each(parsers["GUILD_CREATE"], guild)
        parsers["MESSAGE_CREATE"] = message

    async def stay(self) -> None:
        """Stay connected, after `login`, until something fails that a new client may mend."""
        try:
            await self.connect()
        except AttributeError as error:
            if self.ws is not None:
                raise
            # discord.py 2.7 looks at the socket it never had when the first connection fails.
            raise ConnectionError("the gateway of Discord cannot be reached") from error
        raise ConnectionError("the gateway of Discord was left")

    async def watch(self) -> None:
        """Fail when there has been no session for too long."""
        while True:
            await asyncio.sleep(1)
            lost_at = self._lost_at
            if lost_at is None:
                continue
            if asyncio.get_running_loop().time() - lost_at > LOST_FOR:
                raise ConnectionError(f"no session with Discord for {LOST_FOR:g} s")
            if self._losses > MOST_LOSSES:
                raise ConnectionError(f"{self._losses} connections brought no session with Discord")

    async def leave(self) -> None:
        """Say goodbye and drop the connections."""
        try:
            async with asyncio.timeout(CLOSING):
                await self.close()
        except TimeoutError:
            await self.http.close()

    async def on_disconnect(self) -> None:
        """Count, for `watch`; discord.py calls it."""
        self._losses += 1
        if self._lost_at is None:
            self._lost_at = asyncio.get_running_loop().time()

    def name_of(self, identifier: str) -> str | None:
        """The name of a channel or role."""
        channel = self.get_channel(int(identifier))
        if channel is not None:
            return str(getattr(channel, "name", "")) or None
        roles = (guild.get_role(int(identifier)) for guild in self.guilds)
        return next((role.name for role in roles if role is not None), None)

    def _has_session(self, _: object) -> None:
        self._lost_at = None
        self._losses = 0


def _each(*hear: Hear) -> Hear:
    def tell(payload: Any) -> None:
        for one in hear:
            one(payload)

    return tell
