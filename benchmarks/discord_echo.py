"""The bare library, for comparison: `python -m benchmarks.discord_echo readme|tuned`.

`readme` is discord.py as its README shows it, made an echo. `tuned` is the least that discord.py
can do: no caches, explicit intents, payloads in place of objects, and one raw call as the answer.
Both take DISCORD_TOKEN, DISCORD_API_URL and DISCORD_GATEWAY_URL from the environment.
"""

import asyncio
import os
import sys
import warnings
from typing import Any

warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)

import discord  # noqa: E402
import uvloop  # noqa: E402
from discord.gateway import DiscordWebSocket  # noqa: E402
from discord.http import Route  # noqa: E402
from yarl import URL  # noqa: E402


class Readme(discord.Client):
    """The README's client."""

    async def on_message(self, message: discord.Message) -> None:
        if message.author == self.user:
            return
        await message.channel.send(message.content)


class Tuned(discord.Client):
    """No caches, no objects."""

    def __init__(self) -> None:
        intents = discord.Intents.none()
        intents.guilds = intents.guild_messages = intents.dm_messages = True
        super().__init__(
            intents=intents,
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
        )
        self._connection.parsers["MESSAGE_CREATE"] = self._heard
        self._answers: set[asyncio.Task[None]] = set()

    def _heard(self, message: dict[str, Any]) -> None:
        if message["author"].get("bot"):
            return
        task = asyncio.get_running_loop().create_task(self._answer(message))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer(self, message: dict[str, Any]) -> None:
        route = Route("POST", "/channels/{channel_id}/messages", channel_id=message["channel_id"])
        reference = {"message_id": message["id"], "fail_if_not_exists": False}
        payload = {
            "content": message["content"],
            "allowed_mentions": {"parse": []},
            "message_reference": reference,
        }
        await self.http.request(route, json=payload)


def readme() -> discord.Client:
    """As the README says: the default intents and the content."""
    intents = discord.Intents.default()
    intents.message_content = True
    return Readme(intents=intents)


async def run(kind: str) -> None:
    """Echo until ended."""
    Route.BASE = os.environ["DISCORD_API_URL"]
    DiscordWebSocket.DEFAULT_GATEWAY = URL(os.environ["DISCORD_GATEWAY_URL"])
    async with readme() if kind == "readme" else Tuned() as client:
        await client.start(os.environ["DISCORD_TOKEN"])


if __name__ == "__main__":
    if sys.argv[1:] == ["readme"]:
        asyncio.run(run("readme"))
    elif sys.argv[1:] == ["tuned"]:
        uvloop.run(run("tuned"))
    else:
        sys.exit("Say readme or tuned.")
