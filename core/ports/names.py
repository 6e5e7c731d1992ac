"""What people are called."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The name under which a person wrote, and when."""

    user_id: UUID
    name: str
    at: datetime


class Names(Protocol):
    """Keeps names."""

    async def learn(self, heard: Sequence[Heard]) -> None:
        """Keep the names of those of whom none is known, again without effect.

        What was heard before a person was forgotten is not kept. `UnavailableError`.
        """
