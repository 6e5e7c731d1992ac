"""The ports of forgetting a person, and of telling what is kept about them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from core.messages import Author


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Nothing of a person is kept that was said up to a time, nor the answers to it."""

    user_id: UUID
    until: datetime


class Erasures(Protocol):
    """Who is to be forgotten, and where they are not yet; in the store that holds the truth."""

    async def begin(self, user_id: UUID) -> Erasure:
        """Note it, from now on for every store. Asked for again it goes up to that moment."""

    async def scrub(self, erasure: Erasure) -> Erasure:
        """Forget the person in this store; idempotent.

        Returned is how far it goes now: to the last answer to what was asked before. This store is
        done when nothing is under way any more, a minute later at the earliest.
        """

    async def done(self, erasure: Erasure, store: str) -> None:
        """Note that a store has forgotten as far as this; ignored where it goes further now."""

    async def pending(self, stores: Collection[str], *, limit: int) -> Sequence[Erasure]:
        """Those that some of these stores, or this one, are not done with."""


class Forgets(Protocol):
    """Another store that holds what people said. `name` is how it is noted."""

    @property
    def name(self) -> str:
        """Such as `scylladb`."""

    async def forget(self, erasure: Erasure) -> None:
        """Forget, also what is written late; idempotent. `UnavailableError`: try again."""


class People(Protocol):
    """Who is known."""

    async def find(self, author: Author) -> UUID | None:
        """The account of a platform's person."""

    async def kept_about(self, user_id: UUID) -> Mapping[str, Any]:
        """Everything that this store keeps about a person but what they said, ready for JSON."""
