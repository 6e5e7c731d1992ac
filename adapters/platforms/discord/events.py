"""Discord's payloads in our words.

Shapes: https://discord.com/developers/docs/resources/message and .../resources/channel. The gateway
and the REST API use the same message object, but REST leaves `guild_id` out.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

from core.messages import Attachment, Author, Conversation, IncomingMessage, Platform, Space
from core.text import clean

DIRECT = "dm"
"""The space of a conversation that is in no guild."""

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

WRITTEN = frozenset({0, 19})
"""The message types of people's own words: a message and a reply. All others are the system's."""

DIRECT_CHANNEL = 1
THREADS = frozenset({10, 11, 12})
TEXT_CHANNELS = frozenset({0, 5}) | THREADS
"""Channel types: text, announcements and their three kinds of threads."""

VOICE_CHANNELS = frozenset({2, 13})
"""Voice and stage: most have no text, and then no last message."""

MENTION = re.compile(r"<(@!?|@&|#|a?:\w+:|/[^<>:]+:)([0-9]{1,20})>( ?)")
ADDRESS = re.compile(r"\s*[,:](?=\s)\s*")
"""What people write between the bot's name and their question."""

NameOf = Callable[[str], str | None]
"""The name of a channel or role by its id, None when it is not known."""

ParentOf = Callable[[str], str | None]
"""The channel that a thread hangs below, by their ids; None where it is no thread, or not known."""


def _cleaned(value: object) -> object:
    return clean(value) if isinstance(value, str) else value


Id = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]
Text = Annotated[str, BeforeValidator(_cleaned)]


class _Payload(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)


class _Member(_Payload):
    nick: Text | None = None


class _User(_Payload):
    id: Id
    username: Text = ""
    global_name: Text | None = None
    bot: bool = False
    system: bool = False
    member: _Member | None = None

    @property
    def name(self) -> str:
        nick = self.member.nick if self.member else None
        return nick or self.global_name or self.username


class _Reference(_Payload):
    type: int = 0
    message_id: Id | None = None


class AttachmentPayload(_Payload):
    """A file as a message or a command carries it."""

    filename: Text = ""
    title: Text | None = None
    content_type: Text | None = None
    size: int | None = None
    url: Text = ""


class _Message(_Payload):
    id: Id
    channel_id: Id
    guild_id: Id | None = None
    author: _User
    member: _Member | None = None
    content: Text = ""
    type: int = 0
    webhook_id: Id | None = None
    mentions: list[_User] = []
    message_reference: _Reference | None = None
    timestamp: datetime | None = None
    attachments: list[AttachmentPayload] = []


class _Channel(_Payload):
    id: Id
    guild_id: Id | None = None
    type: int = 0
    last_message_id: Id | None = None


class _Guild(_Payload):
    id: Id
    channels: list[_Channel] = []
    threads: list[_Channel] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A channel where people write. `newest` is its last message's id, None when it is not known.

    `guild` is None in a direct channel.
    """

    channel: str
    guild: str | None
    newest: int | None


def _unknown(_: str) -> None:
    return None


def to_message(
    payload: object, *, bot: str, name_of: NameOf = _unknown, parent_of: ParentOf = _unknown
) -> IncomingMessage | None:
    """A message that is addressed to the bot, whose user id is `bot`; None for everything else.

    Addressed are direct messages, mentions, and replies that ping the bot. Its own messages, those
    of other bots and webhooks and the system's are not, and neither is `@everyone`.
    """
    try:
        message = _Message.model_validate(payload)
    except ValidationError:
        return None
    author = message.author
    if author.bot or author.system or author.id == bot or message.webhook_id:
        return None
    addressed = message.guild_id is None or any(user.id == bot for user in message.mentions)
    if not addressed or message.type not in WRITTEN:
        return None
    text = _readable(message, bot=bot, name_of=name_of)
    return _to_incoming(message, text, parent=parent_of(message.channel_id) or "")


def to_places(guild: object) -> tuple[Place, ...]:
    """The channels and threads of a guild, from `GUILD_CREATE`."""
    try:
        known = _Guild.model_validate(guild)
    except ValidationError:
        return ()
    return tuple(
        _place(channel, known.id)
        for channel in (*known.channels, *known.threads)
        if channel.type in TEXT_CHANNELS
        or (channel.type in VOICE_CHANNELS and channel.last_message_id)
    )


def to_place(channel: object) -> Place | None:
    """A channel as `GET /channels/{id}` tells it, None when nobody can write to the bot there."""
    try:
        known = _Channel.model_validate(channel)
    except ValidationError:
        return None
    if known.guild_id is None and known.type != DIRECT_CHANNEL:
        return None
    return _place(known, known.guild_id)


def snowflake(moment: datetime) -> int:
    """The smallest id that Discord gives at a moment."""
    return max(0, (moment - EPOCH) // MILLISECOND) << 22


def written_at(identifier: str) -> datetime:
    """When Discord gave an id."""
    return EPOCH + (int(identifier) >> 22) * MILLISECOND


def _place(channel: _Channel, guild: str | None) -> Place:
    newest = channel.last_message_id
    return Place(channel=channel.id, guild=guild, newest=int(newest) if newest else None)


def _to_incoming(message: _Message, text: str, *, parent: str) -> IncomingMessage:
    guild = message.guild_id
    nick = message.member.nick if message.member else None
    return IncomingMessage(
        dedupe_key=message.id,
        conversation=Conversation(
            platform=Platform.DISCORD,
            space=guild or DIRECT,
            channel=message.channel_id,
            direct=guild is None,
            parent=parent,
        ),
        space=Space(platform=Platform.DISCORD, id=guild) if guild else None,
        author=Author(
            platform=Platform.DISCORD, id=message.author.id, name=nick or message.author.name
        ),
        message_id=message.id,
        reply_to=_replied_to(message),
        text=text,
        sent_at=_sent_at(message),
        attachments=tuple(to_attachment(one) for one in message.attachments if one.url),
    )


def to_attachment(found: AttachmentPayload) -> Attachment:
    """The same in our words."""
    return Attachment(
        name=found.filename or found.title or "",
        content_type=found.content_type or "",
        size=found.size,
        reference=found.url,
    )


def _sent_at(message: _Message) -> datetime:
    told = message.timestamp
    return told if told and told.tzinfo else written_at(message.id)


def _replied_to(message: _Message) -> str | None:
    reference = message.message_reference
    # A forwarded message carries a reference too, of another type.
    return reference.message_id if reference and reference.type == 0 else None


def _readable(message: _Message, *, bot: str, name_of: NameOf) -> str:
    """The text with names where Discord writes ids, and no mention of the bot."""
    if "<" not in message.content:
        return message.content.strip()
    names = {user.id: user.name for user in message.mentions}

    def readable(found: re.Match[str]) -> str:
        sign, identifier, space = found.groups()
        if sign in ("@", "@!") and identifier == bot:
            return ""
        return _named(sign, names.get(identifier) or name_of(identifier)) + space

    text = MENTION.sub(readable, message.content)
    address = ADDRESS.match(text)
    return text[address.end() if address else 0 :].strip()


def _named(sign: str, name: str | None) -> str:
    match sign:
        case "@" | "@!":
            return f"@{name or 'someone'}"
        case "@&":
            return f"@{name or 'role'}"
        case "#":
            return f"#{name or 'channel'}"
        case _ if sign.startswith("/"):
            return sign.removesuffix(":")
        case _:
            return sign.removeprefix("a")  # an animated emoji is written <a:name:id>
