"""The bot itself: who it is, its commands, and how it gets its updates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from simulator.telegram.parameters import number
from simulator.telegram.refusals import Json, RefusedError, bad_request
from simulator.telegram.updates import PollingConflictError
from simulator.telegram.webhook import refuse_polling
from simulator.telegram.world import World

if TYPE_CHECKING:
    from simulator.telegram.methods import Method

MOST_COMMANDS = 100


@dataclass(frozen=True, slots=True)
class SettingsMethods:
    """What is set for the whole bot."""

    world: World

    def table(self) -> "Mapping[str, Method]":
        """The methods by name."""
        return {
            "getMe": self.get_me,
            "getUpdates": self.get_updates,
            "setWebhook": self.set_webhook,
            "deleteWebhook": self.delete_webhook,
            "getWebhookInfo": self.get_webhook_info,
            "setMyCommands": self.set_commands,
            "getMyCommands": self.get_commands,
            "deleteMyCommands": self.delete_commands,
        }

    async def get_me(self, _: Json) -> object:
        return self.world.me

    async def get_updates(self, parameters: Json) -> object:
        refuse_polling(self.world.webhook)
        kinds = parameters.get("allowed_updates")
        try:
            found = await self.world.updates.get(
                offset=number(parameters, "offset", 0),
                limit=min(max(number(parameters, "limit", 100), 1), 100),
                timeout=min(number(parameters, "timeout", 0), self.world.longest_poll),
                kinds=[str(kind) for kind in kinds] if isinstance(kinds, list) else None,
            )
        except PollingConflictError as conflict:
            raise RefusedError(409, str(conflict)) from None
        return orjson.Fragment(b"[" + b",".join(found) + b"]")

    async def set_webhook(self, parameters: Json) -> object:
        return self.world.webhook.set(parameters)

    async def delete_webhook(self, parameters: Json) -> object:
        return self.world.webhook.delete(parameters)

    async def get_webhook_info(self, _: Json) -> object:
        return self.world.webhook.info()

    async def set_commands(self, parameters: Json) -> object:
        commands = parameters.get("commands")
        if not isinstance(commands, list) or len(commands) > MOST_COMMANDS:
            raise bad_request("there must be at most 100 commands")
        for command in commands:
            _check(command)
        self.world.commands[_scope(parameters)] = commands
        return True

    async def get_commands(self, parameters: Json) -> object:
        return self.world.commands.get(_scope(parameters), [])

    async def delete_commands(self, parameters: Json) -> object:
        self.world.commands.pop(_scope(parameters), None)
        return True


def _scope(parameters: Json) -> str:
    scope = parameters.get("scope") or {"type": "default"}
    language = parameters.get("language_code") or ""
    kind = scope.get("type") if isinstance(scope, dict) else scope
    chat = scope.get("chat_id", "") if isinstance(scope, dict) else ""
    return ":".join(str(part) for part in (kind, chat, language) if part)


def _check(command: object) -> None:
    name = str(command.get("command") if isinstance(command, dict) else "")
    text = str(command.get("description") if isinstance(command, dict) else "")
    if not 1 <= len(name) <= 32 or not name.replace("_", "").isalnum() or name != name.lower():
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(text) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
