"""Read what was said in a conversation, wherever it is by now."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.errors import UnavailableError
from core.ports.threads import Position, Threads, Turn, Unrecorded

PAGE = 200  # turns


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Turns, oldest first. Not `complete`: the thread store is away, and these are the latest."""

    turns: Sequence[Turn]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadHistory:
    """The thread store's turns and those that have yet to reach it, each once."""

    threads: Threads
    unrecorded: Unrecorded

    async def __call__(
        self,
        conversation_id: UUID,
        *,
        limit: int,
        before: Position | None = None,
        since: datetime | None = None,
    ) -> History:
        """The newest turns, as `Threads.history` has them.

        What is on its way is read first: what arrives in between is then in both, and not in
        neither.
        """
        exchanges = await self.unrecorded.exchanges(conversation_id)
        late = await self.unrecorded.late(conversation_id)
        on_the_way = [*(turn for one in exchanges for turn in one.turns), *late]
        fresh = [turn for turn in on_the_way if _within(turn, before, since)]
        kept, complete = await self._kept(conversation_id, limit, before, since)
        merged = {turn.key: turn for turn in (*fresh, *kept)}
        newest = sorted(merged.values(), key=lambda turn: turn.key)[-limit:]
        return History(turns=newest, complete=complete)

    async def all_of(self, conversation_id: UUID) -> AsyncIterator[History]:
        """A whole conversation, the newest page first."""
        before = None
        while True:
            page = await self(conversation_id, limit=PAGE, before=before)
            yield page
            if len(page.turns) < PAGE:
                return
            before = page.turns[0].position

    async def conversations_of(self, user_id: UUID) -> tuple[Sequence[UUID], bool]:
        """Where a person has turns; False where only those on their way can be told now."""
        fresh = await self.unrecorded.conversations_of(user_id)
        try:
            kept = await self.threads.conversations_of(user_id)
        except UnavailableError:
            return fresh, False
        return list(dict.fromkeys((*kept, *fresh))), True

    async def _kept(
        self,
        conversation_id: UUID,
        limit: int,
        before: Position | None,
        since: datetime | None,
    ) -> tuple[Sequence[Turn], bool]:
        try:
            found = await self.threads.history(
                conversation_id, limit=limit, before=before, since=since
            )
        except UnavailableError:
            return [], False
        return found, True


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedThreads:
    """`Threads` that are read with what has yet to reach them, also while they are away."""

    read: ReadHistory

    async def append(self, turns: Sequence[Turn]) -> None:
        """As the thread store does."""
        await self.read.threads.append(turns)

    async def history(
        self,
        conversation_id: UUID,
        *,
        limit: int,
        before: Position | None = None,
        since: datetime | None = None,
    ) -> Sequence[Turn]:
        """What is there of the newest turns."""
        found = await self.read(conversation_id, limit=limit, before=before, since=since)
        return found.turns

    async def conversations_of(self, user_id: UUID) -> Sequence[UUID]:
        """Where a person has turns, as far as that can be told now."""
        found, _ = await self.read.conversations_of(user_id)
        return found


def _within(turn: Turn, before: Position | None, since: datetime | None) -> bool:
    if since is not None and turn.at < since:
        return False
    return before is None or (turn.at, turn.id) < (before.at, before.id)
