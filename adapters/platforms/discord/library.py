"""What discord.py keeps in globals and we have to set there."""

import json
from typing import Any

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
    start. The standard library's reader takes them, and `core.text.clean` replaces them.
    """
    discord.utils._from_json = _from_json  # noqa: SLF001
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


def _from_json(text: bytes | bytearray | memoryview | str, /) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(bytes(text) if isinstance(text, memoryview) else text)
