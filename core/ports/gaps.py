"""The port of questions that nobody has answered yet, and of who asked them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from core.text import clean, normalise

LONGEST_GAP = 1_000  # characters of a question that had no answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A question that had no answer, in its normal form, and how often it was asked."""

    question: str
    times: int
    last_asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asked, and where the answer is to go. `message_id` is our id of their question.

    `question` is as they wrote it; `looked` is where the knowledge stood that had no answer, as
    `core.knowledge.standing` says it: what changed since may have one.
    """

    message_id: UUID
    conversation_id: UUID
    user_id: UUID
    question: str = ""
    looked: int = 0


class Gaps(Protocol):
    """Questions without an answer."""

    async def note(self, organization_id: UUID, question: str, asker: Asker | None = None) -> None:
        """Keep a question in its normal form; the same one again is counted, not repeated.

        Its `asker` is kept, once a conversation: they are told when there is an answer. The same
        message again changes nothing.
        """

    async def open(self, organization_id: UUID, *, limit: int) -> Sequence[Gap]:
        """Those without an answer, the most frequent first."""

    async def count(self, organization_id: UUID) -> int:
        """How many have no answer."""

    async def dismiss(self, organization_id: UUID, question: str) -> bool:
        """Close one without an answer until it is asked again; False where it is not open."""


def in_normal_form(question: str) -> str:
    """A question as a gap is kept; empty when there is nothing to answer in it."""
    return clean(normalise(question)[:LONGEST_GAP])


def gap_hash(question: str) -> bytes:
    """What a gap is known by: the SHA-256 of its normal form."""
    return sha256(in_normal_form(question).encode()).digest()
