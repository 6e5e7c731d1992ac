"""What discord.py keeps in globals and we have to set there."""

import json
from typing import Any

import aiohttp
import discord
import orjson
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.platforms.discord.config import PUBLIC_API, DiscordConfig


def point_at(config: DiscordConfig) -> None:
    """Send discord.py to another server.

    It knows one address for the whole process, in class attributes: two bots of one process cannot
    talk to two servers. Nothing is touched for Discord itself.
    """
    if config.api_url != PUBLIC_API:
        Route.BASE = config.api_url
    if config.gateway_url:
        point_gateway_at(config.gateway_url)


def point_gateway_at(url: str) -> None:
    """Send discord.py to another gateway."""
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)


def prepare() -> None:
    """Let discord.py read lone surrogates, and not warn that it lacks what voice needs.

    With orjson installed one of them in one message ends its whole session, and again after every
    start. The standard library's reader takes them, and `core.text.clean` replaces them. Answers
    are read as JSON whatever follows the media type: a proxy's `; charset=utf-8` makes discord.py
    hand over text instead.
    """
    discord.utils._from_json = _from_json  # noqa: SLF001
    discord.http.json_or_text = _json_or_text
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


async def _json_or_text(response: aiohttp.ClientResponse) -> Any:
    text = await response.text(encoding="utf-8")
    return _from_json(text) if response.content_type == "application/json" else text


def _from_json(text: bytes | bytearray | memoryview | str, /) -> Any:
    try:
        read = orjson.loads(text)
    except orjson.JSONDecodeError:
        read = json.loads(bytes(text) if isinstance(text, memoryview) else text)
    if isinstance(read, dict):
        _complete(read)
    return read


def _complete(read: dict[str, Any]) -> None:
    """Add what discord.py insists on and the bot has no use for; other servers leave it out."""
    if "username" in read:
        _complete_user(read)
    if read.get("t") != "READY":
        return
    ready = read.get("d")
    if isinstance(ready, dict):
        ready.setdefault("resume_gateway_url", str(DiscordWebSocket.DEFAULT_GATEWAY))
        ready.setdefault("guilds", [])
        _complete_user(ready.get("user"))


def _complete_user(user: object) -> None:
    if isinstance(user, dict):
        user.setdefault("discriminator", "0")
        user.setdefault("avatar", None)
