"""One budget a chat and one a bot for all replicas, kept in Redis by its own clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from redis.exceptions import ResponseError

from adapters.stores.redis.breaker import Breaker
from adapters.stores.redis.connection import PREFIX
from adapters.stores.redis.functions import Functions
from adapters.stores.redis.pipeline import Argument
from core.budgets import LocalBudgets
from core.errors import UnavailableError
from core.messages import Conversation
from core.ports.budgets import Pace, Turn, Window

TURNS = (Turn.TAKEN, Turn.WAIT, Turn.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisBudgets:
    """Buckets `{prefix}:budget:{{platform}:{space}}:{channel}`, and without a channel the bot's.

    `local` is told of every token, and goes on by itself while Redis is away. It also knows this
    process' own pauses, which a flush of Redis must not end.
    """

    functions: Functions
    local: LocalBudgets
    prefix: str = PREFIX
    breaker: Breaker = field(default_factory=lambda: Breaker(what="budgets"))

    async def take(
        self, chat: Conversation, pace: Pace, *, patience: timedelta
    ) -> tuple[Turn, timedelta]:
        """Take both tokens in one call."""
        if self.local.is_paused(chat):
            return await self.local.take(chat, pace, patience=patience)
        answer = await self._call("take", chat, pace, patience.total_seconds())
        if answer is None:
            return await self.local.take(chat, pace, patience=patience)
        turn, wait = TURNS[answer[0]], timedelta(microseconds=answer[1])
        if turn is Turn.TAKEN:
            self.local.note(chat, pace, wait)
        return turn, wait

    async def spare(self, chat: Conversation, pace: Pace) -> bool:
        """Look for room in both in one call."""
        if self.local.is_paused(chat):
            return False
        answer = await self._call("spare", chat, pace)
        return await self.local.spare(chat, pace) if answer is None else bool(answer)

    async def pause(self, chat: Conversation, length: timedelta, *, whole_bot: bool) -> None:
        """Tell this process first, then the others."""
        await self.local.pause(chat, length, whole_bot=whole_bot)
        key = self._bot(chat) if whole_bot else self._chat(chat)
        await self._ask("pause", [key], [length.total_seconds()])

    def is_paused(self, chat: Conversation) -> bool:
        """Whether this process knows of a pause."""
        return self.local.is_paused(chat)

    async def _call(
        self, function: str, chat: Conversation, pace: Pace, *more: Argument
    ) -> Any | None:
        keys = [self._chat(chat), self._bot(chat)]
        return await self._ask(function, keys, [written(pace.chat), written(pace.bot), *more])

    async def _ask(
        self, function: str, keys: Sequence[str], arguments: Sequence[Argument]
    ) -> Any | None:
        """The answer, None while Redis gives none."""
        if self.breaker.is_open:
            return None
        try:
            answer = await self.functions.call(function, keys, arguments)
        except (UnavailableError, ResponseError) as error:
            self.breaker.failed(error)
            return None
        self.breaker.worked()
        return answer

    def _chat(self, chat: Conversation) -> str:
        return f"{self._bot(chat)}:{chat.channel}"

    def _bot(self, chat: Conversation) -> str:
        # Both are used in one call, so that a cluster has to keep them together.
        return f"{self.prefix}:budget:{{{chat.platform.value}:{chat.space}}}"


def written(windows: Sequence[Window]) -> str:
    """Windows as the functions read them."""
    return ",".join(f"{window.limit}:{window.seconds}" for window in windows)
