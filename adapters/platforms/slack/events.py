"""Slack's events in the bot's words; commands and clicks are in `interactions`.

The shapes are those of https://docs.slack.dev/reference/events. Nothing here raises, whatever the
JSON holds: what does not look like a message to the bot is None.
"""

import re
from collections.abc import Collection
from datetime import UTC, datetime

import structlog

from adapters.platforms.slack.fields import (
    Json,
    as_object,
    event_id_in,
    identifier_in,
    object_in,
    text_in,
    timestamp_in,
)
from adapters.platforms.slack.files import attachments_of
from core.messages import Author, Conversation, IncomingMessage, Platform, Space
from core.text import clean

SUBTYPES = frozenset({"", "file_share", "thread_broadcast"})
SLACKBOT = "USLACKBOT"
NO_TEAM = "-"

# The look-behind keeps a long run of spaces linear.
MENTION = re.compile(r"(?<![ \t])[ \t]*<@([A-Za-z0-9]+)(?:\|[^<>]*)?>(?:[:,](?=\s|$))?")
ENTITY = re.compile(r"<([^<>]+)>")

log = structlog.get_logger()


def to_message(payload: Json, bot_user_id: str = "", home_team: str = "") -> IncomingMessage | None:
    """Read one `event_callback`; None when it is not a message from a person to the bot.

    `bot_user_id` is the bot's own id once it is known; the event's authorizations add theirs.
    `home_team` is where the bot is installed, for events that name no team.
    """
    event = object_in(payload, "event")
    bots = _bot_ids(payload, event, bot_user_id)
    if not _is_from_a_person(event, bots) or not _is_to_the_bot(event, bots):
        return None
    team = _team(payload, event) or home_team or NO_TEAM
    channel, user = identifier_in(event, "channel"), event["user"]
    sent = timestamp_in(event, "ts")
    thread = timestamp_in(event, "thread_ts") if event.get("thread_ts") else sent
    if not (channel and sent and thread):
        log.warning("slack.event_unreadable", event_id=event_id_in(payload, "event_id"))
        return None
    message_key = f"{team}:{channel}:{sent}"
    return IncomingMessage(
        dedupe_key=f"{event_id_in(payload, 'event_id')}:{message_key}",
        message_key=message_key,
        conversation=Conversation(
            platform=Platform.SLACK,
            space=team,
            channel=channel,
            thread=thread,
            direct=_is_direct(event),
        ),
        space=Space(platform=Platform.SLACK, id=team),
        author=Author(
            platform=Platform.SLACK,
            scope=identifier_in(event, "user_team") or identifier_in(event, "team") or team,
            id=str(user),
            name=_name(event),
        ),
        message_id=sent,
        reply_to=thread if thread != sent else None,
        text=to_text(text_in(event, "text"), bots),
        sent_at=datetime.fromtimestamp(float(sent), UTC),
        attachments=attachments_of(event),
    )


def to_text(text: str, bots: Collection[str]) -> str:
    """Slack's markup as a person would write it, without the mentions of the bot."""
    if "<" in text:
        text = MENTION.sub(lambda found: "" if found[1] in bots else found[0], text)
        text = ENTITY.sub(_readable, text)
    if "&" in text:
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return clean(text.strip())


def _readable(entity: re.Match[str]) -> str:
    target, _, label = entity[1].partition("|")
    sigil = target[:1]
    if sigil in {"@", "#"}:
        return sigil + (label.removeprefix(sigil) or target[1:])
    if sigil == "!":
        return _readable_command(target[1:], label)
    scheme, colon, rest = target.partition(":")
    if not colon:
        return entity[0]
    if scheme in {"mailto", "tel"}:
        return label or rest
    if not label or label in {target, rest.removeprefix("//")}:
        return target
    return f"{label} ({target})"


def _readable_command(command: str, label: str) -> str:
    """`<!here>`, `<!subteam^S1|@team>`, `<!date^1392734382^{date}|in February>`."""
    name, _, rest = command.partition("^")
    if name in {"here", "channel", "everyone"}:
        return "@" + name
    return label or "@" + (rest or name)


def _is_from_a_person(event: Json, bots: Collection[str]) -> bool:
    if event.get("bot_id") or event.get("edited") or event.get("hidden"):
        return False
    if text_in(event, "subtype") not in SUBTYPES:
        return False
    user = identifier_in(event, "user")
    return bool(user) and user != SLACKBOT and user not in bots


def _is_to_the_bot(event: Json, bots: Collection[str]) -> bool:
    match event.get("type"):
        case "app_mention":
            return True
        case "message":
            text = text_in(event, "text")
            return _is_direct(event) or any(
                f"<@{bot}>" in text or f"<@{bot}|" in text for bot in bots
            )
        case _:
            return False


def _is_direct(event: Json) -> bool:
    kind = event.get("channel_type")
    return kind == "im" or (kind is None and text_in(event, "channel").startswith("D"))


def _bot_ids(payload: Json, event: Json, bot_user_id: str) -> Collection[str]:
    """The ids of the bot. While none is known, an `app_mention` is taken to begin with it."""
    bots = [bot_user_id] if bot_user_id else []
    authorizations = payload.get("authorizations")
    if isinstance(authorizations, list):
        for authorization in map(as_object, authorizations):
            user = identifier_in(authorization, "user_id")
            if user and authorization.get("is_bot"):
                bots.append(user)
    if not bots and event.get("type") == "app_mention":
        bots = [found[1] for found in [MENTION.search(text_in(event, "text"))] if found]
    return bots


def _team(payload: Json, event: Json) -> str:
    return identifier_in(payload, "team_id") or identifier_in(event, "team")


def _name(event: Json) -> str:
    profile = object_in(event, "user_profile")
    name = (
        text_in(profile, "display_name")
        or text_in(profile, "real_name")
        or text_in(profile, "name")
    )
    return clean(name)
