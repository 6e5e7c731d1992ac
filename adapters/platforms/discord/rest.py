"""Discord's REST API: discord.py's HTTP client, with what it leaves to its users."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import aiohttp
from discord.http import HTTPClient, Route

from adapters.platforms.discord.bans import Ban
from adapters.platforms.discord.config import DiscordConfig
from adapters.platforms.discord.errors import CALL_ERRORS, is_ban, to_platform_error
from adapters.platforms.discord.patches import point_at
from core.errors import (
    NotPostedError,
    PlatformError,
    RateLimitedError,
    TokenRejectedError,
    UnconfirmedError,
)

TIMEOUT = aiohttp.ClientTimeout(total=20, connect=5)
LONGEST_PAUSE = 60.0
"""Seconds that discord.py may sleep inside of a call on a 429; longer ones are raised."""

CONNECTIONS = 64
MESSAGES = "/channels/{channel_id}/messages"
COMMANDS = "/applications/{application_id}/commands"

T = TypeVar("T")


class Rest:
    """One bot's calls. Usable from the first `login` until `close`.

    A refused token and a ban of our address stop every further call, because Discord counts them:
    10,000 invalid ones in 10 minutes shut the address out.
    https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
    """

    def __init__(self, config: DiscordConfig, ban: Ban) -> None:
        self._config = config
        self._http: HTTPClient | None = None
        self._refused = asyncio.Event()
        self._ban = ban
        self.bot = ""

    async def login(self) -> None:
        """Learn who the bot is, unless that is known and the token is still good."""
        if self._http is not None and not self._refused.is_set():
            return
        await self.close()
        self._refused.clear()
        point_at(self._config)
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        http = HTTPClient(
            asyncio.get_running_loop(), connector, max_ratelimit_timeout=LONGEST_PAUSE
        )
        try:
            self.bot = _id_of(await self.guard(lambda: http.static_login(self._config.token)))
        except BaseException:
            await http.close()
            raise
        self._http = http

    async def close(self) -> None:
        """Drop the connections."""
        http, self._http = self._http, None
        if http is not None:
            await http.close()

    async def refused(self) -> None:
        """Wait until a call is refused for its token, and raise."""
        await self._refused.wait()
        raise TokenRejectedError("Discord refused the token")

    async def post(self, channel: str, payload: Mapping[str, object]) -> Mapping[str, Any]:
        """Post a message and return it."""
        posted = await self._call("POST", MESSAGES, channel, json=payload)
        return posted if isinstance(posted, dict) else {}

    async def messages(self, channel: str, *, after: int, limit: int) -> list[dict[str, Any]]:
        """Read the messages that follow an id, oldest first."""
        params = {"after": str(after), "limit": str(limit)}
        found = await self._call("GET", MESSAGES, channel, params=params)
        if not isinstance(found, list):
            raise UnconfirmedError("Discord's answer to a channel's history is no list")
        usable = [message for message in found if _has_id(message)]
        return sorted(usable, key=lambda message: int(message["id"]))

    async def channel(self, channel: str) -> object:
        """Read a channel."""
        return await self._call("GET", "/channels/{channel_id}", channel)

    async def direct_channel(self, person: str) -> str:
        """Open the direct channel with a person, or find it."""
        said = {"recipient_id": person}
        answer = await self._call("POST", "/users/@me/channels", json=said)
        if not isinstance(answer, dict) or not _has_id(answer):
            raise UnconfirmedError("Discord did not say which the direct channel is")
        return str(answer["id"])

    async def application(self) -> str:
        """Ask for the application's id: old bots have another than their user."""
        answer = await self._call("GET", "/oauth2/applications/@me")
        return str(answer.get("id", "")) if isinstance(answer, dict) else ""

    async def commands(self, application: str) -> object:
        """Read the application's commands."""
        return await self._request(Route("GET", COMMANDS, application_id=application))

    async def set_commands(self, application: str, commands: Sequence[Mapping[str, Any]]) -> None:
        """Replace all commands of the application."""
        route = Route("PUT", COMMANDS, application_id=application)
        await self._request(route, json=commands)

    async def gateway(self) -> str:
        """Ask for the gateway's address."""
        answer = await self._call("GET", "/gateway")
        return str(answer.get("url", "")) if isinstance(answer, dict) else ""

    async def guard(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call of discord.py's, its errors in our words."""
        self._check()
        try:
            return await call()
        except CALL_ERRORS as error:
            raise self._noted(error) from error

    async def _call(self, method: str, path: str, channel: str | None = None, **said: Any) -> Any:
        return await self._request(Route(method, path, channel_id=channel), **said)

    async def _request(self, route: Route, **said: Any) -> Any:
        http = self._http
        if http is None:
            self._check()
            raise NotPostedError("Discord has not let the bot in yet")
        return await self.guard(lambda: http.request(route, timeout=TIMEOUT, **said))

    def _check(self) -> None:
        if self._refused.is_set():
            raise TokenRejectedError("Discord refused the token before")
        self._ban.check()

    def _noted(self, error: Exception) -> PlatformError:
        meaning = to_platform_error(error)
        if isinstance(meaning, TokenRejectedError):
            self._refused.set()
        if isinstance(meaning, RateLimitedError) and is_ban(error):
            self._ban.begin(meaning.retry_after)
        return meaning


def _id_of(user: object) -> str:
    if not isinstance(user, dict) or not _has_id(user):
        raise UnconfirmedError("Discord's answer to GET /users/@me names no bot")
    return str(user["id"])


def _has_id(message: object) -> bool:
    return isinstance(message, dict) and str(message.get("id", "")).isdecimal()
