"""Slack's commands and clicks in the bot's words. Nothing here raises, whatever was sent.

Shapes: https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling and
https://docs.slack.dev/reference/interaction-payloads/block_actions-payload.
"""

from datetime import UTC, datetime, timedelta

from adapters.platforms.slack.events import SLACKBOT, to_text
from adapters.platforms.slack.fields import (
    Json,
    as_object,
    event_id_in,
    identifier_in,
    object_in,
    text_in,
    timestamp_in,
)
from core.messages import (
    Author,
    Conversation,
    IncomingMessage,
    Kind,
    Platform,
    ReplyHandle,
    Space,
)
from core.text import clean

RESPONSE_URL_LASTS = timedelta(minutes=30)
LONGEST_VALUE = 2_000


def to_command(form: Json, now: datetime) -> IncomingMessage | None:
    """Read the form of a slash command; Slack says nothing of when it was written."""
    team, user = identifier_in(form, "team_id"), identifier_in(form, "user_id")
    channel, trigger = identifier_in(form, "channel_id"), event_id_in(form, "trigger_id")
    command = text_in(form, "command")
    if not (team and user and channel and trigger and command.startswith("/")):
        return None
    return IncomingMessage(
        dedupe_key=trigger,
        # A command has no thread, even where it was written in one.
        conversation=_conversation(team, channel, ""),
        space=Space(platform=Platform.SLACK, id=team),
        author=_author(team, user, text_in(form, "user_name")),
        message_id=trigger,
        text=to_text(f"{command} {text_in(form, 'text').strip()}", ()),
        sent_at=now,
        kind=Kind.COMMAND,
        handle=_handle(form, now),
    )


def to_click(payload: Json, now: datetime) -> IncomingMessage | None:
    """Read a `block_actions` payload; None when no button below a message was clicked."""
    user, container = object_in(payload, "user"), object_in(payload, "container")
    home = identifier_in(user, "team_id")
    team = identifier_in(object_in(payload, "team"), "id") or home
    person, action = identifier_in(user, "id"), _first_action(payload)
    channel = identifier_in(object_in(payload, "channel"), "id") or identifier_in(
        container, "channel_id"
    )
    message = timestamp_in(object_in(payload, "message"), "ts") or timestamp_in(
        container, "message_ts"
    )
    value, at = text_in(action, "value"), timestamp_in(action, "action_ts")
    if not (team and person and channel and message and 0 < len(value) <= LONGEST_VALUE):
        return None
    if person == SLACKBOT:
        return None
    trigger = event_id_in(payload, "trigger_id") or f"{team}:{person}:{message}:{at}"
    return IncomingMessage(
        dedupe_key=trigger,
        conversation=_conversation(team, channel, _root(payload, message)),
        space=Space(platform=Platform.SLACK, id=team),
        author=_author(home or team, person, text_in(user, "username") or text_in(user, "name")),
        message_id=message,
        reply_to=message,
        text=clean(value),
        sent_at=datetime.fromtimestamp(float(at), UTC) if at else now,
        kind=Kind.CLICK,
        handle=_handle(payload, now),
    )


def _first_action(payload: Json) -> Json:
    actions = payload.get("actions")
    return as_object(actions[0]) if isinstance(actions, list) and actions else {}


def _root(payload: Json, message: str) -> str:
    """The message that began the thread. Nothing can be written below an ephemeral one."""
    container = object_in(payload, "container")
    thread = timestamp_in(object_in(payload, "message"), "thread_ts") or timestamp_in(
        container, "thread_ts"
    )
    return thread or ("" if container.get("is_ephemeral") else message)


def _conversation(team: str, channel: str, thread: str) -> Conversation:
    return Conversation(
        platform=Platform.SLACK,
        space=team,
        channel=channel,
        thread=thread,
        direct=channel.startswith("D"),
    )


def _author(scope: str, person: str, name: str) -> Author:
    return Author(platform=Platform.SLACK, scope=scope, id=person, name=clean(name))


def _handle(source: Json, now: datetime) -> ReplyHandle | None:
    url = event_id_in(source, "response_url")
    return ReplyHandle(value=url, expires_at=now + RESPONSE_URL_LASTS) if url else None
