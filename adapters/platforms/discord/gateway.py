"""The gateway: discord.py's client, listening to the payloads themselves."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, cast

import discord
import structlog

CLOSING = 5.0
"""Seconds for the gateway to answer our goodbye."""

LOST_FOR = 300.0
"""Seconds without a session after which a new client begins: discord.py 2.7 goes on resuming
through an address that fails for ever (its issue 10511)."""

MOST_LOSSES = 30
"""Connections in a row that bring no session. discord.py resumes without any pause."""

Hear = Callable[[Any], None]

log = structlog.get_logger()


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
        self._lost = asyncio.Event()
        parsers = self._connection.parsers
        for event in set(parsers) - {"READY"}:
            parsers[event] = _unharmed(event, parsers[event])
        parsers["READY"] = _each(parsers["READY"], self._has_session)
        parsers["RESUMED"] = _each(parsers["RESUMED"], self._has_session)
        del parsers["MESSAGE_CREATE"], parsers["INTERACTION_CREATE"]

    def tell(self, *, session: Hear, guild: Hear, message: Hear, interaction: Hear) -> None:
        """Say who hears of new sessions, guilds, messages and interactions, as payloads."""
        parsers = self._connection.parsers
        parsers["READY"] = _each(parsers["READY"], session)
        parsers["GUILD_CREATE"] = _each(parsers["GUILD_CREATE"], guild)
        parsers["MESSAGE_CREATE"] = message
        parsers["INTERACTION_CREATE"] = interaction

    async def application_info(self) -> discord.AppInfo:
        """Learn what login asks about our application; a server need not serve it to a bot."""
        try:
            return await super().application_info()
        except (discord.NotFound, KeyError, TypeError):
            user = self.user
            assert user is not None  # noqa: S101 (login has set it before)
            flags = discord.ApplicationFlags()
            unknown = SimpleNamespace(id=user.id, flags=flags, interactions_endpoint_url=None)
            return cast("discord.AppInfo", unknown)

    async def stay(self) -> None:
        """Stay connected, after `login`, until something fails that a new client may mend."""
        connection = asyncio.ensure_future(self.connect())
        try:
            await asyncio.shield(connection)
        except AttributeError as error:
            if self.ws is not None:
                raise
            # discord.py 2.7 looks at the socket it never had when the first connection fails.
            raise ConnectionError("the gateway of Discord cannot be reached") from error
        finally:
            await _end(connection)
        raise ConnectionError("the gateway of Discord was left")

    async def watch(self) -> None:
        """Fail when there has been no session for too long."""
        while self._losses <= MOST_LOSSES:
            self._lost.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._lost.wait()
            since = self._lost_at
            if since is not None and asyncio.get_running_loop().time() - since > LOST_FOR:
                raise ConnectionError(f"no session with Discord for {LOST_FOR:g} s")
        raise ConnectionError(f"{self._losses} connections brought no session with Discord")

    async def leave(self) -> None:
        """Say goodbye and drop the connections."""
        try:
            async with asyncio.timeout(CLOSING):
                await self.close()
        except TimeoutError:
            await self.http.close()
        finally:
            # discord.py goes on waiting for guilds, for seconds after its client was closed.
            waiting: asyncio.Task[None] | None = getattr(self._connection, "_ready_task", None)
            if waiting is not None:
                waiting.cancel()

    async def on_disconnect(self) -> None:
        """Count, for `watch`; discord.py calls it."""
        self._losses += 1
        self._lost.set()
        if self._lost_at is None:
            self._lost_at = asyncio.get_running_loop().time()

    def name_of(self, identifier: str) -> str | None:
        """The name of a channel or role."""
        channel = self.get_channel(int(identifier))
        if channel is not None:
            return str(getattr(channel, "name", "")) or None
        roles = (guild.get_role(int(identifier)) for guild in self.guilds)
        return next((role.name for role in roles if role is not None), None)

    def parent_of(self, identifier: str) -> str | None:
        """The channel of a thread. Threads are told of before anything is written in them."""
        channel = self.get_channel(int(identifier))
        return str(channel.parent_id) if isinstance(channel, discord.Thread) else None

    def may_read(self, identifier: str) -> bool:
        """Whether a channel's history is open to the bot, as far as is known."""
        channel = self.get_channel(int(identifier))
        if not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
            return True
        try:
            permissions = channel.permissions_for(channel.guild.me)
        except (AttributeError, discord.ClientException):  # no role, member or parent is known
            return True
        return permissions.view_channel and permissions.read_message_history

    def _has_session(self, _: object) -> None:
        self._lost_at = None
        self._losses = 0


async def _end(task: asyncio.Future[None]) -> None:
    """Cancel until it is over.

    discord.py connects within `asyncio.wait_for`, which loses a cancellation in Python 3.11 when it
    comes together with the connection.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=1)
    if not task.cancelled():
        task.exception()


def _unharmed(event: str, parse: Hear) -> Hear:
    """Let a payload that discord.py cannot read cost its names and permissions, not the session."""

    def tell(payload: Any) -> None:
        try:
            parse(payload)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            log.warning("discord.event_unreadable", kind=event, reason=repr(error))

    return tell


def _each(*hear: Hear) -> Hear:
    def tell(payload: Any) -> None:
        for one in hear:
            one(payload)

    return tell
