"""Reply handles: how an interaction may still be answered, and what was made of that so far.

A token is good for 15 minutes: https://discord.com/developers/docs/interactions/receiving-and-responding.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from core.messages import ReplyHandle
from core.ports.clock import Clock

HOLDS = timedelta(minutes=14)
"""Discord takes 15 minutes; the rest is for clocks and for the call itself."""

EPHEMERAL = 1 << 6
DEFERRED_REPLY, DEFERRED_UPDATE = 5, 6


class Deferral(StrEnum):
    """What the person sees until the reply comes: "thinking", the same for them only, or nothing.

    Discord wants to know before the reply is known; a reply keeps to it.
    """

    OPEN = "open"
    PRIVATE = "private"
    CLICK = "click"

    def to_callback(self) -> dict[str, object]:
        """The body of the initial response."""
        match self:
            case Deferral.OPEN:
                return {"type": DEFERRED_REPLY}
            case Deferral.PRIVATE:
                return {"type": DEFERRED_REPLY, "data": {"flags": EPHEMERAL}}
            case Deferral.CLICK:
                return {"type": DEFERRED_UPDATE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """What a `ReplyHandle` of Discord holds."""

    application: str
    person: str
    deferral: Deferral
    token: str = field(repr=False)

    def pack(self) -> str:
        """The value of a `ReplyHandle`."""
        return f"{self.application}:{self.person}:{self.deferral.value}:{self.token}"

    @classmethod
    def unpack(cls, value: str) -> Self:
        """Read it back."""
        application, person, deferral, token = value.split(":", 3)
        return cls(application=application, person=person, deferral=Deferral(deferral), token=token)


@dataclass(slots=True, kw_only=True)
class OpenHandle:
    """How far one interaction is answered.

    `original` is the posting that took the place of "thinking"; `is_used` says that nothing may any
    more, `is_lost` that Discord knows the token no longer. `answered_at` is in the loop's seconds.
    """

    expires_at: datetime
    deferred: asyncio.Event = field(default_factory=asyncio.Event)
    answered_at: float = 0.0
    original: UUID | None = None
    is_used: bool = False
    is_lost: bool = False

    def may_edit(self, posting: UUID) -> bool:
        """Whether a posting goes, or went, in the place of "thinking"."""
        return self.original == posting or not self.is_used


class OpenHandles:
    """The interactions of the last minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: OrderedDict[str, OpenHandle] = OrderedDict()

    def open(self, handle: ReplyHandle) -> OpenHandle:
        """Begin, or go on with, an interaction that is not answered yet."""
        now = self._clock()
        while self._open and next(iter(self._open.values())).expires_at <= now:
            self._open.popitem(last=False)
        return self._open.setdefault(handle.value, OpenHandle(expires_at=handle.expires_at))

    def unanswered(self, until: datetime) -> tuple[tuple[Handle, OpenHandle], ...]:
        """Those that end until then and that nothing was said to."""
        return tuple(
            (Handle.unpack(value), opened)
            for value, opened in self._open.items()
            if opened.expires_at <= until and not opened.is_used and not opened.is_lost
        )

    def usable(self, handle: ReplyHandle) -> OpenHandle | None:
        """How far an interaction is answered, None when it cannot be any more."""
        if handle.expires_at <= self._clock():
            return None
        found = self._open.get(handle.value)
        if found is None:  # it was deferred by another adapter of this bot
            found = self.open(handle)
            found.deferred.set()
        return None if found.is_lost else found
