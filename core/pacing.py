"""Wait for the turn to post, first come first served in a chat."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic

from core.errors import RateLimitedError
from core.messages import Conversation
from core.ports.budgets import Budgets, Pace, Turn

Sleep = Callable[[float], Awaitable[None]]

PATIENCE = timedelta(seconds=2)
"""Longer waits are the outbox's: it can be stopped, and other replicas see what is in it."""


NO_PACE = Pace()


@dataclass(slots=True)
class Queue:
    """Those who wait for one chat in this process."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """One platform's pace. `pace_of` a chat: without windows only the platform's pauses count."""

    budgets: Budgets
    pace_of: Callable[[Conversation], Pace]
    clock: Callable[[], float] = monotonic
    sleep: Sleep = asyncio.sleep
    _queues: dict[str, Queue] = field(default_factory=dict)

    async def admit(self, chat: Conversation) -> None:
        """Return when a message to a chat may be sent.

        `RateLimitedError` at once where that is more than a moment away.
        """
        pace = self.pace_of(chat)
        if not pace.chat and not self.budgets.is_paused(chat):
            return
        patient_until = self.clock() + PATIENCE.total_seconds()
        async with self._turn(chat.channel):
            while not await self._try(chat, pace, patient_until):
                pass

    async def spares(self, chat: Conversation) -> bool:
        """Whether something cosmetic may be shown in a chat now."""
        if self.budgets.is_paused(chat):
            return False
        pace = self.pace_of(chat)
        return not pace.chat or await self.budgets.spare(chat, pace)

    async def pause(
        self, chat: Conversation, length: timedelta, *, whole_bot: bool = False
    ) -> None:
        """Send nothing to a chat for so long, or to nobody."""
        await self.budgets.pause(chat, length, whole_bot=whole_bot)

    async def _try(self, chat: Conversation, pace: Pace, patient_until: float) -> bool:
        patience = timedelta(seconds=max(0.0, patient_until - self.clock()))
        turn, wait = await self.budgets.take(chat, pace, patience=patience)
        if turn is Turn.REFUSED:
            raise RateLimitedError(wait)
        if wait:
            await self.sleep(wait.total_seconds())
        # A pause may have come meanwhile, and holds whoever waited too.
        return turn is Turn.TAKEN and not (wait and self.budgets.is_paused(chat))

    @asynccontextmanager
    async def _turn(self, channel: str) -> AsyncIterator[None]:
        """Hold the chat's turn."""
        queue = self._queues.setdefault(channel, Queue())
        queue.waiting += 1
        try:
            async with queue.turn:
                yield
        finally:
            queue.waiting -= 1
            if not queue.waiting:
                del self._queues[channel]


def no_pace(_chat: Conversation) -> Pace:
    """For a platform that takes whatever comes."""
    return NO_PACE
