"""Our own pace: as many messages as Telegram takes, and pauses that nothing cuts short.

The library's limiter forgets a pause as soon as another request ends:
https://github.com/python-telegram-bot/python-telegram-bot/issues/5338
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from core.errors import RateLimitedError

Sleep = Callable[[float], Awaitable[None]]

PATIENCE_SECONDS = 2.0
"""Longer waits are the outbox's: it can be stopped, and other replicas see what is in it."""

# Messages within seconds. A little more than Telegram asks for: not all take as long to get there.
WHOLE_BOT_LIMIT = (30, 1.05)
CHAT_LIMIT = (3, 3.15)
GROUP_LIMIT = (20, 60.5)

MANY_CHATS = 1_000


@dataclass(slots=True)
class Window:
    """So many messages within any stretch of so many seconds. Times never go back."""

    limit: int
    seconds: float
    times: deque[float] = field(init=False)

    def __post_init__(self) -> None:
        self.times = deque(maxlen=self.limit)

    def free_at(self) -> float:
        """When the next message fits."""
        return self.times[0] + self.seconds if len(self.times) == self.limit else 0.0


@dataclass(slots=True)
class Chat:
    """What one chat was sent, and who waits to send more."""

    windows: tuple[Window, ...]
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    paused_until: float = 0.0
    promised_until: float = 0.0

    def free_at(self) -> float:
        """When the next message fits."""
        return max((self.paused_until, *(window.free_at() for window in self.windows)))

    def promise(self, free_at: float) -> float:
        """When to come back: those who are refused in a row come one after the other."""
        at = max(free_at, self.promised_until)
        self.promised_until = at + max((one.seconds / one.limit for one in self.windows), default=0)
        return at

    def note(self, at: float) -> None:
        """Remember that a message is sent."""
        for window in self.windows:
            window.times.append(at)

    def is_idle(self, now: float) -> bool:
        """Whether nothing that happens next depends on it."""
        quiet = all(not one.times or one.times[-1] + one.seconds < now for one in self.windows)
        return quiet and not self.waiting and max(self.paused_until, self.promised_until) < now


@dataclass(kw_only=True)
class Limiter:
    """One bot's pace, within this process.

    With `rates` off only Telegram's own pauses are obeyed.
    """

    rates: bool
    clock: Callable[[], float]
    sleep: Sleep = asyncio.sleep

    def __post_init__(self) -> None:
        self._chats: dict[str, Chat] = {}
        self._bot = Window(*WHOLE_BOT_LIMIT)
        self._paused_until = 0.0
        self._many = MANY_CHATS

    async def admit(self, channel: str) -> None:
        """Return when a message to a chat may be sent, first come first served.

        `RateLimitedError` at once where that is more than a moment away.
        """
        if not self.rates and not self.is_paused(channel):
            return
        patient_until = self.clock() + PATIENCE_SECONDS
        async with self._turn(channel) as chat:
            await self._wait(chat, patient_until)
            chat.note(self.clock())

    def is_paused(self, channel: str) -> bool:
        """Whether Telegram asked to send nothing to a chat for now."""
        chat = self._chats.get(channel)
        return max(self._paused_until, chat.paused_until if chat else 0.0) > self.clock()

    def pause(self, channel: str | None, length: timedelta) -> None:
        """Send nothing to a chat for so long; None: to nobody."""
        until = self.clock() + length.total_seconds()
        if channel is None:
            self._paused_until = max(self._paused_until, until)
        else:
            chat = self._chat(channel)
            chat.paused_until = max(chat.paused_until, until)

    async def _wait(self, chat: Chat, patient_until: float) -> None:
        """Wait for the chat, then for the bot: slots that many chats share are not kept unused."""
        while True:
            free_at = max(self._paused_until, chat.free_at())
            if free_at <= self.clock():
                slot = self._take_slot(patient_until)
                if slot <= self.clock():
                    return
                await self.sleep(slot - self.clock())
                if max(self._paused_until, chat.paused_until) <= self.clock():
                    return
            elif free_at > patient_until:
                seconds = chat.promise(free_at) - self.clock()
                raise RateLimitedError(timedelta(seconds=seconds))
            else:
                await self.sleep(free_at - self.clock())

    def _take_slot(self, patient_until: float) -> float:
        """The next of the bot's slots, in the order of the asking."""
        now = self.clock()
        if not self.rates:
            return now
        slot = max(now, self._bot.free_at(), self._bot.times[-1] if self._bot.times else now)
        if slot > patient_until:
            raise RateLimitedError(timedelta(seconds=slot - now))
        self._bot.times.append(slot)
        return slot

    @asynccontextmanager
    async def _turn(self, channel: str) -> AsyncIterator[Chat]:
        chat = self._chat(channel)
        chat.waiting += 1
        try:
            async with chat.turn:
                yield chat
        finally:
            chat.waiting -= 1

    def _chat(self, channel: str) -> Chat:
        if channel not in self._chats:
            self._forget_idle()
            self._chats[channel] = Chat(windows=self._windows(channel))
        return self._chats[channel]

    def _windows(self, channel: str) -> tuple[Window, ...]:
        if not self.rates:
            return ()
        if channel.isdecimal():
            return (Window(*CHAT_LIMIT),)
        return (Window(*CHAT_LIMIT), Window(*GROUP_LIMIT))

    def _forget_idle(self) -> None:
        if len(self._chats) < self._many:
            return
        now = self.clock()
        for channel in [name for name, chat in self._chats.items() if chat.is_idle(now)]:
            del self._chats[channel]
        self._many = max(MANY_CHATS, 2 * len(self._chats))
