"""Discord under control."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Self

from simulator.control.platform import Call, MisuseError, port_of
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
from simulator.discord import DiscordStandIn
from simulator.standin import Asked

POSTING = "POST /channels/{id}/messages"


class DiscordControl:
    """`PlatformControl` of a Discord server."""

    features = frozenset({"mention", "direct", "plain", "reply", "command", "button"})
    faults = frozenset({FaultKind.STATUS, FaultKind.RESET, FaultKind.DISCONNECT})

    def __init__(self, stand_in: DiscordStandIn) -> None:
        self._seat = Seat(stand_in, _successor)

    @classmethod
    @asynccontextmanager
    async def open(cls, *, port: int = 0) -> AsyncIterator[Self]:
        """Run a server while the context is open."""
        control = cls(DiscordStandIn(port=port))
        async with control._seat.occupied():
            yield control

    @property
    def stand_in(self) -> DiscordStandIn:
        return self._seat.current

    def people(self) -> Mapping[str, str]:
        return {name: person.id for name, person in self.stand_in.world.people.items()}

    def channels(self) -> Mapping[str, str]:
        return {channel.name: channel.id for channel in self.stand_in.world.text_channels}

    def add_person(self, name: str) -> str:
        return self.stand_in.world.person(name).id

    def add_channel(self, name: str) -> str:
        return self.stand_in.world.text_channel(name)[0].id

    async def write(self, message: Message) -> Asked:
        if message.reply_to:
            return self._reply(message, message.reply_to)
        if message.direct:
            return await self.stand_in.tell(
                message.text, person=message.person, copies=message.copies
            )
        write = self.stand_in.ask if message.mention else self._say
        return await write(
            message.text, channel=message.channel, person=message.person, copies=message.copies
        )

    def calls(self) -> Sequence[Call]:
        return [
            Call(method=f"{request.method} {request.path}", status=request.status)
            for request in self.stand_in.api.requests
        ]

    def unserved(self) -> Sequence[str]:
        return list(self.stand_in.api.unserved)

    def plan(self, fault: AnyFault) -> None:
        match fault:
            case Failure() | Silence() if fault.method not in {None, POSTING}:
                raise MisuseError("Discord's stand-in disturbs postings only: leave `method` out.")
            case Failure():
                self._fail(fault)
            case Silence():
                if not fault.accepts:
                    raise MisuseError("Discord's stand-in resets with `accepts` only.")
                self.stand_in.accept_then_reset(fault.count)
            case Disconnect():
                gateway = self.stand_in.gateway
                gateway.cut() if fault.resumable else gateway.forget()
            case Disturbance():
                raise MisuseError("Discord's stand-in has no such trouble.")

    def clear_faults(self) -> None:
        self.stand_in.api.faults.clear()

    async def reset(self) -> None:
        await self._seat.restart()

    def _fail(self, fault: Failure) -> None:
        if fault.accepts:
            self.stand_in.accept_then_fail(fault.status, count=fault.count)
            return
        code = int(fault.error) if fault.error and fault.error.isdecimal() else 0
        self.stand_in.fail_next(
            fault.status, count=fault.count, code=code, retry_after=fault.retry_after
        )

    async def _say(self, text: str, *, channel: str, person: str, copies: int) -> Asked:
        return self.stand_in.say(text, channel=channel, person=person, copies=copies)

    def _reply(self, message: Message, message_id: str) -> Asked:
        for posted in reversed(self.stand_in.posted):
            if posted.id == message_id:
                return self.stand_in.reply(message.text, posted, person=message.person)
        raise MisuseError(f"The bot posted no message {message_id}: see /postings for their ids.")


def _successor(old: DiscordStandIn) -> DiscordStandIn:
    return DiscordStandIn(token=old.token, bot_name=old.world.bot.name, port=port_of(old))
