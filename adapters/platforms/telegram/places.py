"""Where a message of Telegram was written, as an address of ours."""

from dataclasses import dataclass

from adapters.platforms.telegram.payload import Message
from core.messages import Conversation, Platform, Space

GROUPS = frozenset({"group", "supergroup"})
NO_TOPIC = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """The bot itself."""

    id: int
    username: str


def conversation_of(message: Message, me: Me) -> Conversation:
    """The conversation that a message belongs to."""
    direct = message.chat.type == "private"
    topic = _topic(message)
    return Conversation(
        platform=Platform.TELEGRAM,
        space=str(me.id),
        channel=str(message.chat.id),
        thread=topic,
        root="" if direct or topic != NO_TOPIC else _chain(message),
        direct=direct,
    )


def space_of(message: Message) -> Space | None:
    """The group, None in a private chat."""
    if message.chat.type == "private":
        return None
    return Space(platform=Platform.TELEGRAM, id=str(message.chat.id))


def is_topic_root(message: Message) -> bool:
    """In a topic every message that replies to none is shown as a reply to its creation."""
    reply = message.reply_to_message
    return reply is not None and _topic(message) == str(reply.message_id)


def _chain(message: Message) -> str:
    """The message replied to stands for its chain until admission finds where that began."""
    reply = message.reply_to_message
    return str(message.message_id if reply is None else reply.message_id)


def _topic(message: Message) -> str:
    """A plain group has thread ids too, for its reply chains: only the flag tells a topic."""
    if message.is_topic_message and message.message_thread_id is not None:
        return str(message.message_thread_id)
    return NO_TOPIC
