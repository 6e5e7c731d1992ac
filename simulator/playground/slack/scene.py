"""The playground's Slack: a team in Socket Mode, and the people in it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

from core.commands import COMMANDS
from core.messages import Author, Platform
from simulator.playground.slack import heard, seed
from simulator.playground.slack.acts import Acts
from simulator.playground.slack.show import Show
from simulator.playground.slack.snapshot import put_back, take
from simulator.playground.slack.used import Used
from simulator.playground.values import (
    ClickOn,
    CommandShown,
    FaultKind,
    File,
    Json,
    Pane,
    Person,
    React,
    Room,
    Say,
    UseCommand,
    WireEvent,
)
from simulator.slack import Attempt, Mishap, SlackStandIn
from simulator.slack.background import Background
from simulator.slack.calls import Ended
from simulator.slack.deliveries import Channel, Parcel
from simulator.slack.workspace import BOT, BOT_USER, TEAM
from simulator.standin import Asked

TITLE = "Northwind"
SHOWN_COMMANDS = tuple(
    CommandShown(name=spec.name, description=spec.description, argument=spec.argument)
    for spec in COMMANDS
    if not spec.takes_file
)
RETRY_DELAYS = (0.5, 2.0, 5.0, 10.0, 60.0)
"""Seconds. Slack's own are none, a minute and five; nobody waits for those in front of a page."""

COPIES = 3
RETRY_AFTER = 3
OUTAGE_LASTS = 5.0  # seconds
MOST_RECORDED = 500


class SlackScene:
    """`Scene` of a Slack team; an async context manager.

    `restore` it before it is entered, or `populate` it. `commands` are those of the app.
    """

    platform = "slack"

    def __init__(self, port: int = 0, *, commands: Sequence[CommandShown] = SHOWN_COMMANDS) -> None:
        self._port = port
        self._commands = tuple(commands)
        self._background = Background()
        self._out = False
        self._changed: Callable[[], None] | None = None
        self._heard: Callable[[WireEvent], None] | None = None
        self._used = Used()
        self._stand_in = self._empty(self._used)

    async def __aenter__(self) -> Self:
        await self._stand_in.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self._background.stop()
        finally:
            await self._stand_in.__aexit__(kind, error, traceback)

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings that point `trialogue up` at the stand-in."""
        return self._stand_in.environment

    @property
    def connected(self) -> bool:
        """Whether a bot can be told of anything."""
        return bool(self._stand_in.api.sockets.open)

    def watch(self, *, changed: Callable[[], None], heard: Callable[[WireEvent], None]) -> None:
        """Call `changed` whenever the pane may look different, `heard` for each wire event."""
        self._changed, self._heard = changed, heard

    def populate(self, people: Sequence[Person], rooms: Sequence[Room]) -> None:
        """Bring people, rooms and what was said in them into an empty world."""
        seed.populate(self._stand_in.workspace, people, rooms)
        self._change()

    def author(self, name: str) -> Author:
        """A person as the bot knows them."""
        workspace = self._stand_in.workspace
        return Author(
            platform=Platform.SLACK,
            scope=TEAM,
            id=workspace.person(name),
            name=workspace.displays.get(name, name),
        )

    def pane(self) -> Pane:
        """What people see now."""
        return Show.of(self._stand_in.api, self._used.lines).pane(self._commands)

    def file(self, identifier: str) -> File | None:
        """A file by the id that a message shows."""
        kept = self._stand_in.api.files.kept.get(identifier)
        if kept is None or not kept.arrived:
            return None
        return File(
            id=identifier,
            name=str(kept.about["name"]),
            content_type=str(kept.about["mimetype"]),
            content=kept.content,
        )

    async def say(self, say: Say) -> Asked:
        """Write. Only what the platform would deliver reaches the bot."""
        asked = self._acts.say(say)
        self._change()
        return asked

    async def command(self, use: UseCommand) -> Asked:
        """Use a command that the bot has announced."""
        return self._acts.command(use)

    async def click(self, click: ClickOn) -> Asked:
        """Click a button that the person can see."""
        return self._acts.click(click)

    async def react(self, react: React) -> None:
        """Give or take back an emoji."""
        self._acts.react(react)
        self._change()

    async def fault(self, kind: FaultKind) -> None:
        """Let something go wrong, and return at once."""
        match kind:
            case FaultKind.DUPLICATE:
                self._stand_in.deliveries.mishaps.plan(Mishap.DUPLICATE, copies=COPIES)
            case FaultKind.RATE_LIMIT:
                self._stand_in.fail_next(status=429, error="ratelimited", retry_after=RETRY_AFTER)
            case FaultKind.CUT_OFF:
                self._stand_in.accept_then_reset()
            case FaultKind.DISCONNECT:
                self._stand_in.api.sockets.cut()
            case FaultKind.OUTAGE if not self._out:
                self._out = True
                self._background.start(self._stay_away())

    def snapshot(self) -> Json:
        """Everything that is to outlast this process, as JSON: ids and tokens too."""
        return take(self._stand_in, self._used)

    def restore(self, snapshot: Json) -> None:
        """Go on where a snapshot was taken, before the scene is entered.

        Raises `ValueError` when it is of another shape; the world is empty then.
        """
        self._used = Used()
        self._stand_in = self._empty(self._used)
        used = Used()
        restored = self._empty(used)
        put_back(snapshot, restored, used)
        self._used, self._stand_in = used, restored

    @property
    def _acts(self) -> Acts:
        return Acts(stand_in=self._stand_in, commands=self._commands, used=self._used)

    def _empty(self, used: Used) -> SlackStandIn:
        stand_in = SlackStandIn(port=self._port, socket_mode=True, retry_delays=RETRY_DELAYS)
        stand_in.workspace.title = TITLE
        stand_in.api.on_change = self._change
        stand_in.api.on_call = self._note_call
        stand_in.deliveries.on_attempt = self._note_attempt
        note = stand_in.api.responses.on_response

        def note_response(trigger: str, channel: str, ts: str) -> None:
            note(trigger, channel, ts)
            used.answer(trigger, (channel, ts), stand_in.workspace)

        stand_in.api.responses.on_response = note_response
        return stand_in

    async def _stay_away(self) -> None:
        try:
            async with self._stand_in.unreachable():
                await asyncio.sleep(OUTAGE_LASTS)
        finally:
            self._out = False

    def _change(self) -> None:
        if self._changed is not None:
            self._changed()

    def _note_call(self, call: Ended) -> None:
        self._forget()
        if self._heard is not None:
            self._heard(heard.to_call(call))

    def _note_attempt(self, parcel: Parcel, attempt: Attempt, note: str) -> None:
        if self._heard is not None:
            self._heard(heard.to_delivery(parcel, attempt, note))
        if parcel.channel is Channel.COMMAND and not attempt.acknowledged:
            self._say_that_it_failed(parcel)

    def _say_that_it_failed(self, parcel: Parcel) -> None:
        """Tell a person alone, as Slack does: a command is delivered once."""
        workspace, form = self._stand_in.workspace, parcel.payload
        text = f'{form["command"]} failed with the error "dispatch_failed"'
        message: Json = {"user": BOT_USER, "bot_id": BOT, "ts": workspace.next_ts(), "text": text}
        workspace.whisper(str(form["channel_id"]), message, str(form["user_id"]))
        self._change()

    def _forget(self) -> None:
        """Keep no record of what was long ago: a playground may run for days."""
        api, stand_in = self._stand_in.api, self._stand_in
        for record in (api.calls, api.recorded, stand_in.posted, stand_in.attempts):
            del record[:-MOST_RECORDED]
