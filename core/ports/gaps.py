"""The port of questions that nobody has answered yet, and of who asked them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A question that had no answer, in its normal form, and how often it was asked."""

    question: str
    times: int
    last_asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asked, and where the answer is to go. `message_id` is our id of their question."""

    message_id: UUID
    conversation_id: UUID
    user_id: UUID


class Gaps(Protocol):
    """Questions without an answer."""

    async def note(self, organization_id: UUID, question: str, asker: Asker | None = None) -> None:
        """Keep a question in its normal form; the same one again is counted, not repeated.

        Its `asker` is kept, once a conversation: they are told when there is an answer.
        """

    async def open(self, organization_id: UUID, *, limit: int) -> Sequence[Gap]:
        """Those without an answer, the most frequent first."""
