"""What people write and what the bot posts, in words that no platform owns."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Flag, StrEnum, auto
from typing import Self
from uuid import UUID

from core.errors import UserError


class Platform(StrEnum):
    """Where people talk to the bot."""

    SLACK = "slack"
    DISCORD = "discord"
    TELEGRAM = "telegram"
    HTTP = "http"
    CLI = "cli"


PLATFORMS = {platform.value: platform for platform in Platform}


class Capability(Flag):
    """What a platform's adapter can do beyond posting text; absent unless declared."""

    NONE = 0
    MARKDOWN = auto()
    THREADS = auto()
    EDITS = auto()
    BUTTONS = auto()
    FILES = auto()
    TYPING = auto()
    EPHEMERAL = auto()
    STREAMING = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A storable address: where a message was written and where its reply goes.

    `space` is Slack's team, Discord's guild (`dm` outside one) or Telegram's bot id. `thread` is
    Slack's root timestamp or Telegram's topic (`0` outside one); Discord's threads are channels of
    their own and leave it empty. `root` is the message that began a reply chain in a Telegram group
    without topics, empty elsewhere. `parent` is the channel that a Discord thread hangs below,
    where that is known; it is no part of the address.
    """

    platform: Platform
    space: str
    channel: str
    thread: str = ""
    root: str = ""
    direct: bool = False
    parent: str = ""

    @property
    def place(self) -> str:
        """The address without its reply chain."""
        if self.thread:
            return f"{self.platform.value}:{self.space}:{self.channel}:{self.thread}"
        return f"{self.platform.value}:{self.space}:{self.channel}"

    @property
    def key(self) -> str:
        """The address in one string, such as `slack:T1:C1:1700000000.000100`."""
        return f"{self.place}:{self.root}" if self.root else self.place

    @classmethod
    def parse(cls, key: str, *, direct: bool) -> Self:
        """Read a key back. `UserError` when it is not one."""
        platform, *rest = key.split(":")
        known = PLATFORMS.get(platform)
        if known is None or not 2 <= len(rest) <= 4:
            raise UserError(f"{key!r} is not a conversation key, expected platform:space:channel.")
        space, channel, thread, root = (*rest, "", "")[:4]
        return cls(
            platform=known,
            space=space,
            channel=channel,
            thread=thread,
            root=root,
            direct=direct,
        )

    def rooted_at(self, message_id: str) -> Self:
        """The same place, narrowed to the reply chain that began with a message."""
        return replace(self, root=message_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """A connected team, guild or group, by its platform's id. It belongs to one organization."""

    platform: Platform
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """A person as the platform knows them.

    `scope` is the space's id where user ids are only unique within one (Slack), else empty.
    """

    platform: Platform
    scope: str = ""
    id: str
    name: str = ""


class Kind(StrEnum):
    """How a person addressed the bot: in words, by a slash command, or by a button."""

    MESSAGE = "message"
    COMMAND = "command"
    CLICK = "click"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyHandle:
    """A platform's own way to reply to one event: a response_url, an interaction's token.

    It is a secret, used first and never relied on: it is kept in memory, not with the message, and
    after `expires_at` or a restart the reply goes the ordinary way.
    """

    value: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button below a posting. `value` comes back in the click: at most 64 bytes of ASCII."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that came with a message, as its sender and the platform describe it.

    `name` may be anything, `content_type` and `size` in bytes may be untrue, and empty or None.
    `reference` is the platform's own and a secret of the space: who has it may get the file.
    """

    name: str = ""
    content_type: str = ""
    size: int | None = None
    reference: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage:
    """One message that is addressed to the bot: a mention, a direct message or a command.

    `dedupe_key` is the platform's name for the event; `message_key` names the message itself where
    several events can carry it (Slack's `app_mention` and `message`), else None. `text` has no
    mention of the bot in it; a command begins with its slash and name (`/ask how?`), a click is the
    button's value. `reply_to` is the id of the message this one replies to, or the one that holds
    the button. `space` is None in a direct message outside any space. `handle` is not kept.
    """

    dedupe_key: str
    message_key: str | None = None
    conversation: Conversation
    space: Space | None
    author: Author
    message_id: str
    reply_to: str | None = None
    text: str
    sent_at: datetime
    kind: Kind = Kind.MESSAGE
    handle: ReplyHandle | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the bot says: CommonMark, before it is cut to a platform's length.

    `private`: for the eyes of its author only, where the platform can. The buttons go below the
    last part; `without_buttons` is the text where the platform has none, if it is another one.
    """

    text: str
    without_buttons: str = ""
    buttons: tuple[Button, ...] = ()
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One outbox row on its way to a platform: a whole reply or one part of it.

    `id` is stable over every attempt and is the idempotency key where a platform takes one.
    `text` is CommonMark of at most the adapter's `text_limit`; with `plain` it is posted without
    any formatting, because the platform refused the formatted one. `attempts` counts from 1;
    `unconfirmed` says that an earlier attempt may have been posted. `written_at` is when the row
    was queued, by the database's clock. `message_id` is our id of the message it answers.
    `visible_to` is the platform's id of the only person who may see it: by the `handle` where there
    is one, else as a message that only they see, else directly to them; never to the others.
    """

    id: UUID
    message_id: UUID
    conversation: Conversation
    conversation_id: UUID
    reply_to: str | None
    text: str
    plain: bool = False
    attempts: int = 1
    unconfirmed: bool = False
    written_at: datetime
    buttons: tuple[Button, ...] = ()
    visible_to: str | None = None
    handle: ReplyHandle | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The platform's ids of what was posted, first to last."""

    message_ids: tuple[str, ...]
