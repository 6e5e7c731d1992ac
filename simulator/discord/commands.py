"""What a person types, as the command that the bot registered for it."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from simulator.discord.guilds import Guilds
from simulator.discord.objects import JSON

PATIENCE = 5.0
"""Seconds for a bot that has just started to register its commands."""

SUBCOMMAND = 1


async def find(guilds: Guilds, text: str, *, permissions: int) -> JSON:
    """The registered command that a text begins with. `LookupError`: nobody is shown such."""
    name = text.removeprefix("/").split(maxsplit=1)[0]
    try:
        async with asyncio.timeout(PATIENCE):
            known = await guilds.registered(name)
    except TimeoutError:
        raise LookupError(f"the bot has not registered /{name}") from None
    needed = int(known.get("default_member_permissions") or 0)
    if permissions & needed != needed:
        raise LookupError(f"/{name} is not shown to them")
    return known


def to_data(known: JSON, text: str, options: Mapping[str, Any] | None) -> JSON:
    """The `data` of an interaction."""
    rest = text.removeprefix("/").removeprefix(known["name"]).strip()
    return {
        "id": known["id"],
        "name": known["name"],
        "type": known["type"],
        "options": _options(known.get("options") or (), rest, options),
    }


def _options(defined: Sequence[JSON], rest: str, options: Mapping[str, Any] | None) -> list[JSON]:
    if defined and defined[0]["type"] == SUBCOMMAND:
        name, _, behind = rest.partition(" ")
        chosen = next((one for one in defined if one["name"] == name), None)
        if chosen is None:
            raise LookupError(f"there is no subcommand {name!r}")
        inner = _options(chosen.get("options") or (), behind.strip(), options)
        return [{"name": name, "type": SUBCOMMAND, "options": inner}]
    if options is None:
        options = {defined[0]["name"]: rest} if defined and rest else {}
    missing = [one["name"] for one in defined if one.get("required") and one["name"] not in options]
    if missing:
        raise LookupError(f"{', '.join(missing)} must be filled in")
    for one in defined:
        allowed = [choice["value"] for choice in one.get("choices") or ()]
        if allowed and options.get(one["name"], allowed[0]) not in allowed:
            raise LookupError(f"{one['name']} is one of {', '.join(allowed)}, or left out")
    types = {one["name"]: one["type"] for one in defined}
    return [{"name": name, "type": types[name], "value": value} for name, value in options.items()]
