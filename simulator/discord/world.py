"""The people, the channels and everything that was written."""

import re
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import orjson

from simulator.discord import objects
from simulator.discord.objects import (
    ADMINISTRATOR,
    ALL_PERMISSIONS,
    EPOCH_MS,
    EVERYBODY_MAY,
    JSON,
    Channel,
    Person,
    Role,
    dump,
)
from simulator.discord.witness import Witness

MENTIONED = re.compile(r"<@!?([0-9]+)>")


class World:
    """One server with text channels, and direct channels with the bot.

    Messages are kept as bytes, as a bot without the message content intent gets them. The clock
    runs ahead of the real one by `ahead`. A `witness` is told of what happens. With `guild` and
    `bot` it is a world that was there before; `last_id` is the largest id given so far.
    """

    def __init__(
        self, bot_name: str, *, name: str = "Ada's server", guild: str = "", bot: str = ""
    ) -> None:
        self.last_id = 0
        self.ahead = timedelta()
        self.name = name
        self.witness: Witness | None = None
        self.guild = guild or self.next_id()
        self.everyone = Role(id=self.guild, name="@everyone", permissions=EVERYBODY_MAY)
        self.roles = {self.everyone.id: self.everyone}
        self.closed: set[str] = set()
        self.bot = Person(id=bot or self.next_id(), name=bot_name, bot=True)
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self._known = {self.bot.id: self.bot}
        self._named: dict[str, Channel] = {}
        self._direct: dict[str, Channel] = {}
        self._threads: list[Channel] = []
        self._roles_of: dict[str, list[str]] = {}
        self._history: dict[str, list[tuple[int, bytes]]] = defaultdict(list)

    def now(self) -> datetime:
        """The simulated time."""
        return datetime.now(UTC) + self.ahead

    def next_id(self) -> str:
        """A new snowflake, larger than all before."""
        now = time.time_ns() // 1_000_000 + self.ahead // timedelta(milliseconds=1)
        self.last_id = max(self.last_id + 1, (now - EPOCH_MS) << 22)
        return str(self.last_id)

    def person(self, name: str) -> Person:
        """Somebody by name; they come into being when they are first named."""
        if name not in self.people:
            self.admit(Person(id=self.next_id(), name=name))
        return self.people[name]

    def admit(self, person: Person) -> None:
        """Bring somebody in who has an id."""
        self.people[person.name] = self._known[person.id] = person

    def text_channel(self, name: str) -> tuple[Channel, bool]:
        """A channel of the server by name, and whether it is new."""
        if name in self._named:
            return self._named[name], False
        channel = Channel(id=self.next_id(), name=name, guild=self.guild)
        self.open(channel)
        return channel, True

    def open(self, channel: Channel) -> None:
        """Bring in a channel that has an id."""
        self.channels[channel.id] = channel
        if channel.person is not None:
            self._direct[channel.person.id] = channel
        elif channel.parent is not None:
            self._threads.append(channel)
        else:
            self._named[channel.name] = channel
        if self.witness is not None:
            self.witness.changed()

    def direct_channel(self, person: Person) -> Channel:
        """The direct channel of a person with the bot."""
        if person.id not in self._direct:
            self.open(Channel(id=self.next_id(), name="", person=person))
        return self._direct[person.id]

    def give_role(self, person: Person, name: str, permissions: int) -> Role:
        """Give somebody a role, which comes into being when it is first named."""
        known = next((role for role in self.roles.values() if role.name == name), None)
        role = known or Role(id=self.next_id(), name=name, permissions=permissions)
        self.assign(role, person)
        return role

    def assign(self, role: Role, person: Person) -> None:
        """Give somebody a role that has an id."""
        self.roles[role.id] = role
        self._roles_of.setdefault(person.id, []).append(role.id)

    @property
    def roles_of(self) -> Mapping[str, Sequence[str]]:
        """The roles of each person, by their ids."""
        return self._roles_of

    def permissions(self, person: Person) -> int:
        """What somebody may do in the server."""
        if person.name == "owner":
            return ALL_PERMISSIONS
        allowed = self.everyone.permissions
        for role in self._roles_of.get(person.id, ()):
            allowed |= self.roles[role].permissions
        return ALL_PERMISSIONS if allowed & ADMINISTRATOR else allowed

    def member(self, person: Person) -> JSON:
        """Somebody as a member of the server."""
        return {**objects.member(roles=self._roles_of.get(person.id, ())), "user": person.to_json()}

    def start_thread(self, parent: Channel, name: str, *, identifier: str | None = None) -> Channel:
        """Begin a thread; from a message it has the message's id."""
        channel = Channel(
            id=identifier or self.next_id(),
            name=name,
            guild=self.guild,
            parent=parent.id,
            owner=self.bot.id,
        )
        self.open(channel)
        return channel

    def known(self, identifier: str) -> Person | None:
        """A person, or the bot, by id."""
        return self._known.get(identifier)

    @property
    def text_channels(self) -> Sequence[Channel]:
        """The channels of the server, its threads too."""
        return (*self._named.values(), *self._threads)

    def compose(
        self, channel: Channel, author: Person, content: str, *, reply_to: str | None = None
    ) -> JSON:
        """A new message, as REST would return it, not yet written anywhere."""
        people = (self.known(found) for found in MENTIONED.findall(content))
        composed = objects.message(
            identifier=self.next_id(),
            channel=channel.id,
            author=author.to_json(),
            content=content,
            at=self.now().isoformat(),
            mentions=[
                {**person.to_json(), "member": objects.member()} for person in people if person
            ],
        )
        if reply_to is not None:
            composed["type"] = 19
            composed["message_reference"] = self.reference(channel, reply_to)
        return composed

    def reference(self, channel: Channel, message_id: str) -> JSON:
        """What a reply says of the message before it."""
        reference: JSON = {"type": 0, "channel_id": channel.id, "message_id": message_id}
        if channel.guild:
            reference["guild_id"] = channel.guild
        return reference

    def keep(self, channel: Channel, composed: JSON) -> bytes:
        """Write a message into the history; it is returned as the API shows it."""
        shown = dump(self.as_shown(channel, composed))
        self._history[channel.id].append((int(composed["id"]), shown))
        channel.last_message_id = composed["id"]
        if self.witness is not None:
            self.witness.wrote(channel, composed)
        return shown

    def as_shown(self, channel: Channel, composed: JSON) -> JSON:
        """A message for a bot without the message content intent."""
        author, mentions = composed["author"], composed["mentions"]
        is_for_bot = any(user.get("id") == self.bot.id for user in mentions)
        if channel.guild is None or author["id"] == self.bot.id or is_for_bot:
            return composed
        return {**composed, "content": "", "attachments": [], "embeds": [], "components": []}

    def as_event(self, channel: Channel, composed: JSON) -> JSON:
        """A message with what `MESSAGE_CREATE` adds."""
        if channel.guild is None:
            return {**composed, "channel_type": objects.DIRECT_CHANNEL}
        return {
            **composed,
            "channel_type": channel.type,
            "guild_id": channel.guild,
            "member": objects.member(roles=self._roles_of.get(composed["author"].get("id"), ())),
        }

    def has(self, channel: Channel, message_id: str) -> bool:
        """Whether a message is in a channel's history."""
        return self._at(channel, message_id) is not None

    def message(self, channel: Channel, message_id: str) -> JSON | None:
        """A message of the history, None when it is not there."""
        at = self._at(channel, message_id)
        if at is None:
            return None
        found: JSON = orjson.loads(self._history[channel.id][at][1])
        return found

    def rewrite(self, channel: Channel, message: JSON) -> bytes:
        """Change a message of the history; it is returned as the API shows it."""
        at = self._at(channel, message["id"])
        shown = dump(self.as_shown(channel, message))
        if at is not None:
            self._history[channel.id][at] = (int(message["id"]), shown)
            if self.witness is not None:
                self.witness.wrote(channel, message)
        return shown

    def forget(self, channel: Channel, message_id: str) -> None:
        """Delete a message."""
        at = self._at(channel, message_id)
        if at is not None:
            del self._history[channel.id][at]
            if self.witness is not None:
                self.witness.removed(message_id)

    def _at(self, channel: Channel, message_id: str) -> int | None:
        if not message_id.isdecimal():
            return None
        history = self._history[channel.id]
        at = bisect_right(history, int(message_id), key=lambda entry: entry[0]) - 1
        return at if at >= 0 and history[at][0] == int(message_id) else None

    def read(self, channel: Channel, *, after: int | None, before: int | None, limit: int) -> bytes:
        """A page of the history: newest first, whichever end it is counted from."""
        history = self._history[channel.id]
        if after is not None:
            start = bisect_right(history, after, key=lambda entry: entry[0])
            page = history[start : start + limit]
        else:
            older = [entry for entry in history if before is None or entry[0] < before]
            page = older[-limit:]
        return b"[" + b",".join(shown for _, shown in reversed(page)) + b"]"

    def guild_json(self) -> JSON:
        """The server as it is now."""
        guild = objects.guild(
            self.guild,
            owner=self.person("owner").id,
            members=[self.member(self.bot)],
            roles=tuple(self.roles.values()),
            channels=self.text_channels,
            people=len(self.people),
        )
        return {"name": self.name, **guild}
