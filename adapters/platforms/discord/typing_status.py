"""Discord's sign that the bot is typing.

It is called past discord.py: that repeats a call after a 429, and one that is cancelled in the
pause of a global 429 holds up every other call for good.
"""

from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
import discord
from aiohttp import hdrs

from adapters.platforms.discord.bans import Ban
from adapters.platforms.discord.config import DiscordConfig
from adapters.platforms.discord.errors import is_from_edge, of_answer
from adapters.platforms.discord.rest import Rest
from core.errors import RateLimitedError

TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)
USER_AGENT = f"DiscordBot (https://github.com/Rapptz/discord.py {discord.__version__})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing:
    """Shows it in a channel for ten seconds. `rest` knows whether the bot may call at all."""

    config: DiscordConfig
    rest: Rest
    ban: Ban
    session: Callable[[], aiohttp.ClientSession]

    async def show(self, channel: str) -> None:
        """Show it once. Raises as `ChatAdapter.send` does."""
        await self.rest.guard(lambda: self._call(channel))

    async def _call(self, channel: str) -> None:
        async with self.session().post(
            f"{self.config.api_url}/channels/{channel}/typing",
            headers={
                hdrs.AUTHORIZATION: f"Bot {self.config.token}",
                hdrs.USER_AGENT: USER_AGENT,
            },
            timeout=TIMEOUT,
            allow_redirects=False,
        ) as response:
            if response.status < 300:
                return
            meaning = of_answer(response.status, 0, response.headers)
            if isinstance(meaning, RateLimitedError) and is_from_edge(
                response.status, response.headers
            ):
                self.ban.begin(meaning.retry_after)
            raise meaning
