"""Slack under control."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Self

from simulator.control.platform import Call, MisuseError, find_message, port_of
from simulator.control.requests import (
    AnyFault,
    Command,
    Disconnect,
    Disturbance,
    Failure,
    FaultKind,
    Message,
    Reorder,
    Silence,
    Upload,
)
from simulator.control.seat import Seat
from simulator.slack import SlackStandIn
from simulator.slack.faults import POSTING, Fault, Trouble
from simulator.slack.mishaps import Mishap
from simulator.standin import Asked

DIRECT = "direct"
"""The channel by whose name a person uses a command in their own conversation with the bot."""


class SlackControl:
    """`PlatformControl` of a Slack team, in Socket Mode unless it knows bots' addresses."""

    features = frozenset(
        {"mention", "direct", "thread", "command", "button", "files", "clock", "targets"}
    )
    faults = frozenset(FaultKind)

    def __init__(self, stand_in: SlackStandIn) -> None:
        self._seat = Seat(stand_in, _successor)

    @classmethod
    @asynccontextmanager
    async def open(cls, *, port: int = 0, targets: Iterable[str] = ()) -> AsyncIterator[Self]:
        """Run a team while the context is open; `targets` are bots that take events over HTTP."""
        urls = list(targets)
        control = cls(SlackStandIn(urls, port=port, socket_mode=not urls))
        async with control._seat.occupied():
            yield control

    @property
    def stand_in(self) -> SlackStandIn:
        return self._seat.current

    def people(self) -> Mapping[str, str]:
        return dict(self.stand_in.workspace.people)

    def channels(self) -> Mapping[str, str]:
        return dict(self.stand_in.workspace.channels)

    def add_person(self, name: str) -> str:
        return self.stand_in.workspace.person(name)

    def add_channel(self, name: str) -> str:
        return self.stand_in.workspace.channel(name)

    async def write(self, message: Message) -> Asked:
        if not message.mention and not message.direct:
            raise MisuseError("Slack's stand-in delivers mentions: leave `mention` out.")
        if message.direct and message.reply_to:
            raise MisuseError("A direct message begins a thread here: leave `reply_to` out.")
        if message.direct:
            return await self.stand_in.tell(
                message.text, person=message.person, copies=message.copies
            )
        return await self.stand_in.ask(
            message.text,
            channel=message.channel,
            person=message.person,
            copies=message.copies,
            thread=self._root(message.reply_to) if message.reply_to else None,
        )

    async def command(self, command: Command) -> Asked:
        return await self.stand_in.command(
            command.text,
            channel=DIRECT if command.direct else command.channel,
            person=command.person,
            copies=command.copies,
        )

    async def upload(self, upload: Upload) -> Asked:
        if upload.direct:
            raise MisuseError("Slack's stand-in takes files in channels: leave `direct` out.")
        return await self.stand_in.share(
            upload.name,
            upload.bytes(),
            text=upload.text,
            channel=upload.channel,
            person=upload.person,
        )

    def calls(self) -> Sequence[Call]:
        return [
            Call(method=one.method, arguments=one.arguments, error=one.error)
            for one in self.stand_in.api.recorded
        ]

    def unserved(self) -> Sequence[str]:
        return list(self.stand_in.api.unknown)

    def plan(self, fault: AnyFault) -> None:
        match fault:
            case Failure() | Silence():
                method = fault.method or POSTING
                self.stand_in.api.faults.plan(_fault(fault), fault.count, method)
            case Disconnect():
                self.stand_in.api.sockets.cut()
            case Disturbance() | Reorder() if fault.event:
                raise MisuseError("Slack's stand-in disturbs any event: leave `event` out.")
            case Disturbance():
                mishaps = self.stand_in.deliveries.mishaps
                mishaps.plan(Mishap(fault.kind.value), fault.count, seconds=fault.seconds)
            case Reorder():
                self.stand_in.deliveries.mishaps.plan(Mishap.REORDER, fault.count)

    def clear_faults(self) -> None:
        self.stand_in.api.faults.clear()
        self.stand_in.deliveries.mishaps.clear()

    async def point_at(self, urls: Sequence[str]) -> None:
        self.stand_in.targets = list(urls)
        self.stand_in.socket_mode = not urls

    def advance(self, seconds: float) -> None:
        self.stand_in.clock.advance(seconds)

    async def reset(self) -> None:
        await self._seat.restart()

    def _root(self, message_id: str) -> Asked:
        asked = find_message(self.stand_in, message_id)
        if asked is not None:
            return asked
        for posted in self.stand_in.posted:
            if posted.id == message_id and posted.visible_to is None:
                return Asked(id=posted.id, channel=posted.channel, text="", at=posted.at)
        raise MisuseError(f"There is no message {message_id}: GET postings lists their ids.")


def _fault(fault: Failure | Silence) -> Fault:
    if isinstance(fault, Silence):
        return Fault(trouble=Trouble(fault.kind.value), accepts=fault.accepts)
    return Fault(
        trouble=Trouble.STATUS,
        accepts=fault.accepts,
        status=fault.status,
        retry_after=None if fault.retry_after is None else int(fault.retry_after),
        error=fault.error,
    )


def _successor(old: SlackStandIn) -> SlackStandIn:
    new = SlackStandIn(
        old.targets,
        both_events=old.both_events,
        every_target=old.every_target,
        retry_delays=old.deliveries.retry_delays,
        port=port_of(old),
        socket_mode=old.socket_mode,
        echoes=old.echoes,
    )
    new.api.token = new.api.files.token = new.api.oauth.token = old.api.token
    new.api.app_token = old.api.app_token
    new.signing_secret = new.deliveries.signing_secret = old.signing_secret
    return new
