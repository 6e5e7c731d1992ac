"""Discord under control."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Self

from simulator.control.platform import STRUCK_OUT, Call, MisuseError, port_of
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
from simulator.discord import DiscordStandIn
from simulator.discord.endpoint import EndpointRefusedError
from simulator.discord.faults import Fault, Faults, refusal
from simulator.discord.meddling import Meddling
from simulator.discord.standin import POSTING
from simulator.standin import Asked

MESSAGE = "MESSAGE_CREATE"
FOREVER = 86_400.0  # seconds; the stand-in ends what hangs when it ends itself
INTERACTION_TOKEN = re.compile(r"(/(?:webhooks|interactions)/[0-9]+/)[^/]+")


class DiscordControl:
    """`PlatformControl` of a Discord server."""

    features = frozenset(
        {"mention", "direct", "plain", "reply", "command", "button", "files", "clock", "targets"}
    )
    faults = frozenset(FaultKind)

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
        return self.stand_in.text_channel(name).id

    async def write(self, message: Message) -> Asked:
        text, person, copies = message.text, message.person, message.copies
        if message.reply_to:
            return self._reply(message, message.reply_to)
        if message.direct:
            return await self.stand_in.tell(text, person=person, copies=copies)
        if message.mention:
            return await self.stand_in.ask(
                text, channel=message.channel, person=person, copies=copies
            )
        return self.stand_in.say(text, channel=message.channel, person=person, copies=copies)

    async def command(self, command: Command) -> Asked:
        return await self.stand_in.command(
            command.text,
            channel=None if command.direct else command.channel,
            person=command.person,
            copies=command.copies,
        )

    async def upload(self, upload: Upload) -> Asked:
        return self.stand_in.upload(
            upload.name,
            upload.bytes(),
            upload.text,
            channel=None if upload.direct else upload.channel,
            person=upload.person,
            content_type=upload.content_type,
        )

    def calls(self) -> Sequence[Call]:
        return [
            Call(method=f"{one.method} {_without_token(one.path)}", status=one.status)
            for one in self.stand_in.api.requests
        ]

    def unserved(self) -> Sequence[str]:
        return list(self.stand_in.api.unserved)

    def plan(self, fault: AnyFault) -> None:
        stand_in = self.stand_in
        match fault:
            case Failure() | Silence():
                route = fault.method or POSTING
                if " /" not in route:
                    raise MisuseError(f"A `method` of Discord is a route such as {POSTING!r}.")
                stand_in.api.troubles.plan(_fault(fault), route=route, count=fault.count)
            case Disconnect():
                stand_in.gateway.cut() if fault.resumable else stand_in.gateway.forget()
            case Disturbance() | Reorder():
                _meddle(stand_in.gateway.meddling, fault)

    def clear_faults(self) -> None:
        api = self.stand_in.api
        api.troubles = Faults()
        api.faults, api.read_faults = api.troubles.posts, api.troubles.reads
        self.stand_in.gateway.meddling = Meddling()

    async def point_at(self, urls: Sequence[str]) -> None:
        if len(urls) > 1:
            raise MisuseError("Discord sends interactions to one address only.")
        if not urls:
            self.stand_in.endpoint.url = ""
            return
        try:
            await self.stand_in.verify_endpoint(urls[0])
        except (EndpointRefusedError, OSError) as error:
            raise MisuseError(f"Discord does not take this address: {error}.") from error

    def advance(self, seconds: float) -> None:
        self.stand_in.advance(timedelta(seconds=seconds))

    async def reset(self) -> None:
        await self._seat.restart()

    def _reply(self, message: Message, message_id: str) -> Asked:
        for posted in reversed(self.stand_in.posted):
            if posted.id == message_id:
                return self.stand_in.reply(message.text, posted, person=message.person)
        raise MisuseError(f"The bot posted no message {message_id}: GET postings lists their ids.")


def _fault(fault: Failure | Silence) -> Fault:
    if isinstance(fault, Silence):
        hangs = fault.kind is FaultKind.HANG
        return Fault(accepts=fault.accepts, delay=FOREVER if hangs else 0)
    if fault.accepts:
        return Fault(status=fault.status, accepts=True)
    code = int(fault.error) if fault.error and fault.error.isdecimal() else 0
    return refusal(fault.status, code=code, retry_after=fault.retry_after)


def _meddle(meddling: Meddling, fault: Disturbance | Reorder) -> None:
    event = fault.event or MESSAGE
    match fault.kind:
        case FaultKind.DROP:
            meddling.drop_next(event, count=fault.count)
        case FaultKind.DUPLICATE:
            meddling.duplicate_next(event, count=fault.count)
        case FaultKind.DELAY:
            meddling.delay_next(fault.seconds, event, count=fault.count)
        case FaultKind.REORDER:
            for _ in range(fault.count - 1):
                meddling.reorder_next(event)


def _without_token(path: str) -> str:
    return INTERACTION_TOKEN.sub(rf"\g<1>{STRUCK_OUT}", path)


def _successor(old: DiscordStandIn) -> DiscordStandIn:
    return DiscordStandIn(token=old.token, bot_name=old.world.bot.name, port=port_of(old))
