"""Looks on at the stand-in: keeps what people see, and tells of what goes over the wire."""

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import orjson

from simulator.discord import DiscordStandIn
from simulator.discord.interactions import BY_COMMAND, COMMAND, COMPONENT, Interaction
from simulator.discord.objects import JSON, Channel, Person
from simulator.discord.witness import Dispatched, Served
from simulator.playground.discord.memory import Context, Memory
from simulator.playground.discord.wire import INTERACTION, is_shown, to_call, to_event
from simulator.playground.values import WireEvent

WITH_TOKEN = re.compile(r"/(?:webhooks|interactions)/[0-9]+/([^/]+).*")
TYPING_SECONDS = 10.0
IN_CHANNEL = re.compile(r"/channels/([0-9]+).*")


def nothing_changed() -> None:
    """Nobody wants to know."""


class Onlooker:
    """The `Witness` of a scene. `changed` and `heard` are called as `Scene.watch` says."""

    def __init__(self, stand_in: DiscordStandIn, memory: Memory) -> None:
        self.memory = memory
        self.changed_hook: Callable[[], None] = nothing_changed
        self.heard_hook: Callable[[WireEvent], None] | None = None
        self._stand_in = stand_in
        self._begun: dict[str, WireEvent] = {}
        self._notes: dict[str, str] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def close(self) -> None:
        """End what is still to come."""
        for timer in self._timers.values():
            timer.cancel()

    def note(self, identifier: str, note: str) -> None:
        """Say what was made to go wrong with a message's or an interaction's event."""
        self._notes[identifier] = note

    def unanswered(self, begun: Interaction) -> None:
        """Nobody responded to an interaction in time."""
        event = self._begun.pop(begun.id, None)
        if event is not None and self.heard_hook is not None:
            self.heard_hook(replace(event, status="not acknowledged"))

    def wrote(self, channel: Channel, message: JSON) -> None:
        self._write(channel, message, None)

    def whispered(self, channel: Channel, message: JSON, person: Person) -> None:
        self._write(channel, message, person.name)

    def removed(self, message_id: str) -> None:
        self.memory.remove(message_id)
        self.changed_hook()

    def reacted(self, message_id: str, emoji: str, person: Person, *, adds: bool) -> None:
        name = "" if person.bot else person.name
        self.memory.react(message_id, emoji, name, adds=adds)
        self.changed_hook()

    def typed(self, channel: str) -> None:
        loop = asyncio.get_running_loop()
        self._stop_typing(channel)
        self.memory.typing.add(channel)
        self._timers[channel] = loop.call_later(TYPING_SECONDS, self._typed_long_ago, channel)
        self.changed_hook()

    def changed(self) -> None:
        self.changed_hook()

    def acknowledged(self, interaction_id: str) -> None:
        event = self._begun.pop(interaction_id, None)
        if event is not None and self.heard_hook is not None:
            ended = time.perf_counter()
            self.heard_hook(replace(event, ended=ended, status="acknowledged"))

    def dispatched(self, dispatched: Dispatched) -> None:
        if self.heard_hook is None or not is_shown(dispatched):
            return
        identifier = str(orjson.loads(dispatched.payload).get("id", ""))
        note = self._notes.get(identifier, "")
        event = to_event(dispatched, at=time.perf_counter(), note=note)
        if dispatched.event == INTERACTION and identifier not in self._begun:
            self._begun[identifier] = event
        else:
            self.heard_hook(event)

    def served(self, served: Served) -> None:
        if self.heard_hook is not None:
            self.heard_hook(to_call(served, channel=self._channel(served.call.path)))

    def _write(self, channel: Channel, message: JSON, visible_to: str | None) -> None:
        if message["author"]["id"] == self._stand_in.world.bot.id:
            self._stop_typing(channel.id)
        self.memory.write(message, self._context(message), visible_to=visible_to)
        self.changed_hook()

    def _context(self, message: JSON) -> Context:
        about = message.get("interaction_metadata") or {}
        begun = self._stand_in.interactions.begun.get(about.get("id", ""))
        if begun is None:
            return Context()
        if begun.kind == COMMAND and message["type"] == BY_COMMAND:
            typed = " ".join(_typed(begun.payload["data"]))
            return Context(used=f"{begun.person.shown_as} used /{typed}")
        return Context(reply_to=begun.source if begun.kind == COMPONENT else begun.original)

    def _channel(self, path: str) -> str | None:
        if found := IN_CHANNEL.fullmatch(path):
            return found[1]
        found = WITH_TOKEN.fullmatch(path)
        begun = self._stand_in.interactions.of(found[1]) if found else None
        return begun.channel.id if begun else None

    def _stop_typing(self, channel: str) -> None:
        self.memory.typing.discard(channel)
        timer = self._timers.pop(channel, None)
        if timer is not None:
            timer.cancel()

    def _typed_long_ago(self, channel: str) -> None:
        self._stop_typing(channel)
        self.changed_hook()


def _typed(chosen: JSON) -> Iterator[str]:
    """A command as it was typed: its name and subcommand, and what was filled in."""
    yield str(chosen["value"] if "value" in chosen else chosen["name"])
    for option in chosen.get("options") or ():
        yield from _typed(option)
