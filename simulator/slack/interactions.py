"""What a command and a click look like to the bot.

Shapes: https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling,
https://docs.slack.dev/reference/interaction-payloads/block_actions-payload and
https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload, compared with the
fixtures of bolt-python's tests/scenario_tests_async.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from simulator.slack import postings
from simulator.slack.workspace import APP, TEAM, Json, Workspace, escape

DOMAIN = "trialogue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does something, and with which ids it is answered."""

    name: str
    user: str
    trigger: str
    response_url: str = ""


def command(text: str, actor: Actor, *, channel: str, channel_name: str) -> Json:
    """The form of a slash command, `/ask how?`."""
    name, _, rest = text.partition(" ")
    return {
        "token": "gIkuvaNzQIHg97ATvDxqgjtO",
        "team_id": TEAM,
        "team_domain": DOMAIN,
        "channel_id": channel,
        "channel_name": channel_name,
        "user_id": actor.user,
        "user_name": actor.name,
        "command": name,
        "text": escape(rest.strip()),
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": actor.response_url,
        "trigger_id": actor.trigger,
    }


def click(
    button: Mapping[str, object],
    actor: Actor,
    *,
    channel: str,
    message: Json,
    ephemeral: bool,
    channel_name: str = "general",
) -> Json:
    """A `block_actions` payload for a button below a message."""
    ts = str(message["ts"])
    container: Json = {
        "type": "message",
        "message_ts": ts,
        "channel_id": channel,
        "is_ephemeral": ephemeral,
    }
    if "thread_ts" in message:
        container["thread_ts"] = message["thread_ts"]
    action: Json = {"block_id": "block", **button, "action_ts": f"{time.time():.6f}"}
    return {
        "type": "block_actions",
        **_common(actor),
        "container": container,
        "channel": {"id": channel, "name": channel_name},
        # Slack shows the bot an ephemeral message by its place only.
        **({} if ephemeral else {"message": message}),
        "state": {"values": {}},
        "response_url": actor.response_url,
        "actions": [action],
    }


def submission(view: Json, actor: Actor, values: Json) -> Json:
    """A `view_submission` payload."""
    return {
        "type": "view_submission",
        **_common(actor),
        "view": {**view, "state": {"values": values}},
        "response_urls": [],
    }


def find_button(message: Mapping[str, object], label: str) -> Mapping[str, object]:
    """The button with this label. `LookupError` names those that there are."""
    found = postings.buttons(postings.read_blocks(message))
    for button in found:
        if postings.label(button) == label:
            return button
    raise LookupError(f"no button {label!r} among {[postings.label(one) for one in found]}")


def name_of_channel(workspace: Workspace, channel: str) -> str:
    """The name that a command carries."""
    if channel.startswith("D"):
        return "directmessage"
    return next(name for name, known in workspace.channels.items() if known == channel)


def _common(actor: Actor) -> Json:
    return {
        "user": {
            "id": actor.user,
            "username": actor.name,
            "name": actor.name,
            "team_id": TEAM,
        },
        "api_app_id": APP,
        "token": "gIkuvaNzQIHg97ATvDxqgjtO",
        "trigger_id": actor.trigger,
        "team": {"id": TEAM, "domain": DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }
