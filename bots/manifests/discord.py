"""What Discord has to know: the commands, the invite link, the endpoint."""

import json
from collections.abc import Mapping
from urllib.parse import urlencode

from adapters.platforms.discord.commands import definitions
from adapters.platforms.discord.edge import PATH
from adapters.platforms.discord.permissions import PERMISSIONS, REQUIRED_PERMISSIONS, SCOPES
from core.commands import COMMANDS, CommandSpec

AUTHORIZE = "https://discord.com/oauth2/authorize"
UNKNOWN = "APPLICATION_ID"


def discord_manifest(
    *, application_id: str | None = None, url: str | None = None
) -> Mapping[str, object]:
    """Everything that a machine needs to set an application up."""
    return {
        "invite": invite_link(application_id),
        "scopes": list(SCOPES),
        "permissions": str(PERMISSIONS),
        "permission_names": list(REQUIRED_PERMISSIONS),
        "privileged_intents": [],
        "interactions_endpoint_url": _endpoint(url),
        "commands": definitions(),
    }


def invite_link(application_id: str | None = None) -> str:
    """The page on which an admin adds the bot to a server."""
    query = {
        "client_id": application_id or UNKNOWN,
        "scope": " ".join(SCOPES),
        "permissions": str(PERMISSIONS),
    }
    return f"{AUTHORIZE}?{urlencode(query)}"


def discord_commands() -> str:
    """The commands as the bot registers them, for the file in the repository."""
    return json.dumps(definitions(), indent=2, ensure_ascii=False) + "\n"


def discord_text(*, application_id: str | None = None, url: str | None = None) -> str:
    """The same in words."""
    lines = ["Add the bot to a server:", f"  {invite_link(application_id)}"]
    if not application_id:
        lines.append(
            f"  {UNKNOWN} stands for yours: General Information in the developer portal. Give it"
            " by --application-id or DISCORD_APPLICATION_ID."
        )
    lines += ["", f"It asks for these permissions ({PERMISSIONS}):"]
    lines += [f"  {name}" for name in REQUIRED_PERMISSIONS]
    lines += ["", "Privileged intents: none. Leave their switches off.", ""]
    lines.append("Commands, which the bot registers itself when it starts:")
    lines += [f"  /{one.name}{_argument(one)}: {one.description}" for one in COMMANDS]
    lines += ["", *_endpoint_lines(url)]
    return "\n".join(lines) + "\n"


def _argument(command: CommandSpec) -> str:
    if command.choices:
        return f" [{'|'.join(command.choices)}]"
    return f" <{command.argument}>" if command.argument else ""


def _endpoint(url: str | None) -> str | None:
    return f"{url.rstrip('/')}{PATH}" if url else None


def _endpoint_lines(url: str | None) -> list[str]:
    if not url:
        return ["Interactions Endpoint URL: leave it empty, commands come over the gateway."]
    return [
        "Interactions Endpoint URL, in General Information:",
        f"  {_endpoint(url)}",
        "  Set DISCORD_PUBLIC_KEY and start the bot first: Discord tests it when you save.",
    ]
