"""From the gateway to the inbox: each channel in order, again and again until it is committed."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import structlog

from adapters.platforms.discord.events import Place
from core.errors import UnavailableError
from core.messages import IncomingMessage
from core.ports.platform import Receive

MOST_WAITING = 10_000
"""More messages than this are not kept: a new session reads them back from the history."""

BATCH = 256
FIRST_WAIT = 0.2
LONGEST_WAIT = 5.0
FAILURES = 5
"""Attempts for a message on which the bot itself fails: the others must go on."""

HandOver = Callable[[Sequence[IncomingMessage]], Awaitable[None]]
"""Hand messages over and return when they are committed."""

CatchUp = Callable[[Place, HandOver], Awaitable[None]]
"""Hand over what was missed in a channel, before anything newer; at once when it was done."""

log = structlog.get_logger()


class Intake:
    """The messages that are not committed yet, one lane a channel.

    A lane first catches up on what was missed in its channel: the newest committed message of a
    channel is the mark from which the next session reads, so nothing may overtake what was missed.
    """

    def __init__(self, receive: Receive, catch_up: CatchUp, tasks: asyncio.TaskGroup) -> None:
        self._receive = receive
        self._catch_up = catch_up
        self._tasks = tasks
        self._lanes: dict[str, deque[IncomingMessage]] = {}
        self._waiting = 0

    def put(self, message: IncomingMessage) -> None:
        """Take a message and return. `UnavailableError` when too many are waiting."""
        if self._waiting >= MOST_WAITING:
            raise UnavailableError(f"{MOST_WAITING} messages of Discord wait for the inbox")
        self._waiting += 1
        conversation = message.conversation
        lane = self._lanes.get(conversation.channel)
        if lane is not None:
            lane.append(message)
            return
        self._lanes[conversation.channel] = deque((message,))
        guild = None if conversation.direct else conversation.space
        place = Place(channel=conversation.channel, guild=guild, newest=None)
        self._tasks.create_task(self._drain(place))

    async def sweep(self, place: Place) -> None:
        """Catch up on a channel in which nobody writes now."""
        if place.channel not in self._lanes:
            self._lanes[place.channel] = deque()
            await self._drain(place)

    async def _drain(self, place: Place) -> None:
        lane = self._lanes[place.channel]
        while True:
            await self._catch_up(place, self._hand_over)
            batch = tuple(lane)[:BATCH]
            await self._hand_over(batch)
            for _ in batch:
                lane.popleft()
            self._waiting -= len(batch)
            if not lane:
                break
        del self._lanes[place.channel]

    async def _hand_over(self, messages: Sequence[IncomingMessage]) -> None:
        """Return when all are committed.

        They are handed over side by side, begun in order; after a failure one by one.
        """
        left = messages
        if len(messages) > 1:
            committed = await asyncio.gather(*(self._commit(message) for message in messages))
            left = [message for message, done in zip(messages, committed, strict=True) if not done]
        for message in left:
            await self._insist(message)

    async def _insist(self, message: IncomingMessage) -> None:
        wait = FIRST_WAIT
        while not await self._commit(message):
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT)

    async def _commit(self, message: IncomingMessage) -> bool:
        """Whether nothing is left to do for a message."""
        for failure in range(1, FAILURES + 1):
            try:
                await self._receive(message)
            except UnavailableError:
                return False
            except Exception:
                log.exception(
                    "discord.message_failed", message_id=message.message_id, failure=failure
                )
                await asyncio.sleep(FIRST_WAIT)
            else:
                return True
        log.error("discord.message_dropped", message_id=message.message_id)
        return True
