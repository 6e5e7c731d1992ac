"""The manifest of a Slack app: https://docs.slack.dev/reference/app-manifest."""

from collections.abc import Mapping, Sequence

from adapters.platforms.slack.edge import PATH
from adapters.platforms.slack.scopes import OPTIONAL_SCOPES, REQUIRED_SCOPES
from bots.manifests.words import NAME, PARAGRAPH, SENTENCE
from bots.manifests.yaml import Value, to_yaml
from core.commands import COMMANDS, CommandSpec

COLOR = "#2c3e66"
AGENT_SCOPE = "assistant:write"

BOT_EVENTS: Mapping[str, str] = {
    "app_mention": "somebody mentions the bot in a channel",
    "message.im": "somebody writes to it directly",
}
"""What Slack delivers, and when. Other messages of a channel are never delivered."""

PROMPTS: Mapping[str, str] = {"What can you do?": "help", "What have I used?": "/usage"}
"""What is offered to people who open the agent: the title, and what it writes for them."""


def slack_manifest(*, url: str | None = None, agent_view: bool = True) -> Mapping[str, Value]:
    """The app with Socket Mode, or with its requests sent to the bot's public address."""
    address = f"{url.rstrip('/')}{PATH}" if url else None
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": NAME,
            "description": SENTENCE,
            "long_description": PARAGRAPH,
            "background_color": COLOR,
        },
        "features": _features(address, agent_view=agent_view),
        "oauth_config": {"scopes": _scopes(agent_view=agent_view)},
        "settings": {
            "event_subscriptions": {**_request(address), "bot_events": list(BOT_EVENTS)},
            "interactivity": {"is_enabled": True, **_request(address)},
            "org_deploy_enabled": False,
            "socket_mode_enabled": address is None,
            "token_rotation_enabled": False,
        },
    }


def slack_yaml(manifest: Mapping[str, Value]) -> str:
    """The manifest as Slack's page takes it, with what each scope and event is for."""
    head = "# https://api.slack.com/apps: Create New App, From a manifest.\n"
    return head + to_yaml(manifest, {**REQUIRED_SCOPES, **OPTIONAL_SCOPES, **BOT_EVENTS})


def _features(address: str | None, *, agent_view: bool) -> Mapping[str, Value]:
    agent: Mapping[str, Value] = {
        "agent_view": {
            "agent_description": SENTENCE,
            "suggested_prompts": [
                {"title": title, "message": message} for title, message in PROMPTS.items()
            ],
        }
    }
    return {
        "app_home": {
            "home_tab_enabled": False,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "bot_user": {"display_name": NAME, "always_online": True},
        **(agent if agent_view else {}),
        "slash_commands": [
            _command(command, address)
            for command in COMMANDS
            if not command.takes_file  # nothing can be attached to a command
        ],
    }


def _command(command: CommandSpec, address: str | None) -> Mapping[str, Value]:
    argument = "|".join(command.choices) or command.argument
    hint = {"usage_hint": f"[{argument}]"} if argument else {}
    return {
        "command": f"/{command.name}",
        **({"url": address} if address else {}),
        "description": command.description,
        **hint,
        "should_escape": False,
    }


def _scopes(*, agent_view: bool) -> Mapping[str, Sequence[str]]:
    """Slack takes the agents' scope only from an app that has the agents' view."""
    optional = [scope for scope in OPTIONAL_SCOPES if agent_view or scope != AGENT_SCOPE]
    # May be left out at installation. They stand in both lists, as in Slack's own examples.
    left_out = [scope for scope in optional if scope != AGENT_SCOPE]
    return {"bot": [*REQUIRED_SCOPES, *optional], "bot_optional": left_out}


def _request(address: str | None) -> Mapping[str, str]:
    return {"request_url": address} if address else {}
