"""Discord: the token, the application, the servers and what the bot may do there, the gateway."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from typing import Any

import aiohttp
import orjson
from yarl import URL

from adapters.platforms.discord.config import DiscordConfig
from adapters.platforms.discord.permissions import REQUIRED_PERMISSIONS
from bots.doctor.calls import Answer, ask, host_of, reason, session_for
from bots.doctor.report import Finding, broken, ok, warning
from bots.doctor.where import DISCORD_APPLICATIONS, WHERE, cure_for, named_in
from bots.platforms import discord_config
from bots.settings import Settings
from core.errors import ConfigurationError, UnavailableError

TOKEN, APPLICATION, ENDPOINT = "Discord token", "Discord application", "Discord interactions"
SERVERS, GATEWAY = "Discord servers", "Discord gateway"
ADMINISTRATOR = 1 << 3
HELLO = 10
GREETING = {"v": "10", "encoding": "json"}
FEW_SESSIONS = 20
GET_TOKEN = cure_for("DISCORD_TOKEN")
PAGE = f"{DISCORD_APPLICATIONS}, your application, General Information"


async def look_at_discord(settings: Settings) -> AsyncGenerator[Finding, None]:
    """The token, and everything that can be asked with it."""
    try:
        config = discord_config(settings)
    except ConfigurationError as error:
        yield broken("Discord settings", str(error), cure=cure_for(named_in(str(error))))
        return
    if config is None:
        return
    try:
        me = await _call(config, "/users/@me")
        yield _identity(me)
        if me.status == 200:
            application, servers = await asyncio.gather(
                _call(config, "/applications/@me"), _call(config, "/users/@me/guilds")
            )
            for finding in (
                *_application(config, application, settings.public_url),
                *_servers(application.fields, servers),
            ):
                yield finding
    except UnavailableError as error:
        found = f"Discord cannot be reached at {host_of(config.api_url)} ({error})"
        cure = "check this machine's way there (firewall), and DISCORD_API_URL if it is set"
        yield broken(TOKEN, found, cure=cure)


async def look_at_gateway(settings: Settings) -> AsyncGenerator[Finding, None]:
    """Connect and hear its greeting; no session is begun."""
    try:
        config = discord_config(settings)
    except ConfigurationError:
        return
    if config is None:
        return
    try:
        answer = await _call(config, "/gateway/bot")
    except UnavailableError:
        return  # said of the token
    if answer.status != 200:
        return
    address = config.gateway_url or str(answer.fields.get("url", ""))
    limit = answer.fields.get("session_start_limit")
    remaining = limit.get("remaining") if isinstance(limit, dict) else None
    if isinstance(remaining, int) and remaining < FEW_SESSIONS:
        found = f"{remaining} sessions are left for today"
        yield warning(GATEWAY, found, cure="see what makes the bot start so often")
    problem = await _greeting(address)
    if problem is None:
        yield ok(GATEWAY, f"{host_of(address)} answers; no privileged intent is needed")
        return
    cure = "check this machine's way there (firewall), and DISCORD_GATEWAY_URL if it is set"
    yield broken(GATEWAY, f"{host_of(address)} cannot be reached ({problem})", cure=cure)


async def _call(config: DiscordConfig, path: str) -> Answer:
    return await ask(config.api_url + path, headers={"Authorization": f"Bot {config.token}"})


async def _greeting(address: str) -> str | None:
    """What goes wrong, None when the gateway greets."""
    try:
        async with (
            session_for(address) as session,
            session.ws_connect(URL(address).update_query(GREETING)) as socket,
        ):
            greeting = orjson.loads((await socket.receive()).data)
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError, TypeError) as error:
        return reason(error)
    is_hello = isinstance(greeting, dict) and greeting.get("op") == HELLO
    return None if is_hello else "what answers there is no gateway"


def _identity(me: Answer) -> Finding:
    if me.status == 200:
        return ok(TOKEN, f"good for {me.fields.get('username')}")
    if me.status == 401:
        return broken(TOKEN, "Discord refuses DISCORD_TOKEN (reset or wrong)", cure=GET_TOKEN)
    found = f"Discord could not say whether it is good (status {me.status})"
    return warning(TOKEN, found, cure="ask again in a minute")


def _application(
    config: DiscordConfig, answer: Answer, public_url: str | None
) -> Iterator[Finding]:
    if answer.status != 200:
        return
    said = answer.fields
    identifier, key = str(said.get("id", "")), str(said.get("verify_key", ""))
    if config.application_id and config.application_id != identifier:
        found = f"DISCORD_APPLICATION_ID is not this bot's application, which is {identifier}"
        yield broken(APPLICATION, found, cure=f"set it to {identifier}, or leave it out")
    elif config.public_key and config.public_key.lower() != key.lower():
        found = "DISCORD_PUBLIC_KEY is not the key of this bot's application"
        yield broken(APPLICATION, found, cure=f"set it to {WHERE['DISCORD_PUBLIC_KEY']}")
    elif said.get("bot_require_code_grant") is True:
        cure = f"switch Requires OAuth2 Code Grant off at {DISCORD_APPLICATIONS}, Bot"
        yield broken(APPLICATION, "it asks for a code grant, which no invite has", cure=cure)
    else:
        yield ok(APPLICATION, f"{said.get('name')}, {identifier}")
    yield from _endpoint(config, said.get("interactions_endpoint_url"), public_url)


def _endpoint(config: DiscordConfig, endpoint: Any, public_url: str | None) -> Iterator[Finding]:
    """Commands go to the endpoint alone once there is one."""
    if not endpoint:
        yield ok(ENDPOINT, "commands and clicks come by the gateway")
        return
    from adapters.platforms.discord.edge import PATH

    place = host_of(str(endpoint))
    wanted = (public_url or "").rstrip("/") + PATH
    if not config.public_key:
        found = f"commands go to {place}, and this bot serves no endpoint"
        cure = f"set DISCORD_PUBLIC_KEY, or clear Interactions Endpoint URL at {PAGE}"
        yield broken(ENDPOINT, found, cure=cure)
    elif public_url and str(endpoint) != wanted:
        found = f"commands go to {endpoint}, which is not PUBLIC_URL with {PATH}"
        cure = f"set Interactions Endpoint URL to {wanted} at {PAGE}"
        yield warning(ENDPOINT, found, cure=cure)
    else:
        yield ok(ENDPOINT, f"commands and clicks go to {place}")


def _servers(application: Mapping[str, Any], answer: Answer) -> Iterator[Finding]:
    """How many there are, and where the bot lacks a permission."""
    servers = answer.body if isinstance(answer.body, list) else None
    count = application.get("approximate_guild_count")
    if servers is not None and not isinstance(count, int):
        count = len(servers)
    if count is None:
        return
    lacking = [text for server in servers or () if (text := _lacking(server))]
    identifier = str(application.get("id", ""))
    if count == 0:
        cure = f"invite it: {_invite_link(identifier)}"
        yield warning(SERVERS, "the bot is in no server", cure=cure)
    elif lacking:
        cure = f"allow it to its role there, or invite it again: {_invite_link(identifier)}"
        yield warning(SERVERS, "; ".join(_first(lacking)), cure=cure)
    else:
        yield ok(SERVERS, f"the bot is in {count}")


def _invite_link(application: str) -> str:
    from bots.manifests.discord import invite_link  # with it comes all of discord.py

    return invite_link(application)


def _lacking(server: Any) -> str:
    """What the bot may not do in a server, empty where it may do all."""
    if not isinstance(server, dict) or not str(server.get("permissions", "")).isdecimal():
        return ""
    allowed = int(server["permissions"])
    missing = [name for name, bit in REQUIRED_PERMISSIONS.items() if not allowed & bit]
    if allowed & ADMINISTRATOR or not missing:
        return ""
    return f"{server.get('name')}: the bot lacks {', '.join(missing)}"


def _first(texts: Sequence[str], most: int = 3) -> Sequence[str]:
    rest = len(texts) - most
    return [*texts[:most], f"and {rest} more"] if rest > 0 else texts
