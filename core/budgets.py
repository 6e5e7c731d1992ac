"""Budgets in the memory of one process."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from math import ceil
from time import monotonic

from core.messages import Conversation
from core.ports.budgets import Pace, Turn, Window

MANY = 1_000

Name = tuple[str, str, str]


@dataclass(slots=True)
class Bucket:
    """When tokens were taken, for messages and for what is cosmetic. Times never go back."""

    times: deque[float] = field(default_factory=deque)
    cosmetic: deque[float] = field(default_factory=deque)
    paused_until: float = 0.0
    promised_until: float = 0.0
    busy_until: float = 0.0

    def free_at(self, windows: tuple[Window, ...]) -> tuple[float, float]:
        """When the next token is there, and after how long the one after it.

        That is as the window that holds it up gives them back, after a pause as fast as any does.
        """
        spacing = min((one.seconds / one.limit for one in windows), default=0.0)
        at = self.paused_until
        for window in windows:
            if len(self.times) >= window.limit:
                back = self.times[-window.limit] + window.seconds
                if back > at:
                    at, spacing = back, window.seconds / window.limit
        return at, spacing

    def spare(self, windows: tuple[Window, ...], now: float) -> bool:
        """Whether a window has room left by messages and by what is cosmetic."""
        return self.paused_until <= now and all(
            self._since(now - window.seconds) < window.limit for window in windows
        )

    def promise(self, free_at: float, spacing: float) -> float:
        """When to come back: those who are refused in a row come one after the other."""
        at = max(free_at, self.promised_until)
        self.promised_until = at + spacing
        return at

    def note(self, at: float, windows: tuple[Window, ...], *, cosmetic: bool = False) -> None:
        """Remember that a token is taken."""
        times = self.cosmetic if cosmetic else self.times
        times.append(at)
        while len(times) > max((window.limit for window in windows), default=0):
            times.popleft()
        longest = max((window.seconds for window in windows), default=0)
        self.busy_until = max(self.busy_until, at + longest)

    def is_idle(self, now: float) -> bool:
        """Whether nothing that happens next depends on it."""
        return max(self.busy_until, self.paused_until, self.promised_until) < now

    def _since(self, start: float) -> int:
        return sum(at > start for at in (*self.times, *self.cosmetic))


@dataclass(kw_only=True)
class LocalBudgets:
    """`Budgets` of one process: all of them, or its share of what `replicas` keep together."""

    clock: Callable[[], float] = monotonic
    replicas: Callable[[], int] = lambda: 1
    _buckets: dict[Name, Bucket] = field(default_factory=dict)
    _many: int = MANY

    async def take(
        self, chat: Conversation, pace: Pace, *, patience: timedelta
    ) -> tuple[Turn, timedelta]:
        """Take a token of the chat and of the bot. A chat's wait keeps no slot of the bot's."""
        now, pace = self.clock(), self._share(pace)
        own, bot = self._bucket(_name(chat)), self._bucket(_bot(chat))
        free_at, spacing = own.free_at(pace.chat)
        free_at = max(free_at, bot.paused_until)
        if free_at > now:
            return self._later(own, free_at, spacing, patience)
        slot, spacing = bot.free_at(pace.bot)
        slot = max(now, slot, bot.times[-1] if bot.times else now)
        if slot - now > patience.total_seconds():
            return self._later(bot, slot, spacing, patience)
        own.note(slot, pace.chat)
        bot.note(slot, pace.bot)
        return Turn.TAKEN, _span(slot - now)

    async def spare(self, chat: Conversation, pace: Pace) -> bool:
        """Look for room in both, and remember that it is used."""
        now, pace = self.clock(), self._share(pace)
        own, bot = self._bucket(_name(chat)), self._bucket(_bot(chat))
        if not (own.spare(pace.chat, now) and bot.spare(pace.bot, now)):
            return False
        own.note(now, pace.chat, cosmetic=True)
        bot.note(now, pace.bot, cosmetic=True)
        return True

    async def pause(self, chat: Conversation, length: timedelta, *, whole_bot: bool) -> None:
        """Remember the pause."""
        bucket = self._bucket(_bot(chat) if whole_bot else _name(chat))
        bucket.paused_until = max(bucket.paused_until, self.clock() + length.total_seconds())

    def is_paused(self, chat: Conversation) -> bool:
        """Whether the chat or the bot is paused."""
        now = self.clock()
        both = (self._buckets.get(_name(chat)), self._buckets.get(_bot(chat)))
        return any(one is not None and one.paused_until > now for one in both)

    def note(self, chat: Conversation, pace: Pace, wait: timedelta) -> None:
        """Remember a token that was taken elsewhere, to go on from there."""
        at = self.clock() + wait.total_seconds()
        self._bucket(_name(chat)).note(at, pace.chat)
        self._bucket(_bot(chat)).note(at, pace.bot)

    def _later(
        self, bucket: Bucket, free_at: float, spacing: float, patience: timedelta
    ) -> tuple[Turn, timedelta]:
        now = self.clock()
        if free_at - now <= patience.total_seconds():
            return Turn.WAIT, _span(free_at - now)
        return Turn.REFUSED, _span(bucket.promise(free_at, spacing) - now)

    def _share(self, pace: Pace) -> Pace:
        replicas = self.replicas()
        if replicas <= 1:
            return pace
        return Pace(
            chat=tuple(share_of(window, replicas) for window in pace.chat),
            bot=tuple(share_of(window, replicas) for window in pace.bot),
        )

    def _bucket(self, name: Name) -> Bucket:
        if name not in self._buckets:
            self._forget_idle()
            self._buckets[name] = Bucket()
        return self._buckets[name]

    def _forget_idle(self) -> None:
        if len(self._buckets) < self._many:
            return
        now = self.clock()
        for name in [name for name, bucket in self._buckets.items() if bucket.is_idle(now)]:
            del self._buckets[name]
        self._many = max(MANY, 2 * len(self._buckets))


def share_of(window: Window, replicas: int) -> Window:
    """A part of a window, so that all parts together are no more than it.

    Where there are fewer tokens than replicas each has one that comes back later.
    """
    if window.limit >= replicas:
        return replace(window, limit=window.limit // replicas)
    return Window(limit=1, seconds=window.seconds * replicas / window.limit)


def _name(chat: Conversation) -> Name:
    return (chat.platform.value, chat.space, chat.channel)


def _bot(chat: Conversation) -> Name:
    return (chat.platform.value, chat.space, "")


def _span(seconds: float) -> timedelta:
    """Never too short: whoever comes back a little early would have to wait once more."""
    return timedelta(microseconds=ceil(seconds * 1e6))
