"""What the playground shows and takes, in words that all platforms share.

The page gets these values as JSON, with the fields' own names.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Literal

Json = dict[str, object]


class PlaygroundError(Exception):
    """Something cannot be done here: the text says what to do instead."""


class NodeKind(StrEnum):
    """A piece of formatted text. `text` holds what TEXT, CODE, PREFORMATTED and MENTION say."""

    TEXT = "text"
    BOLD = "bold"
    ITALIC = "italic"
    UNDERLINE = "underline"
    STRIKE = "strike"
    SMALL = "small"
    CODE = "code"
    PREFORMATTED = "preformatted"
    LINK = "link"
    MENTION = "mention"
    BREAK = "break"
    PARAGRAPH = "paragraph"
    HEADING = "heading"
    QUOTE = "quote"
    LIST = "list"
    NUMBERED = "numbered"
    ITEM = "item"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node of a message's text. `url` is a LINK's, of the schemes http, https and mailto only."""

    kind: NodeKind
    text: str = ""
    url: str = ""
    children: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody whom one can speak as. `about` is their work in a few words."""

    name: str
    display: str
    about: str = ""
    admin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something that was said before the playground was opened, and the replies to it."""

    person: str
    text: str
    ago: timedelta
    replies: tuple["Line", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A channel, or a group, to be made, with what was said in it; oldest first."""

    name: str
    topic: str = ""
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that somebody shared. `id` is given by the scene, empty before."""

    name: str
    content_type: str
    content: bytes
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileShown:
    """A file as a message shows it; its content is asked for by id."""

    id: str
    name: str
    size: int
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonShown:
    """A button below a message. `id` is given back in a click: its place, first to last."""

    id: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionShown:
    """An emoji below a message, and the names of those who gave it; "" is the bot."""

    emoji: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageShown:
    """A message as people see it.

    `author` is a person's name, "" for the bot. `at` is in seconds since 1970. `thread` is the id
    of the message that a thread hangs below (Slack), `reply_to` of the one that is quoted (Discord,
    Telegram). `visible_to` is the person who alone sees it. `text` is `content` in plain words.
    """

    id: str
    channel: str
    author: str
    at: float
    text: str
    content: tuple[Node, ...]
    thread: str | None = None
    reply_to: str | None = None
    edited: bool = False
    buttons: tuple[tuple[ButtonShown, ...], ...] = ()
    files: tuple[FileShown, ...] = ()
    reactions: tuple[ReactionShown, ...] = ()
    visible_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelShown:
    """A place to speak in. `person` is whose direct conversation with the bot it is."""

    id: str
    name: str
    kind: Literal["channel", "group", "thread", "direct"]
    topic: str = ""
    person: str | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TypingShown:
    """The bot shows that it is at work. `text` is what the platform would write."""

    channel: str
    text: str
    thread: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandShown:
    """A slash command to be completed. `argument` names what follows it, "" where nothing does."""

    name: str
    description: str
    argument: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pane:
    """All of one platform: `mention` is what people write to call the bot.

    `messages` are in order of time, all channels together, the latest few hundred.
    """

    platform: str
    title: str
    bot: str
    mention: str
    channels: tuple[ChannelShown, ...]
    messages: tuple[MessageShown, ...]
    commands: tuple[CommandShown, ...] = ()
    typing: tuple[TypingShown, ...] = ()


class FaultKind(StrEnum):
    """What can be made to go wrong with a platform.

    DUPLICATE: the next event is delivered three times. RATE_LIMIT: the next posting is answered
    with 429 and has to wait three seconds. CUT_OFF: the next posting is shown, and the connection
    cut instead of an answer. DISCONNECT: every connection is cut now. OUTAGE: nobody can connect
    for five seconds.
    """

    DUPLICATE = "duplicate"
    RATE_LIMIT = "rate_limit"
    CUT_OFF = "cut_off"
    DISCONNECT = "disconnect"
    OUTAGE = "outage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Write as a person. `thread` and `reply_to` as in `MessageShown`; the id of any message."""

    channel: str
    person: str
    text: str
    thread: str | None = None
    reply_to: str | None = None
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCommand:
    """Use a slash command as a person, such as `/ask how?`."""

    channel: str
    person: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickOn:
    """Click a button, by its `id`, below a message."""

    channel: str
    message: str
    button: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class React:
    """Give an emoji, such as 👍, to a message as a person; a second time takes it back."""

    channel: str
    message: str
    emoji: str
    person: str


class Direction(StrEnum):
    """Who began: the platform with an event, or the bot with a call."""

    TO_BOT = "to_bot"
    FROM_BOT = "from_bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class WireEvent:
    """Something that went over the wire, once it has ended.

    `at` is when it began and `ended` when it was acknowledged or answered, both in seconds of
    `time.perf_counter()`; `ended` is None where the platform has no acknowledgement. `channel` is
    where it belongs in the pane, None when it belongs to no channel. `status` is in the platform's
    own words ("200", "ok", "ratelimited", "connection cut"), `note` says what was made to go wrong.
    `payload` has no token in it.
    """

    platform: str
    direction: Direction
    name: str
    at: float
    ended: float | None = None
    channel: str | None = None
    status: str = ""
    note: str = ""
    payload: Json = field(default_factory=dict)
