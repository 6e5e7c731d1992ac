"""Tell a person everything that is kept about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.history import ReadHistory
from core.ports.erasure import People
from core.ports.threads import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPerson:
    """What they said and what they were told, by conversation, and what is noted of them."""

    people: People
    history: ReadHistory

    async def __call__(self, user_id: UUID) -> Mapping[str, Any]:
        """All of it, ready for JSON. `complete` is False where a store was away."""
        about = await self.people.kept_about(user_id)
        found, complete = await self.history.conversations_of(user_id)
        conversations = {}
        for conversation_id in found:
            turns, whole = await self._said(conversation_id, user_id)
            complete = complete and whole
            if turns:
                conversations[str(conversation_id)] = turns
        return {**about, "conversations": conversations, "complete": complete}

    async def _said(self, conversation_id: UUID, user_id: UUID) -> tuple[list[Any], bool]:
        """A person's own part of a conversation, oldest first."""
        said: list[Any] = []
        whole = True
        async for page in self.history.all_of(conversation_id):
            said[:0] = [_plain(turn) for turn in page.turns if turn.user_id == user_id]
            whole = whole and page.complete
        return said, whole


def _plain(turn: Turn) -> Mapping[str, Any]:
    return {"at": turn.at.isoformat(), "by": turn.actor, "text": turn.text}
