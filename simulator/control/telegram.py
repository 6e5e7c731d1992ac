"""Telegram under control."""

from collections.abc import AsyncIterator, Mapping, Sequence
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
from simulator.standin import Asked, Posted
from simulator.telegram import TelegramStandIn
from simulator.telegram.api import Fault
from simulator.telegram.parameters import Upload as File
from simulator.telegram.updates import Mishaps

POSTING = "sendMessage"


class TelegramControl:
    """`PlatformControl` of a bot's Telegram."""

    features = frozenset(
        {"mention", "direct", "plain", "reply", "command", "button", "files", "clock"}
    )
    faults = frozenset(FaultKind) - {FaultKind.DISCONNECT}

    def __init__(self, stand_in: TelegramStandIn) -> None:
        self._seat = Seat(stand_in, _successor)
        self._people: dict[str, str] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, *, port: int = 0) -> AsyncIterator[Self]:
        """Run a Bot API server while the context is open."""
        control = cls(TelegramStandIn(port=port))
        async with control._seat.occupied():
            yield control

    @property
    def stand_in(self) -> TelegramStandIn:
        return self._seat.current

    def people(self) -> Mapping[str, str]:
        return dict(self._people)

    def channels(self) -> Mapping[str, str]:
        chats = self.stand_in.chats.by_id.values()
        groups = [chat for chat in chats if "title" in chat.description and chat.moved_to is None]
        return {str(group.description["title"]): str(group.id) for group in groups}

    def add_person(self, name: str) -> str:
        self._people[name] = str(self.stand_in.chats.person(name)["id"])
        return self._people[name]

    def add_channel(self, name: str) -> str:
        return str(self.stand_in.chats.group(name).id)

    async def write(self, message: Message) -> Asked:
        if message.direct:
            return await self.stand_in.tell(
                message.text, person=message.person, copies=message.copies
            )
        if not message.mention:
            return self.stand_in.say(message.text, channel=message.channel, person=message.person)
        return await self.stand_in.ask(
            message.text,
            channel=message.channel,
            person=message.person,
            copies=message.copies,
            reply_to=self._earlier(message.reply_to) if message.reply_to else None,
        )

    async def command(self, command: Command) -> Asked:
        if command.direct:
            return await self.stand_in.tell(
                command.text, person=command.person, copies=command.copies
            )
        return await self.stand_in.command(
            command.text, channel=command.channel, person=command.person, copies=command.copies
        )

    async def upload(self, upload: Upload) -> Asked:
        file = File(name=upload.name, content_type=upload.content_type, content=upload.bytes())
        return self.stand_in.upload(
            [file],
            caption=upload.text,
            person=upload.person,
            channel=None if upload.direct else upload.channel,
        )

    def calls(self) -> Sequence[Call]:
        return [Call(method=call.method, arguments=call.parameters) for call in self.stand_in.calls]

    def unserved(self) -> Sequence[str]:
        return list(self.stand_in.unserved)

    def plan(self, fault: AnyFault) -> None:
        match fault:
            case Failure() | Silence():
                method = (fault.method or POSTING).lower()
                self.stand_in.api.faults[method].extend([_fault(fault)] * fault.count)
            case Disturbance() | Reorder():
                self._disturb(fault)
            case Disconnect():
                raise MisuseError("Let getUpdates fail with `reset` instead.")

    def clear_faults(self) -> None:
        self.stand_in.api.faults.clear()
        self.stand_in.updates.mishaps = Mishaps()

    def advance(self, seconds: float) -> None:
        self.stand_in.clock.advance(seconds)

    async def reset(self) -> None:
        self._people.clear()
        await self._seat.restart()

    def _disturb(self, fault: Disturbance | Reorder) -> None:
        if fault.event:
            raise MisuseError("Telegram's updates have no names: leave `event` out.")
        match fault.kind:
            case FaultKind.DROP:
                self.stand_in.drop_updates(fault.count)
            case FaultKind.DELAY:
                self.stand_in.delay_updates(fault.seconds, fault.count)
            case FaultKind.DUPLICATE if fault.count > 1:
                raise MisuseError("Telegram's stand-in can repeat the next update only: `count` 1.")
            case FaultKind.DUPLICATE:
                self.stand_in.repeat_update()
            case FaultKind.REORDER:
                self.stand_in.reorder_updates(fault.count)

    def _earlier(self, message_id: str) -> Asked | Posted:
        for posted in reversed(self.stand_in.posted):
            if posted.id == message_id:
                return posted
        asked = find_message(self.stand_in, message_id)
        if asked is None:
            raise MisuseError(f"There is no message {message_id}: see /postings for their ids.")
        return asked


def _fault(fault: Failure | Silence) -> Fault:
    if isinstance(fault, Silence):
        return Fault(hangs=fault.kind is FaultKind.HANG, accepts=fault.accepts)
    return Fault(
        status=fault.status,
        description=fault.error or "as planned",
        retry_after=None if fault.retry_after is None else int(fault.retry_after),
        accepts=fault.accepts,
    )


def _successor(old: TelegramStandIn) -> TelegramStandIn:
    return TelegramStandIn(
        token=old.token,
        username=old.username,
        shared_polling=old.updates.shared,
        longest_poll=old.api.longest_poll,
        port=port_of(old),
    )
