"""The bot's account, the server, its members, and the application's commands.

https://discord.com/developers/docs/resources/guild and .../interactions/application-commands.
"""

import asyncio
import re
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from simulator.discord.calls import Call, Route, invalid, json_response, refused, route, shown
from simulator.discord.gateway import Gateway
from simulator.discord.objects import JSON, application, command, dump
from simulator.discord.world import World

NAME = re.compile(r"[-_'\w]{1,32}")
LONGEST_DESCRIPTION = 100
MOST_COMMANDS = 100
SLASH_COMMAND = 1
UNKNOWN_USER, UNKNOWN_MEMBER, UNKNOWN_APPLICATION = 10013, 10007, 10002
EVERYWHERE = ""


class Guilds:
    """Those routes. `created` counts the commands that were new when they were registered."""

    def __init__(self, world: World, gateway: Gateway, *, verify_key: str) -> None:
        self.created = 0
        self.commands: dict[str, list[JSON]] = {}
        self._changed = asyncio.Event()
        self._world = world
        self._gateway = gateway
        self._verify_key = verify_key

    def routes(self) -> Sequence[Route]:
        """What is served."""
        everywhere = "/applications/{#}/commands"
        in_guild = "/applications/{#}/guilds/{#}/commands"
        return (
            route("GET", "/users/@me", lambda _: shown(self._world.bot.to_json())),
            route("GET", "/users/{#}", self._user),
            route("GET", "/oauth2/applications/@me", self._application),
            route("GET", "/applications/@me", self._application),
            route("GET", "/gateway/bot", lambda _: shown(self._for_bots())),
            route("POST", "/users/@me/channels", self._open_direct),
            route("GET", f"/guilds/{self._world.guild}", lambda _: shown(self._guild())),
            route("GET", f"/guilds/{self._world.guild}/roles", self._roles),
            route("GET", f"/guilds/{self._world.guild}/channels", self._channels),
            route("GET", f"/guilds/{self._world.guild}/members/{{#}}", self._member),
            route("GET", everywhere, self._read_commands),
            route("PUT", everywhere, self._write_commands),
            route("GET", in_guild, self._read_commands),
            route("PUT", in_guild, self._write_commands),
        )

    def command(self, name: str) -> JSON | None:
        """A registered command, None when there is no such."""
        commands = (one for place in self.commands.values() for one in place)
        return next((one for one in commands if one["name"] == name), None)

    async def registered(self, name: str) -> JSON:
        """A command, as soon as it is registered."""
        while (known := self.command(name)) is None:
            self._changed.clear()
            await self._changed.wait()
        return known

    def _user(self, call: Call) -> web.Response:
        person = self._world.known(call.parts[0])
        return shown(person.to_json()) if person else _unknown("User", UNKNOWN_USER)

    def _application(self, _: Call) -> web.Response:
        return shown(application(self._world.bot, self._verify_key))

    def _for_bots(self) -> JSON:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return {"url": self._gateway.address, "shards": 1, "session_start_limit": limit}

    def _open_direct(self, call: Call) -> web.Response:
        said = call.said if isinstance(call.said, dict) else {}
        person = self._world.known(str(said.get("recipient_id", "")))
        if person is None or person.bot:
            return _unknown("User", UNKNOWN_USER)
        return shown(self._world.direct_channel(person).to_json())

    def _guild(self) -> JSON:
        left_out = ("channels", "threads", "members", "presences", "voice_states", "joined_at")
        whole = self._world.guild_json()
        return {key: value for key, value in whole.items() if key not in left_out}

    def _roles(self, _: Call) -> web.Response:
        return shown([role.to_json() for role in self._world.roles.values()])

    def _channels(self, _: Call) -> web.Response:
        channels = (one for one in self._world.text_channels if not one.parent)
        return shown([channel.to_json() for channel in channels])

    def _member(self, call: Call) -> web.Response:
        person = self._world.known(call.parts[0])
        return shown(self._world.member(person)) if person else _unknown("Member", UNKNOWN_MEMBER)

    def _read_commands(self, call: Call) -> web.Response:
        if call.parts[0] != self._world.bot.id:
            return _unknown("Application", UNKNOWN_APPLICATION)
        return shown(self.commands.get(_place(call), []))

    def _write_commands(self, call: Call) -> web.Response:
        if call.parts[0] != self._world.bot.id:
            return _unknown("Application", UNKNOWN_APPLICATION)
        if not isinstance(call.said, list) or len(call.said) > MOST_COMMANDS:
            return json_response(dump(invalid("commands", "BASE_TYPE_BAD_LENGTH")), status=400)
        problem = next(filter(None, map(_refusal, call.said)), None)
        if problem is not None:
            return json_response(dump(problem), status=400)
        known = {one["name"]: one["id"] for one in self.commands.get(_place(call), [])}
        self.created += sum(one["name"] not in known for one in call.said)
        self.commands[_place(call)] = [
            command(
                one,
                identifier=known.get(one["name"]) or self._world.next_id(),
                bot=self._world.bot.id,
            )
            for one in call.said
        ]
        self._changed.set()
        if self._world.witness is not None:
            self._world.witness.changed()
        return shown(self.commands[_place(call)])


def _place(call: Call) -> str:
    return call.parts[1] if len(call.parts) > 1 else EVERYWHERE


def _refusal(definition: Any) -> JSON | None:
    if not isinstance(definition, dict) or not NAME.fullmatch(str(definition.get("name", ""))):
        return invalid("name", "APPLICATION_COMMAND_INVALID_NAME")
    if definition.get("type", SLASH_COMMAND) != SLASH_COMMAND:
        return None
    if definition["name"] != definition["name"].lower():
        return invalid("name", "APPLICATION_COMMAND_INVALID_NAME")
    for described in (definition, *(definition.get("options") or ())):
        if not 1 <= len(described.get("description") or "") <= LONGEST_DESCRIPTION:
            return invalid("description", "BASE_TYPE_BAD_LENGTH")
    return None


def _unknown(what: str, code: int) -> web.Response:
    return refused(404, f"Unknown {what}", code)
