"""Slack's events in the bot's words. The only place that looks into Slack's JSON.

The shapes are those of https://docs.slack.dev/reference/events. Nothing here raises, whatever the
JSON holds: what does not look like a message to the bot is None.
"""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from core.messages import Author, Conversation, IncomingMessage, Platform, Space
from core.text import clean

SUBTYPES = frozenset({"", "file_share", "thread_broadcast"})
SLACKBOT = "USLACKBOT"

IDENTIFIER = re.compile(r"[A-Za-z0-9._-]{1,64}")
EVENT_ID = re.compile(r"[!-~]{1,200}")
TIMESTAMP = re.compile(r"\d{1,11}(\.\d{1,9})?", re.ASCII)
# The look-behind keeps a long run of spaces linear.
MENTION = re.compile(r"(?<![ \t])[ \t]*<@([A-Za-z0-9]+)(?:\|[^<>]*)?>(?:[:,](?=\s|$))?")
ENTITY = re.compile(r"<([^<>]+)>")

Json = Mapping[str, object]


def to_message(payload: Json, bot_user_id: str = "") -> IncomingMessage | None:
    """Read one `event_callback`; None when it is not a message from a person to the bot.

    `bot_user_id` is the bot's own id once it is known; the event's authorizations add theirs.
    """
    event = _object(payload.get("event"))
    bots = _bot_ids(payload, event, bot_user_id)
    if not _is_from_a_person(event, bots) or not _is_to_the_bot(event, bots):
        return None
    team, channel, user = _team(payload, event), _identifier(event, "channel"), event["user"]
    sent = _text(event, "ts")
    thread = _text(event, "thread_ts") or sent
    if not (team and channel and TIMESTAMP.fullmatch(sent) and TIMESTAMP.fullmatch(thread)):
        return None
    message_key = f"{team}:{channel}:{sent}"
    event_id = _text(payload, "event_id")
    return IncomingMessage(
        dedupe_key=event_id if EVENT_ID.fullmatch(event_id) else message_key,
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
            scope=_identifier(event, "user_team") or _identifier(event, "team") or team,
            id=str(user),
            name=_name(event),
        ),
        message_id=sent,
        reply_to=thread if thread != sent else None,
        text=to_text(_text(event, "text"), bots),
        sent_at=datetime.fromtimestamp(float(sent), UTC),
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
    if _text(event, "subtype") not in SUBTYPES:
        return False
    user = _identifier(event, "user")
    return bool(user) and user != SLACKBOT and user not in bots


def _is_to_the_bot(event: Json, bots: Collection[str]) -> bool:
    match event.get("type"):
        case "app_mention":
            return True
        case "message":
            text = _text(event, "text")
            return _is_direct(event) or any(
                f"<@{bot}>" in text or f"<@{bot}|" in text for bot in bots
            )
        case _:
            return False


def _is_direct(event: Json) -> bool:
    kind = event.get("channel_type")
    return kind == "im" or (kind is None and _text(event, "channel").startswith("D"))


def _bot_ids(payload: Json, event: Json, bot_user_id: str) -> Collection[str]:
    """The ids of the bot. While none is known, an `app_mention` is taken to begin with it."""
    bots = [bot_user_id] if bot_user_id else []
    authorizations = payload.get("authorizations")
    if isinstance(authorizations, list):
        for authorization in map(_object, authorizations):
            user = _identifier(authorization, "user_id")
            if user and authorization.get("is_bot"):
                bots.append(user)
    if not bots and event.get("type") == "app_mention":
        bots = [found[1] for found in [MENTION.search(_text(event, "text"))] if found]
    return bots


def _team(payload: Json, event: Json) -> str:
    return _identifier(payload, "team_id") or _identifier(event, "team")


def _name(event: Json) -> str:
    profile = _object(event.get("user_profile"))
    name = _text(profile, "display_name") or _text(profile, "real_name") or _text(profile, "name")
    return clean(name)


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _text(source: Json, key: str) -> str:
    value = source.get(key)
    return value if isinstance(value, str) else ""


def _identifier(source: Json, key: str) -> str:
    value = source.get(key)
    return value if isinstance(value, str) and IDENTIFIER.fullmatch(value) else ""
