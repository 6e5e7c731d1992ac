"""What people see of a Discord server; the bot reads less of it."""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from simulator.discord.interactions import LOADING
from simulator.discord.objects import JSON

MOST = 300
"""Messages of one channel; older ones are forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Why the bot wrote: the line above its message, and the message that it belongs to."""

    used: str = ""
    reply_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A message as people see it. `reactions` are emoji and the names of who gave it."""

    message: JSON
    context: Context = field(default_factory=Context)
    visible_to: str | None = None
    is_edited: bool = False
    reactions: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def id(self) -> str:
        """The message's."""
        return str(self.message["id"])

    @property
    def channel(self) -> str:
        """The channel's id."""
        return str(self.message["channel_id"])

    @property
    def is_loading(self) -> bool:
        """Whether the bot has only said that it is thinking."""
        return bool(self.message["flags"] & LOADING)


class Memory:
    """The newest messages of each channel, and where the bot is typing."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries: dict[str, Entry] = {}
        self.typing: set[str] = set()
        self._order: defaultdict[str, deque[str]] = defaultdict(deque)
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """Keep a new message."""
        order = self._order[entry.channel]
        order.append(entry.id)
        self.entries[entry.id] = entry
        if len(order) > MOST:
            self.entries.pop(order.popleft(), None)

    def write(self, message: JSON, context: Context, *, visible_to: str | None = None) -> None:
        """Keep a message that is new, or reads differently."""
        known = self.entries.get(message["id"])
        if known is None:
            self.add(Entry(message=message, context=context, visible_to=visible_to))
            return
        is_edited = not known.is_loading and _words(known.message) != _words(message)
        changed = replace(known, message=message, is_edited=known.is_edited or is_edited)
        self.entries[known.id] = changed

    def remove(self, message_id: str) -> None:
        """Forget a message that was deleted."""
        self.entries.pop(message_id, None)

    def react(self, message_id: str, emoji: str, name: str, *, adds: bool) -> None:
        """Keep a reaction, or take it away."""
        known = self.entries.get(message_id)
        if known is not None:
            reactions = _reacted(dict(known.reactions), emoji, name, adds=adds)
            self.entries[message_id] = replace(known, reactions=tuple(reactions.items()))

    def has_reacted(self, message_id: str, emoji: str, name: str) -> bool:
        """Whether somebody gave an emoji to a message."""
        known = self.entries.get(message_id)
        return known is not None and name in dict(known.reactions).get(emoji, ())


def _words(message: JSON) -> tuple[object, ...]:
    return message["content"], message["embeds"]


def _reacted(
    reactions: dict[str, tuple[str, ...]], emoji: str, name: str, *, adds: bool
) -> dict[str, tuple[str, ...]]:
    others = tuple(one for one in reactions.get(emoji, ()) if one != name)
    changed = {**reactions, emoji: (*others, name) if adds else others}
    return {one: people for one, people in changed.items() if people}
