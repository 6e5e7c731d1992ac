"""What was written while nobody listened: the gateway does not repeat it, the history has it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from adapters.platforms.discord.events import Place, snowflake, to_place
from adapters.platforms.discord.rest import Rest
from core.errors import (
    PlatformError,
    RejectedError,
    TokenRejectedError,
    UnavailableError,
    UnconfirmedError,
)
from core.ports.clock import Clock

LastSeen = Callable[[], Awaitable[Mapping[str, str]]]
"""The id of the newest committed message by channel id, and by "" over all channels."""

Began = Callable[[], Awaitable[datetime]]
"""When the inbox was made: what was written before is not for us."""

OVERLAP = timedelta(seconds=60)
"""Read from so long before a channel's newest message: ids are given before messages arrive."""

CLOCKS_APART = timedelta(seconds=10)
"""Between the database's clock and Discord's."""

WIDE_OVERLAP = timedelta(minutes=10)
"""The same where a channel has no message of ours, and the newest of all channels must do; and on
the very first start, where the bot may have ended before it committed anything."""

LONGEST_ABSENCE = timedelta(hours=48)
PAGE = 100
MOST_PAGES = 100
WAITS = (1.0, 3.0)
"""Seconds before a failed look into the history is repeated. New messages wait for it."""

LONGEST_READ = 5.0
"""Seconds for one look: discord.py repeats a failing one for half a minute by itself."""

LONGEST_WAIT = 30.0

OLDEST_ID = 1 << 54
"""Discord was not there yet when smaller ids would have been given: they are some other server's,
and tell no time."""

COUNTED_OVERLAP = 1_000

T = TypeVar("T")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What our inbox has: the newest message's id by channel, and of all.

    `began` is the id of the moment in which it was made.
    """

    channels: Mapping[str, int]
    newest: int | None
    began: int = 0

    @classmethod
    def read(cls, last_seen: Mapping[str, str]) -> "Marks":
        """Take over what the inbox says."""
        ids = {channel: int(mark) for channel, mark in last_seen.items() if mark.isdecimal()}
        newest = max(ids.values(), default=None)
        return cls(channels={key: mark for key, mark in ids.items() if key}, newest=newest)


def since(place: Place, marks: Marks, *, now: int) -> int | None:
    """The id behind which a channel must be read, None when nothing can have been missed there.

    `now` is the id of this moment.
    """
    mark = marks.channels.get(place.channel, now if marks.newest is None else marks.newest)
    if mark < OLDEST_ID:
        start = mark - COUNTED_OVERLAP
    else:
        overlap = OVERLAP if place.channel in marks.channels else WIDE_OVERLAP
        start = max(mark - _ids(overlap), now - _ids(LONGEST_ABSENCE), marks.began)
    start = max(start, 0)
    return start if place.newest is None or place.newest > start else None


def _ids(span: timedelta) -> int:
    return span // timedelta(milliseconds=1) << 22


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Reads the channels' history."""

    rest: Rest
    last_seen: LastSeen
    clock: Clock
    began: Began | None = None

    async def marks(self) -> Marks:
        """What our inbox has; waits for it."""
        wait = 0.5
        while True:
            try:
                marks = Marks.read(await self.last_seen())
                if self.began is None:
                    return marks
                return replace(marks, began=snowflake(await self.began() - CLOCKS_APART))
            except UnavailableError:
                await asyncio.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT)

    async def place(self, channel: str) -> Place | None:
        """Look a channel up, None when it is not there for us. Raises as `missed` does."""
        return to_place(await self._patiently(lambda: self.rest.channel(channel), channel))

    async def missed(self, place: Place, marks: Marks) -> AsyncIterator[Sequence[dict[str, Any]]]:
        """The messages that may have been missed in a channel, oldest first, page by page.

        `PlatformError`: the history cannot be read now.
        """
        after = since(place, marks, now=snowflake(self.clock()))
        if after is None:
            return
        for _ in range(MOST_PAGES):
            page = await self._page(place.channel, after)
            yield [{**message, "guild_id": place.guild} for message in page]
            if len(page) < PAGE:
                return
            after = int(page[-1]["id"])
        log.warning("discord.history_too_long", channel=place.channel, read_to=after)

    async def _page(self, channel: str, after: int) -> Sequence[dict[str, Any]]:
        found = await self._patiently(
            lambda: self.rest.messages(channel, after=after, limit=PAGE), channel
        )
        return [message for message in found or () if int(message["id"]) > after]

    async def _patiently(self, read: Callable[[], Awaitable[T]], channel: str) -> T | None:
        """Read, and again after a failure; None when it is not for us."""
        for wait in WAITS:
            try:
                return await self._read(read, channel)
            except PlatformError as error:
                if isinstance(error, TokenRejectedError):
                    raise
                log.info("discord.history_later", channel=channel, reason=str(error))
            await asyncio.sleep(wait)
        return await self._read(read, channel)

    async def _read(self, read: Callable[[], Awaitable[T]], channel: str) -> T | None:
        try:
            async with asyncio.timeout(LONGEST_READ):
                return await read()
        except TimeoutError as error:
            raise UnconfirmedError(f"no page in {LONGEST_READ:g} s") from error
        except TokenRejectedError:
            raise
        except RejectedError as error:
            log.info("discord.history_closed", channel=channel, reason=str(error))
            return None
