"""Slack under control."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Self

from simulator.control.platform import Call, MisuseError, find_message, port_of
from simulator.control.requests import (
    AnyFault,
    Disconnect,
    Disturbance,
    Failure,
    FaultKind,
    Message,
    Silence,
)
from simulator.control.seat import Seat
from simulator.slack import SlackStandIn
from simulator.slack.faults import Fault, Trouble
from simulator.standin import Asked

POSTING = "chat.postMessage"


class SlackControl:
    """`PlatformControl` of a Slack team."""

    features = frozenset({"mention", "direct", "thread", "command", "button"})
    faults = frozenset({FaultKind.STATUS, FaultKind.HANG, FaultKind.RESET})

    def __init__(self, stand_in: SlackStandIn) -> None:
        self._seat = Seat(stand_in, _successor)

    @classmethod
    @asynccontextmanager
    async def open(cls, *, port: int = 0, targets: Iterable[str] = ()) -> AsyncIterator[Self]:
        """Run a team while the context is open; `targets` are bots that take events over HTTP."""
        control = cls(SlackStandIn(targets, port=port))
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
        if message.direct:
            if message.reply_to:
                raise MisuseError("A direct message of this stand-in begins a thread of its own.")
            return await self.stand_in.tell(
                message.text, person=message.person, copies=message.copies
            )
        if not message.mention:
            raise MisuseError("Slack's stand-in delivers mentions: leave `mention` out.")
        return await self.stand_in.ask(
            message.text,
            channel=message.channel,
            person=message.person,
            copies=message.copies,
            thread=self._root(message.reply_to) if message.reply_to else None,
        )

    def calls(self) -> Sequence[Call]:
        return [Call(method=name) for name in self.stand_in.api.calls]

    def unserved(self) -> Sequence[str]:
        return list(self.stand_in.api.unknown)

    def plan(self, fault: AnyFault) -> None:
        match fault:
            case Failure() | Silence():
                if fault.method not in {None, POSTING}:
                    raise MisuseError(f"Slack's stand-in can only disturb {POSTING}.")
                self.stand_in.api.faults.plan(_fault(fault), fault.count)
            case Disconnect() | Disturbance():
                raise MisuseError("Slack's stand-in has no such trouble.")

    def clear_faults(self) -> None:
        faults = self.stand_in.api.faults
        while faults.next():
            pass

    def point_at(self, urls: Sequence[str]) -> None:
        self.stand_in.targets = list(urls)

    async def reset(self) -> None:
        await self._seat.restart()

    def _root(self, message_id: str) -> Asked:
        asked = find_message(self.stand_in, message_id)
        if asked is not None:
            return asked
        for posted in self.stand_in.posted:
            if posted.id == message_id:
                return Asked(id=posted.id, channel=posted.channel, text="", at=posted.at)
        raise MisuseError(f"There is no message {message_id}: see /postings for their ids.")


def _fault(fault: Failure | Silence) -> Fault:
    if isinstance(fault, Silence):
        return Fault(trouble=Trouble(fault.kind.value), accepts=fault.accepts)
    retry_after = None if fault.retry_after is None else int(fault.retry_after)
    return Fault(
        trouble=Trouble.STATUS,
        accepts=fault.accepts,
        status=fault.status,
        retry_after=retry_after,
        error=fault.error,
    )


def _successor(old: SlackStandIn) -> SlackStandIn:
    new = SlackStandIn(
        old.targets,
        both_events=old.both_events,
        every_target=old.every_target,
        retry_delays=old.deliveries.retry_delays,
        port=port_of(old),
    )
    new.api.token = old.api.token
    new.signing_secret = new.deliveries.signing_secret = old.signing_secret
    return new
