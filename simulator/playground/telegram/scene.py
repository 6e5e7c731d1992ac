"""Telegram's stand-in as people see and use it."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self, assert_never

from core.messages import Author, Platform
from simulator.playground.telegram import wire
from simulator.playground.telegram.passing import Passing
from simulator.playground.telegram.seed import Seeded, in_order
from simulator.playground.telegram.show import (
    buttons_below,
    to_channels,
    to_commands,
    to_messages,
)
from simulator.playground.telegram.snapshot import Snapshot, bring, take
from simulator.playground.telegram.writing import reaches_bot, shared, typed
from simulator.playground.values import (
    ClickOn,
    FaultKind,
    File,
    Json,
    Pane,
    Person,
    PlaygroundError,
    React,
    Room,
    Say,
    UseCommand,
    WireEvent,
)
from simulator.standin import Asked
from simulator.telegram import Exchange, Fault, TelegramStandIn
from simulator.telegram.chats import Chat
from simulator.telegram.people import quoted
from simulator.telegram.updates import Queued
from simulator.telegram.world import shown

TITLE = "Northwind"
OUTAGE_SECONDS = 5.0
PAUSE_SECONDS = 3
MOST_RECORDED = 300
POSTING = "sendmessage"


class TelegramScene:
    """A `Scene`. Make it, restore it if it is to go on from before, and enter it.

    The bot is in privacy mode, as it is on Telegram unless somebody changes that.
    """

    platform = wire.PLATFORM

    def __init__(self, port: int = 0) -> None:
        self._port = port
        self._stand_in = TelegramStandIn(port=port)
        self._people: dict[str, Person] = {}
        self._rooms: dict[int, str] = {}
        self._passing = Passing(expired=self._changed)
        self._pane: Pane | None = None
        self._outage: asyncio.Task[None] | None = None
        self._on_changed: Callable[[], None] = lambda: None
        self._on_heard: Callable[[WireEvent], None] = lambda _: None

    async def __aenter__(self) -> Self:
        self._stand_in.api.on_answered = self._answered
        self._stand_in.updates.on_handed = self._handed
        await self._stand_in.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._passing.forget()
        if self._outage is not None:
            self._outage.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._outage
        await self._stand_in.__aexit__(kind, error, traceback)

    @property
    def stand_in(self) -> TelegramStandIn:
        """What the bot takes for Telegram."""
        return self._stand_in

    @property
    def environment(self) -> Mapping[str, str]:
        return self._stand_in.environment

    def watch(self, *, changed: Callable[[], None], heard: Callable[[WireEvent], None]) -> None:
        self._on_changed, self._on_heard = changed, heard

    def populate(self, people: Sequence[Person], rooms: Sequence[Room]) -> None:
        chats = self._stand_in.chats
        for person in people:
            self._people[person.name] = person
            chats.rename(person.name, person.display)
        for room in rooms:
            self._rooms[chats.group(room.name).id] = room.topic
            for person in people:
                status = "creator" if person.admin else "member"
                self._stand_in.promote(person.name, channel=room.name, status=status)
        for person in people:
            chats.private(person.name)
        self._write_down(in_order(rooms, now=time.time()))
        self._changed()

    def author(self, name: str) -> Author:
        person = self._stand_in.chats.person(name)
        return Author(
            platform=Platform.TELEGRAM, id=str(person["id"]), name=str(person["first_name"])
        )

    def pane(self) -> Pane:
        if self._pane is None:
            self._pane = self._look()
        return self._pane

    def file(self, identifier: str) -> File | None:
        stored = self._stand_in.world.files.by_id.get(identifier)
        if stored is None or not stored.upload.content:
            return None
        upload = stored.upload
        return File(
            id=stored.id,
            name=upload.name,
            content_type=upload.content_type,
            content=upload.content,
        )

    async def say(self, say: Say) -> Asked:
        chat = self._chat(say.channel, say.person)
        world = self._stand_in.world
        words = typed(say.text, world.me, is_caption=bool(say.files))
        if not words and not say.files:
            raise PlaygroundError("Write something: Telegram sends no empty messages.")
        replied = None if say.reply_to is None else _message(chat, say.reply_to)
        contents: list[Json] = [shared(file, world.files) for file in say.files] or [{}]
        contents[0] |= words
        if len(contents) > 1:
            album = {"media_group_id": self._stand_in.album_number()}
            contents = [content | album for content in contents]
        asked = [
            self._send(chat, say.person, content, None if index else replied)
            for index, content in enumerate(contents)
        ]
        return asked[0]

    async def command(self, use: UseCommand) -> Asked:
        chat = self._chat(use.channel, use.person)
        words = typed(use.text, self._stand_in.world.me)
        called = (use.text.split() or ["command"])[0]
        name, _, addressee = called.partition("@")
        known = [f"/{one.name}" for one in self.pane().commands]
        if not known:
            raise PlaygroundError("The bot has no commands yet: wait until it has started.")
        if name.lower() not in known or addressee.lower() not in {"", self._stand_in.username}:
            raise PlaygroundError(f"There is no {called} here. Try {_either(known)}.")
        return self._send(chat, use.person, words, None)

    async def click(self, click: ClickOn) -> Asked:
        chat = self._chat(click.channel, click.person)
        message = _message(chat, click.message)
        buttons = [button for row in buttons_below(message) for button in row]
        if not click.button.isdecimal() or int(click.button) >= len(buttons):
            raise PlaygroundError("This button is gone: click one that is there now.")
        button = buttons[int(click.button)]
        if "callback_data" not in button:
            raise PlaygroundError("This button opens something outside of the chat.")
        return self._stand_in.press(
            message, str(button["callback_data"]), channel=str(chat.id), person=click.person
        )

    async def react(self, react: React) -> None:
        chat = self._chat(react.channel, react.person)
        if not react.emoji.strip():
            raise PlaygroundError("Choose an emoji.")
        posted = shown(chat, _message(chat, react.message))
        self._stand_in.react(posted, react.emoji.strip(), person=react.person)
        self._changed()

    async def fault(self, kind: FaultKind) -> None:
        match kind:
            case FaultKind.DUPLICATE:
                self._stand_in.updates.mishaps.copies = 2
            case FaultKind.RATE_LIMIT:
                self._plan(
                    Fault(
                        status=429,
                        description=f"Too Many Requests: retry after {PAUSE_SECONDS}",
                        retry_after=PAUSE_SECONDS,
                        note=f"told to wait {PAUSE_SECONDS} s",
                    )
                )
            case FaultKind.CUT_OFF:
                self._plan(Fault(accepts=True, note="posted, and cut off before the answer"))
            case FaultKind.DISCONNECT:
                self._stand_in.disconnect()
            case FaultKind.OUTAGE:
                await self._begin_outage()
            case _:
                assert_never(kind)

    def snapshot(self) -> Json:
        return take(self._stand_in, self._people, self._rooms).model_dump(mode="json")

    def restore(self, snapshot: Json) -> None:
        kept = Snapshot.model_validate(snapshot)
        stand_in = TelegramStandIn(token=kept.token, port=self._port)
        try:
            bring(kept, stand_in)
            to_messages(stand_in.world)
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"this is no snapshot of a Telegram: {error!r}") from error
        self._stand_in = stand_in
        self._people = {person.name: person for person in kept.people}
        self._rooms = kept.rooms
        self._changed()

    def _look(self) -> Pane:
        world = self._stand_in.world
        channels = to_channels(world, self._rooms)
        messages = (*to_messages(world), *self._passing.notices())
        return Pane(
            platform=self.platform,
            title=TITLE,
            bot=str(world.me["first_name"]),
            mention=f"@{self._stand_in.username}",
            channels=channels,
            messages=tuple(sorted(messages, key=lambda one: one.at)),
            commands=to_commands(world.commands),
            typing=self._passing.typing(),
        )

    def _chat(self, channel: str, person: str) -> Chat:
        """A chat in which a person can be."""
        if person not in self._people:
            raise PlaygroundError(f"There is nobody called {person!r} here.")
        number = int(channel) if channel.removeprefix("-").isdecimal() else 0
        chat = self._stand_in.chats.by_id.get(number)
        if chat is None:
            raise PlaygroundError("There is no such chat here: choose one from the list.")
        if chat.person not in {None, person}:
            raise PlaygroundError("This chat is somebody else's: choose your own with the bot.")
        return chat

    def _send(self, chat: Chat, person: str, content: Json, replied: Json | None) -> Asked:
        asked, message = self._stand_in.write(content, chat=chat, person=person, reply_to=replied)
        if reaches_bot(message, self._stand_in.world.me):
            self._stand_in.updates.put("message", message)
        self._changed()
        return asked

    def _write_down(self, lines: Sequence[Seeded]) -> None:
        world, written = self._stand_in.world, dict[Seeded, Json]()
        for one in lines:
            author = world.chats.person(one.line.person) if one.line.person else world.me
            chat, content = world.chats.group(one.room.name), typed(one.line.text, world.me)
            message = world.chats.any_message(chat, author, content, at=one.at)
            if one.reply_to is not None:
                message["reply_to_message"] = quoted(written[one.reply_to])
            written[one] = message

    def _plan(self, fault: Fault) -> None:
        self._stand_in.api.faults[POSTING].append(fault)

    async def _begin_outage(self) -> None:
        if self._outage is not None and not self._outage.done():
            raise PlaygroundError("Telegram cannot be reached already: wait until it is back.")
        # It ends with the scene: a TaskGroup would have to be left by the task that entered it.
        began = asyncio.Event()
        self._outage = asyncio.get_running_loop().create_task(self._be_unreachable(began))
        await began.wait()

    async def _be_unreachable(self, began: asyncio.Event) -> None:
        async with self._stand_in.unreachable():
            self._stand_in.disconnect()
            began.set()
            await asyncio.sleep(OUTAGE_SECONDS)

    def _answered(self, exchange: Exchange) -> None:
        if exchange.method.lower() == "getupdates":
            return
        world = self._stand_in.world
        self._passing.note(exchange, wire.channel_of(exchange, world), world)
        if not exchange.method.lower().startswith("get"):
            self._changed()
        self._on_heard(wire.of_exchange(exchange, world, self._stand_in.token))
        self._trim()

    def _handed(self, queued: Queued, confirmed_at: float | None) -> None:
        self._on_heard(wire.of_update(queued, confirmed_at))

    def _changed(self) -> None:
        self._pane = None
        self._on_changed()

    def _trim(self) -> None:
        """Nobody asks the stand-in for what was recorded for tests long ago."""
        stand_in, world = self._stand_in, self._stand_in.world
        for record in (
            stand_in.api.arrivals, stand_in.api.calls, stand_in.asked, stand_in.posted,
            world.actions, world.answers, world.edits, world.drafts, world.deleted,
        ):  # fmt: skip
            del record[:-MOST_RECORDED]


def _message(chat: Chat, identifier: str) -> Json:
    message = chat.messages.get(int(identifier)) if identifier.isdecimal() else None
    if message is None:
        raise PlaygroundError("This message is gone: choose one that is there now.")
    return message


def _either(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
