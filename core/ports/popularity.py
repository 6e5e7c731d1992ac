"""The port of what people ask often."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Popular:
    """A question, and how often it was asked lately."""

    question: str
    asked: float


class Popularity(Protocol):
    """Questions are counted when they are asked, and fade with time."""

    async def top(self, organization_id: UUID, *, limit: int) -> Sequence[Popular]:
        """The most popular questions of an organization, in normalised words.

        `UnavailableError` when they cannot be had now.
        """
