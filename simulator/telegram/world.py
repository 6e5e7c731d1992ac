"""Everything the stand-in knows, shared by its methods and its people."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from simulator.standin import Posted
from simulator.telegram.chats import Chat, Chats
from simulator.telegram.clock import SimulatedClock
from simulator.telegram.files import Files
from simulator.telegram.pace import Pace
from simulator.telegram.refusals import Json
from simulator.telegram.updates import Updates
from simulator.telegram.webhook import Webhook


@dataclass(slots=True, kw_only=True)
class Query:
    """A click that waits for its answer, of a person in a chat."""

    id: str
    person: str
    channel: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer to a click."""

    query_id: str
    text: str
    alert: bool


@dataclass(kw_only=True)
class World:
    """One bot on one server."""

    me: Json
    clock: SimulatedClock
    chats: Chats
    updates: Updates
    webhook: Webhook
    pace: Pace
    on_posted: Callable[[Posted], None]
    longest_poll: float
    files: Files = field(default_factory=Files)
    commands: dict[str, list[Json]] = field(default_factory=dict)
    queries: dict[str, Query] = field(default_factory=dict)
    answers: list[Answered] = field(default_factory=list)
    edits: list[Posted] = field(default_factory=list)
    deleted: list[tuple[str, str]] = field(default_factory=list)
    drafts: list[Json] = field(default_factory=list)
    actions: list[tuple[str, str]] = field(default_factory=list)
    reactions: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """The bot's, by chat and message."""
    given: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    """The emoji of each person, by chat and message."""


def shown(chat: Chat, message: Json) -> Posted:
    """A message as people see it."""
    reply = message.get("reply_to_message")
    keyboard = message.get("reply_markup")
    rows = keyboard["inline_keyboard"] if isinstance(keyboard, dict) else ()
    return Posted(
        id=str(message["message_id"]),
        channel=str(chat.id),
        reply_to=str(reply["message_id"]) if isinstance(reply, dict) else None,
        text=str(message.get("text") or message.get("caption") or ""),
        at=time.perf_counter(),
        buttons=tuple(str(button["text"]) for row in rows for button in row),
        visible_to=chat.person,
    )
