"""Discord's channels as DiscordChatExporter writes them in JSON."""

from collections.abc import Iterator

from core.errors import UserError
from core.knowledge.histories.fields import Json, object_in, objects_in, text_in
from core.knowledge.histories.said import CHECKS, LIKES, Said, Talk

TYPES = frozenset(("Default", "Reply", "0", "19", ""))
PRIVATE = "Direct"
THREAD = "Thread"


def is_discord_export(root: Json) -> bool:
    """Whether this is an export of a channel."""
    return isinstance(root.get("messages"), list) and {"guild", "channel"} <= set(root)


def talks_of(root: Json) -> Iterator[Talk]:
    """The one channel or thread of an export."""
    channel = object_in(root, "channel")
    kind = text_in(channel, "type")
    if kind.startswith(PRIVATE):
        raise UserError("it is a private conversation: those are not read. Export a channel.")
    messages = list(objects_in(root.get("messages")))
    first = text_in(messages[0], "id") if messages and THREAD in kind else ""
    yield Talk(
        place=f"Discord #{text_in(channel, 'name')}",
        messages=[_said(one, first) for one in messages if text_in(one, "type") in TYPES],
        names=frozenset(_names(messages)),
    )


def _said(message: Json, first: str) -> Said:
    author = object_in(message, "author")
    reactions = list(objects_in(message.get("reactions")))
    likes = (user for one in reactions if _emoji(one) & LIKES for user in _users(one))
    return Said(
        id=text_in(message, "id"),
        author=text_in(author, "id"),
        text=text_in(message, "content"),
        day=text_in(message, "timestamp")[:10],
        below=text_in(object_in(message, "reference"), "messageId") or first,
        checked=any(_emoji(one) & CHECKS for one in reactions),
        liked_by=frozenset(likes),
        by_a_bot=bool(author.get("isBot")),
    )


def _emoji(reaction: Json) -> frozenset[str]:
    emoji = object_in(reaction, "emoji")
    return frozenset((text_in(emoji, "name"), text_in(emoji, "code")))


def _users(reaction: Json) -> Iterator[str]:
    return (text_in(user, "id") for user in objects_in(reaction.get("users")))


def _names(messages: list[Json]) -> Iterator[str]:
    for message in messages:
        for person in (object_in(message, "author"), *objects_in(message.get("mentions"))):
            for key in ("name", "nickname"):
                if name := text_in(person, key):
                    yield name
                    yield f"@{name}"
