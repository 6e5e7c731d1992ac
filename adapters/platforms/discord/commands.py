"""The slash commands as Discord announces them.

https://discord.com/developers/docs/interactions/application-commands: 200 new ones a day and guild,
so that they are written only where they differ from what Discord has.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from adapters.platforms.discord.rest import Rest
from core.commands import COMMANDS, CommandSpec
from core.errors import PlatformError, TokenRejectedError

SLASH_COMMAND = 1
TEXT_OPTION, FILE_OPTION = 3, 11
LONGEST_DESCRIPTION = 100
CONTEXTS = [0, 1]
"""In guilds and in direct messages with the bot."""

INSTALLED_IN = [0]
"""In guilds. Installed by a person alone it could not answer after 15 minutes."""

Definition = dict[str, Any]

log = structlog.get_logger()


def definitions() -> list[Definition]:
    """What Discord should know of our commands."""
    return [_definition(command) for command in COMMANDS]


def is_known(found: object) -> bool:
    """Whether Discord's own list of our commands says the same."""
    if not isinstance(found, list) or not all(isinstance(known, dict) for known in found):
        return False
    return _by_name([_comparable(known) for known in found]) == _by_name(definitions())


async def announce(rest: Rest, application: str | None) -> bool:
    """Write the commands if Discord knows others, and say whether it has them now."""
    try:
        application = application or await rest.application()
        if is_known(await rest.commands(application)):
            return True
        await rest.set_commands(application, definitions())
    except TokenRejectedError:
        raise
    except PlatformError as error:
        log.warning("discord.commands_not_announced", reason=str(error))
        return False
    log.info("discord.commands_announced", count=len(COMMANDS))
    return True


def _definition(command: CommandSpec) -> Definition:
    options = [_option(FILE_OPTION, "file")] if command.takes_file else []
    options += [_option(TEXT_OPTION, command.argument, command.choices)] if command.argument else []
    return {
        "name": command.name,
        "type": SLASH_COMMAND,
        "description": command.description[:LONGEST_DESCRIPTION],
        "options": options,
        "contexts": CONTEXTS,
        "integration_types": INSTALLED_IN,
    }


def _option(kind: int, name: str, choices: Sequence[str] = ()) -> Definition:
    described = f"{' or '.join(choices)}, or nothing" if choices else f"Your {name}"
    return {
        "name": name,
        "type": kind,
        "description": described,
        "required": not choices,
        "choices": [{"name": one, "value": one} for one in choices],
    }


def _comparable(known: Mapping[str, Any]) -> Definition:
    """Discord's form of a command in ours: it adds ids, and leaves out what is empty."""
    options = [
        {
            "name": option.get("name"),
            "type": option.get("type"),
            "description": option.get("description"),
            "required": bool(option.get("required")),
            "choices": [
                {"name": one.get("name"), "value": one.get("value")}
                for one in option.get("choices") or ()
            ],
        }
        for option in known.get("options") or ()
    ]
    return {
        "name": known.get("name"),
        "type": known.get("type", SLASH_COMMAND),
        "description": known.get("description"),
        "options": options,
        "contexts": sorted(known.get("contexts") or ()),
        "integration_types": sorted(known.get("integration_types") or ()),
    }


def _by_name(commands: Sequence[Definition]) -> list[Definition]:
    return sorted(commands, key=lambda command: str(command["name"]))
