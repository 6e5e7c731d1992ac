"""After each start and each lost session: which channels must be read back, and when."""

import asyncio
from collections.abc import Callable

import structlog

from adapters.platforms.discord.events import Place, snowflake, to_places
from adapters.platforms.discord.intake import HandOver, Intake
from adapters.platforms.discord.missed import History, Marks
from core.errors import PlatformError, TokenRejectedError
from core.messages import IncomingMessage

GUILDS_ARRIVE = 2.0
"""Seconds for the guilds to follow READY. What is not among their channels then is looked up."""

READERS = 4
AGAIN_AFTER = 60.0
"""Seconds until a history that could not be read is tried again."""

log = structlog.get_logger()


class CatchUp:
    """What has been caught up on in this session.

    A guild's channels come with `GUILD_CREATE` and their newest message. Direct channels are never
    listed to a bot: those with a mark are looked up one by one, and one that nobody has written in
    before is found when its person writes again.
    """

    def __init__(
        self,
        history: History,
        *,
        read: Callable[[object], IncomingMessage | None],
        may_read: Callable[[str], bool],
    ) -> None:
        self._history = history
        self._to_message = read
        self._may_read = may_read
        self._places: dict[str, Place] = {}
        self._current: set[str] = set()
        self._marks: asyncio.Future[Marks] = asyncio.get_running_loop().create_future()
        self._began = 0
        self._queue: asyncio.Queue[str] = asyncio.Queue()

    def begin(self, tasks: asyncio.TaskGroup) -> None:
        """Begin a session: from here on lanes wait until it is known where to read from."""
        self._current = set()
        self._places = {}
        self._began = snowflake(self._history.clock())
        self._marks = asyncio.get_running_loop().create_future()
        tasks.create_task(self._learn(self._marks))

    def meet(self, guild: object) -> None:
        """Take a guild's channels over: at the start of a session, or after the guild's outage."""
        for place in to_places(guild):
            self._places[place.channel] = place
            self._current.discard(place.channel)
            self._queue.put_nowait(place.channel)

    async def __call__(self, place: Place, hand_over: HandOver) -> None:
        """Hand over what was missed in a channel; at once when that was done in this session."""
        if place.channel in self._current:
            return
        current = self._current
        try:
            if place.channel in self._places or int(place.channel) < self._began:
                await self._read_back(self._places.get(place.channel, place), hand_over)
        except TokenRejectedError:
            raise
        except PlatformError as error:
            # New messages go on: the marks of this session still say where to read from.
            log.warning("discord.history_not_read", channel=place.channel, reason=str(error))
            asyncio.get_running_loop().call_later(AGAIN_AFTER, self._again, place)
        current.add(place.channel)

    async def sweep(self, intake: Intake) -> None:
        """Go through all channels, for ever."""
        async with asyncio.TaskGroup() as readers:
            for _ in range(READERS):
                readers.create_task(self._read(intake))

    async def _read_back(self, place: Place, hand_over: HandOver) -> None:
        async for page in self._history.missed(place, await asyncio.shield(self._marks)):
            found = map(self._to_message, page)
            await hand_over([message for message in found if message])

    def _again(self, place: Place) -> None:
        self._places.setdefault(place.channel, place)
        self._current.discard(place.channel)
        self._queue.put_nowait(place.channel)

    async def _read(self, intake: Intake) -> None:
        while True:
            channel = await self._queue.get()
            place = self._places.get(channel) or await self._look_up(channel)
            if place is not None and await self._is_open(place):
                self._places[channel] = place
                await intake.sweep(place)

    async def _is_open(self, place: Place) -> bool:
        """Whether to try: Discord counts the channels that it refuses to show."""
        marks = await asyncio.shield(self._marks)
        return place.channel in marks.channels or self._may_read(place.channel)

    async def _look_up(self, channel: str) -> Place | None:
        try:
            return await self._history.place(channel)
        except TokenRejectedError:
            raise
        except PlatformError as error:
            log.warning("discord.channel_not_read", channel=channel, reason=str(error))
            loop = asyncio.get_running_loop()
            loop.call_later(AGAIN_AFTER, self._queue.put_nowait, channel)
            return None

    async def _learn(self, marks: asyncio.Future[Marks]) -> None:
        marks.set_result(await self._history.marks())
        await asyncio.sleep(GUILDS_ARRIVE)
        for channel in marks.result().channels:
            if channel not in self._places:
                self._queue.put_nowait(channel)
