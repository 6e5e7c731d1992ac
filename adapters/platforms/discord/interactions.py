"""Discord's interactions in our words: slash commands and clicks.

Shapes: https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object.
The gateway and the HTTP endpoint bring the same object.
"""

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from adapters.platforms.discord.events import (
    DIRECT,
    THREADS,
    AttachmentPayload,
    Id,
    Text,
    to_attachment,
    written_at,
)
from adapters.platforms.discord.handles import HOLDS, Deferral, Handle
from core.commands import COMMANDS
from core.messages import (
    Attachment,
    Author,
    Conversation,
    IncomingMessage,
    Kind,
    Platform,
    ReplyHandle,
    Space,
)

COMMAND, COMPONENT = 2, 3
SLASH_COMMAND = 1
BUTTON = 2
FILE_OPTION = 11
ELSEWHERE = 2
"""The context of people's conversations without the bot, where it cannot answer later."""

PRIVATE = frozenset(command.name for command in COMMANDS if command.private)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One use of a command or a button. It must be acknowledged within 3 seconds."""

    id: str
    token: str = field(repr=False)
    deferral: Deferral
    handle: ReplyHandle
    message: IncomingMessage


class _Payload(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)


class _User(_Payload):
    id: Id
    username: Text = ""
    global_name: Text | None = None


class _Member(_Payload):
    user: _User
    nick: Text | None = None


class _Option(_Payload):
    type: int = 0
    value: Text | bool | None = None


class _Resolved(_Payload):
    attachments: dict[Id, AttachmentPayload] = {}


class _Data(_Payload):
    name: str = ""
    type: int = SLASH_COMMAND
    options: list[_Option] = []
    custom_id: Text = ""
    component_type: int = 0
    resolved: _Resolved = _Resolved()


class _Named(_Payload):
    id: Id


class _Channel(_Named):
    type: int = 0
    parent_id: Id | None = None

    @property
    def parent(self) -> str:
        """That of another channel than a thread is the category it is listed in."""
        return self.parent_id or "" if self.type in THREADS else ""


class _Interaction(_Payload):
    id: Id
    application_id: Id
    type: int
    token: str
    data: _Data
    channel: _Channel | None = None
    channel_id: Id | None = None
    guild_id: Id | None = None
    context: int | None = None
    member: _Member | None = None
    user: _User | None = None
    message: _Named | None = None


def to_interaction(payload: object, *, now: datetime) -> Interaction | None:
    """A slash command or a click on a button; None for everything else."""
    try:
        found = _Interaction.model_validate(payload)
    except ValidationError:
        return None
    author = _author(found)
    text = _text(found)
    place = found.channel.id if found.channel else found.channel_id
    if author is None or text is None or place is None or found.context == ELSEWHERE:
        return None
    deferral = _deferral(found)
    packed = Handle(
        application=found.application_id, person=author.id, deferral=deferral, token=found.token
    ).pack()
    handle = ReplyHandle(value=packed, expires_at=now + HOLDS)
    return Interaction(
        id=found.id,
        token=found.token,
        deferral=deferral,
        handle=handle,
        message=_to_incoming(found, author, text, channel=place, handle=handle),
    )


def _to_incoming(
    found: _Interaction, author: Author, text: str, *, channel: str, handle: ReplyHandle
) -> IncomingMessage:
    guild = found.guild_id
    return IncomingMessage(
        dedupe_key=found.id,
        conversation=Conversation(
            platform=Platform.DISCORD,
            space=guild or DIRECT,
            channel=channel,
            direct=guild is None,
            parent=found.channel.parent if found.channel else "",
        ),
        space=Space(platform=Platform.DISCORD, id=guild) if guild else None,
        author=author,
        message_id=found.id,
        reply_to=found.message.id if found.message else None,
        text=text,
        sent_at=written_at(found.id),
        kind=Kind.COMMAND if found.type == COMMAND else Kind.CLICK,
        handle=handle,
        attachments=_attachments(found.data),
    )


def _author(found: _Interaction) -> Author | None:
    user = found.member.user if found.member else found.user
    if user is None:
        return None
    nick = found.member.nick if found.member else None
    name = nick or user.global_name or user.username
    return Author(platform=Platform.DISCORD, id=user.id, name=name)


def _text(found: _Interaction) -> str | None:
    data = found.data
    if found.type == COMMAND and data.type == SLASH_COMMAND and data.name:
        values = (str(one.value) for one in data.options if _is_said(one))
        return " ".join((f"/{data.name}", *values))
    if found.type == COMPONENT and data.component_type == BUTTON:
        return data.custom_id or None
    return None


def _is_said(option: _Option) -> bool:
    """A file's value is its id, which nobody has written."""
    return option.value is not None and option.type != FILE_OPTION


def _attachments(data: _Data) -> tuple[Attachment, ...]:
    return tuple(to_attachment(one) for one in data.resolved.attachments.values() if one.url)


def _deferral(found: _Interaction) -> Deferral:
    if found.type == COMPONENT:
        return Deferral.CLICK
    return Deferral.PRIVATE if found.data.name in PRIVATE else Deferral.OPEN
