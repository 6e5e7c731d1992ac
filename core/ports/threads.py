"""The port of conversation history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

Actor = Literal["person", "bot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One thing said in a conversation. Its `id` is fixed at admission: twice is once."""

    id: UUID
    organization_id: UUID
    conversation_id: UUID
    user_id: UUID | None
    actor: Actor
    text: str
    confidence: float | None
    at: datetime


class Threads(Protocol):
    """Turns of conversations."""

    async def append(self, turns: Sequence[Turn]) -> None:
        """Write turns; idempotent by id."""

    async def history(self, conversation_id: UUID, *, limit: int) -> Sequence[Turn]:
        """The newest turns, oldest first."""


class Recorded(Protocol):
    """The mark on an inbox row that its turns are in the thread store."""

    async def mark(self, message_id: UUID) -> None:
        """Set it; idempotent."""
