"""Discord as people see it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

from core.messages import Author, Platform
from simulator.discord import DiscordStandIn
from simulator.discord.calls import Upload
from simulator.discord.faults import Fault, refusal
from simulator.discord.world import World
from simulator.playground.discord import seed, show
from simulator.playground.discord.acts import Acts
from simulator.playground.discord.inline import Names
from simulator.playground.discord.memory import Entry, Memory
from simulator.playground.discord.onlooker import Onlooker
from simulator.playground.discord.snapshot import revive, take
from simulator.playground.values import (
    ClickOn,
    FaultKind,
    File,
    Json,
    MessageShown,
    Pane,
    Person,
    React,
    Room,
    Say,
    UseCommand,
    WireEvent,
)
from simulator.standin import Asked

TITLE, BOT = "Northwind", "Trialogue"
RATE_LIMIT_SECONDS = 3.0
OUTAGE_SECONDS = 5.0
POSTINGS = (
    "POST /channels/*/messages",
    "POST /webhooks/*/*",
    "PATCH /webhooks/*/*/messages/*",
)


class DiscordScene:
    """`Scene` of a Discord server, entered as an async context manager.

    `restore` comes before that; with `port` 0 a free one is found.
    """

    platform = "discord"

    def __init__(self, port: int = 0) -> None:
        self._port = port
        self._uploads: Mapping[str, Upload] = {}
        self._shown: dict[str, tuple[Entry, MessageShown]] = {}
        self._is_away = False
        self._take(DiscordStandIn(port=port, world=World(BOT, name=TITLE)), Memory())

    def _take(self, stand_in: DiscordStandIn, memory: Memory) -> None:
        self.stand_in = stand_in
        self._memory = memory
        self._onlooker = stand_in.world.witness = Onlooker(stand_in, memory)
        self._acts = Acts(stand_in, self._onlooker)

    async def __aenter__(self) -> Self:
        await self.stand_in.__aenter__()
        self._renew_addresses()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stand_in.__aexit__(kind, error, traceback)
        self._onlooker.close()

    @property
    def environment(self) -> Mapping[str, str]:
        return self.stand_in.environment

    def watch(self, *, changed: Callable[[], None], heard: Callable[[WireEvent], None]) -> None:
        self._onlooker.changed_hook = changed
        self._onlooker.heard_hook = heard

    def populate(self, people: Sequence[Person], rooms: Sequence[Room]) -> None:
        seed.populate(self.stand_in.world, people, rooms)

    def author(self, name: str) -> Author:
        person = self.stand_in.world.person(name)
        return Author(platform=Platform.DISCORD, id=person.id, name=person.shown_as)

    def pane(self) -> Pane:
        world, entries = self.stand_in.world, tuple(self._memory.entries.values())
        typing = sorted(self._memory.typing)
        return Pane(
            platform=self.platform,
            title=world.name,
            bot=world.bot.name,
            mention=f"@{world.bot.name}",
            channels=show.to_channels(world),
            messages=self._messages(),
            commands=show.to_commands(self.stand_in.guilds.commands),
            typing=show.to_typing(entries, typing, world.bot, now=world.now().timestamp()),
        )

    def file(self, identifier: str) -> File | None:
        found = self.stand_in.files.found(identifier)
        if found is None:
            return None
        return File(
            id=identifier,
            name=found.filename,
            content_type=found.content_type,
            content=found.content,
        )

    async def say(self, say: Say) -> Asked:
        return self._acts.say(say)

    async def command(self, use: UseCommand) -> Asked:
        return self._acts.command(use)

    async def click(self, click: ClickOn) -> Asked:
        return self._acts.click(click)

    async def react(self, react: React) -> None:
        self._acts.react(react)

    async def fault(self, kind: FaultKind) -> None:
        troubles = self.stand_in.api.troubles
        match kind:
            case FaultKind.DUPLICATE:
                self._acts.is_doubled = True
            case FaultKind.RATE_LIMIT:
                limited = refusal(429, retry_after=RATE_LIMIT_SECONDS)
                troubles.plan_any(limited, routes=POSTINGS)
            case FaultKind.CUT_OFF:
                troubles.plan_any(Fault(accepts=True), routes=POSTINGS)
            case FaultKind.DISCONNECT:
                self.stand_in.gateway.cut()
            case FaultKind.OUTAGE:
                if not self._is_away:
                    self._is_away = True
                    self.stand_in.background.run(self._stay_away())

    def snapshot(self) -> Json:
        return take(self.stand_in, self._memory)

    def restore(self, snapshot: Json) -> None:
        earlier = self._onlooker
        restored = revive(snapshot, port=self._port)
        self._uploads = restored.uploads
        self._take(restored.stand_in, restored.memory)
        self._onlooker.changed_hook = earlier.changed_hook
        self._onlooker.heard_hook = earlier.heard_hook

    async def _stay_away(self) -> None:
        try:
            async with self.stand_in.unreachable():
                await asyncio.sleep(OUTAGE_SECONDS)
        finally:
            self._is_away = False

    def _messages(self) -> tuple[MessageShown, ...]:
        world = self.stand_in.world
        names = show.to_names(world)
        by_id = {person.id: person.name for person in world.people.values()}
        newest = show.latest(self._memory.entries.values())
        # Markdown is read once for each message, not for each look at the pane.
        self._shown = {entry.id: (entry, self._message(entry, names, by_id)) for entry in newest}
        return tuple(shown for _, shown in self._shown.values())

    def _message(self, entry: Entry, names: Names, by_id: Mapping[str, str]) -> MessageShown:
        known = self._shown.get(entry.id)
        if known is not None and known[0] is entry:
            return known[1]
        return show.to_message(entry, names, lambda identifier: by_id.get(identifier, ""))

    def _renew_addresses(self) -> None:
        """Give the files of a world that was there before addresses at this server."""
        world, files = self.stand_in.world, self.stand_in.files
        for entry in tuple(self._memory.entries.values()):
            attached = entry.message["attachments"]
            if not attached:
                continue
            renewed = [
                files.renew(entry.channel, one, self._uploads[one["id"]])
                if one["id"] in self._uploads
                else one
                for one in attached
            ]
            world.rewrite(world.channels[entry.channel], {**entry.message, "attachments": renewed})
        self._uploads = {}
