"""From Telegram's update to a message that is addressed to the bot."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from adapters.platforms.telegram.clicks import to_click
from adapters.platforms.telegram.files import attachments_of
from adapters.platforms.telegram.payload import Entity, Message, Update
from adapters.platforms.telegram.places import (
    GROUPS,
    Me,
    conversation_of,
    is_topic_root,
    space_of,
)
from core.commands import COMMANDS
from core.messages import Author, IncomingMessage, Kind, Platform
from core.text import clean

ANNOUNCED = frozenset(command.name for command in COMMANDS)

# The shape by which Telegram itself finds commands; a path such as /usr/bin is none.
COMMAND = re.compile(
    r"/([a-z0-9_]{1,64})(?:@([a-z0-9_]{3,32}))?(?![\w/<>])", re.IGNORECASE | re.ASCII
)
AFTER_A_NAME = re.compile(r"[,:]?(?:\s+|$)")


def to_message(update: Update, me: Me, received_at: datetime) -> IncomingMessage | None:
    """Translate an update, None when it is not a person's message to the bot, or a click."""
    if update.callback_query is not None:
        return to_click(
            update.callback_query, update_id=update.update_id, me=me, received_at=received_at
        )
    message = update.message
    if message is None or message.author is None or not _by_a_person(message):
        return None
    text = _addressed(message, me)
    if text is None:
        return None
    reply = message.reply_to_message if not is_topic_root(message) else None
    return IncomingMessage(
        # Telegram numbers updates anew after a quiet week: the number alone is not the update's.
        dedupe_key=f"{me.id}:{update.update_id}:{message.message_id}:{message.date}",
        message_key=f"{me.id}:{message.chat.id}:{message.message_id}:{message.date}",
        conversation=conversation_of(message, me),
        space=space_of(message),
        author=Author(
            platform=Platform.TELEGRAM,
            id=str(message.author.id),
            name=clean(message.author.name),
        ),
        message_id=str(message.message_id),
        reply_to=None if reply is None else str(reply.message_id),
        text=clean(text),
        sent_at=datetime.fromtimestamp(message.date, UTC) if message.date else received_at,
        kind=Kind.COMMAND if COMMAND.match(text) else Kind.MESSAGE,
        attachments=attachments_of(message),
    )


def _by_a_person(message: Message) -> bool:
    """Whoever speaks as a chat (an anonymous admin, a linked channel) cannot be identified."""
    return message.author is not None and not message.author.is_bot and message.sender_chat is None


def _addressed(message: Message, me: Me) -> str | None:
    """The words for the bot, None when they are not for it."""
    said, entities = message.text, message.entities
    if said is None:
        said, entities = message.caption, message.caption_entities
    if said is None or message.chat.type not in GROUPS | {"private"}:
        return None
    text, mentioned = _without_mentions(said, entities, me)
    command = COMMAND.match(text)
    if command and command[2] and command[2].lower() != me.username.lower():
        return None
    if message.chat.type in GROUPS and not (mentioned or _calls(command) or _answers(message, me)):
        return None
    return _without_address(text, command) if command else text


def _calls(command: re.Match[str] | None) -> bool:
    """A bare command in a group may be another bot's, unless we announce it."""
    return command is not None and bool(command[2] or command[1].lower() in ANNOUNCED)


def _answers(message: Message, me: Me) -> bool:
    reply = message.reply_to_message
    return (
        reply is not None
        and reply.author is not None
        and reply.author.id == me.id
        and not is_topic_root(message)
    )


def _without_address(text: str, command: re.Match[str]) -> str:
    """`/ask@ThisBot why` is `/ask why`; what a link carries after /start is not a question."""
    if command[1].lower() == "start":
        return "/start"
    return f"/{command[1]}{text[command.end() :]}"


def _without_mentions(text: str, entities: Iterable[Entity], me: Me) -> tuple[str, bool]:
    """The text without the bot's name, and whether it was there."""
    units = text.encode("utf-16-le", errors="replace")
    marked = tuple(entities)
    mentions = [entity for entity in marked if _names(entity, units, me)]
    if not mentions:
        return (text.strip(), False) if marked else _without_unmarked_mention(text, me)
    mentions.sort(key=lambda entity: entity.offset)
    kept = _slice(units, 0, mentions[0].offset)
    ends = [entity.offset for entity in mentions[1:]] + [len(units)]
    for entity, end in zip(mentions, ends, strict=True):
        kept = _join(kept, _slice(units, entity.offset + entity.length, end))
    return kept.strip(), True


def _without_unmarked_mention(text: str, me: Me) -> tuple[str, bool]:
    """Telegram marks every mention; simpler servers send the bare text."""
    name = f"@{me.username}"
    rest = text.strip()[len(name) :]
    found = AFTER_A_NAME.match(rest)
    if not me.username or not found or not text.strip().lower().startswith(name.lower()):
        return text.strip(), False
    return rest[found.end() :].strip(), True


def _names(entity: Entity, units: bytes, me: Me) -> bool:
    if entity.type == "text_mention":
        return entity.user is not None and entity.user.id == me.id
    if entity.type != "mention":
        return False
    name = _slice(units, entity.offset, entity.offset + entity.length)
    return name.lower() == f"@{me.username}".lower()


def _slice(units: bytes, start: int, end: int) -> str:
    """Cut by UTF-16 code units, two bytes each."""
    return units[2 * start : 2 * end].decode("utf-16-le", errors="replace")


def _join(before: str, after: str) -> str:
    """Close the gap that a name leaves."""
    if not before.strip():
        return AFTER_A_NAME.sub("", after, count=1) if AFTER_A_NAME.match(after) else after
    return before + (after[1:] if before[-1].isspace() and after[:1] == " " else after)
