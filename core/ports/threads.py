"""The port of conversation history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

Actor = Literal["person", "bot"]
LOWEST = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A place in a conversation, which a page of it ends at. Any `id` will do for a mere time."""

    at: datetime
    id: UUID = LOWEST


class TurnKey(NamedTuple):
    """A turn's place among all turns of all conversations."""

    conversation_id: UUID
    at: datetime
    id: UUID


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

    @property
    def position(self) -> Position:
        """Where the turn stands: `before` it are the older ones."""
        return Position(at=self.at, id=self.id)

    @property
    def key(self) -> TurnKey:
        """Its place among all turns."""
        return TurnKey(self.conversation_id, self.at, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A settled message and its answer, as the inbox keeps them until they are recorded."""

    message_id: UUID
    organization_id: UUID
    conversation_id: UUID
    user_id: UUID
    question: str
    asked_at: datetime
    answer: str
    confidence: float | None
    answered_at: datetime

    @property
    def turns(self) -> tuple[Turn, Turn]:
        """What the person said and what the bot said. The last bit of the ids tells them apart."""
        asked = Turn(
            id=self.message_id,
            organization_id=self.organization_id,
            conversation_id=self.conversation_id,
            user_id=self.user_id,
            actor="person",
            text=self.question,
            confidence=None,
            at=self.asked_at,
        )
        said = Turn(
            id=UUID(int=self.message_id.int ^ 1),
            organization_id=self.organization_id,
            conversation_id=self.conversation_id,
            user_id=self.user_id,
            actor="bot",
            text=self.answer,
            confidence=self.confidence,
            at=self.answered_at,
        )
        return asked, said


class Threads(Protocol):
    """Turns of conversations.

    They are in order of time. Those of one microsecond are in an order that is always the same.
    """

    async def append(self, turns: Sequence[Turn]) -> None:
        """Write turns; idempotent by time and id. Text that no store holds is replaced."""

    async def history(
        self,
        conversation_id: UUID,
        *,
        limit: int,
        before: Position | None = None,
        since: datetime | None = None,
    ) -> Sequence[Turn]:
        """The newest turns, oldest first: those `before` a position and not older than `since`.

        The next page lies before the position of the first turn of this one.
        """

    async def conversations_of(self, user_id: UUID) -> Sequence[UUID]:
        """The conversations in which a person has turns, or once had."""


class Recorded(Protocol):
    """The mark on an inbox row that its turns are in the thread store."""

    async def mark(self, message_id: UUID) -> None:
        """Set it; idempotent."""

    async def mark_late(self, turn_id: UUID) -> None:
        """A turn that belongs to no message is in the thread store; idempotent."""


class Unrecorded(Protocol):
    """Settled messages whose turns are not in the thread store yet, and late answers."""

    async def exchanges(self, conversation_id: UUID) -> Sequence[Exchange]:
        """Those of a conversation."""

    async def late(self, conversation_id: UUID) -> Sequence[Turn]:
        """Late answers in a conversation: turns that belong to no message."""

    async def conversations_of(self, user_id: UUID) -> Sequence[UUID]:
        """The conversations in which a person has some."""
