"""The ports of what people thought of an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from core.accounts import Account


class Feedback(Protocol):
    """Votes on answers."""

    async def rate(self, account: Account, *, message_id: UUID, helpful: bool) -> None:
        """Note a vote on the answer to a message; the last one of a person counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """A vote as it is kept: `rating` is 1 or -1, and `at` rises whenever it is changed.

    `comment` is what the person wrote of the answer, `sentiment` how that sounds, from -1 to 1, and
    `sentiment_label` the same in a word. `conversation_id` is where they voted, if that is known.
    """

    message_id: UUID
    user_id: UUID
    organization_id: UUID
    rating: int
    at: datetime
    conversation_id: UUID | None = None
    comment: str = ""
    sentiment: float | None = None
    sentiment_label: str | None = None


class Votes(Protocol):
    """Votes in the store that holds the truth, marked when the second store has them."""

    async def unrecorded(self, limit: int) -> Sequence[Vote]:
        """Those that are not marked, the oldest change first."""

    async def mark(self, votes: Sequence[Vote]) -> None:
        """Mark them, but for those that were changed since they were read."""


class VoteMirror(Protocol):
    """Votes in the second store."""

    async def write(self, vote: Vote) -> None:
        """Write a vote; idempotent. Of two versions the later one stays, in whatever order."""
