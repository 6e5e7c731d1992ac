"""The ports of people who have come in, until they leave."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who came in when, and the version of their tokens then."""

    user_id: UUID
    token_version: int
    begun_at: datetime


class Sessions(Protocol):
    """Sessions by id, which is a secret. `UnavailableError`: the store is away."""

    async def put(self, session_id: str, session: Session) -> None:
        """Keep one until it is idle for a day, and for 30 days at most."""

    async def get(self, session_id: str) -> Session | None:
        """One that is there; it is not idle now."""

    async def drop(self, session_id: str) -> None:
        """End one; nothing happens where there is none."""


class TokenVersions(Protocol):
    """The version of a person's tokens, in the store that holds the truth."""

    async def of(self, user_id: UUID) -> int | None:
        """The version now; None for who may not come in."""

    async def end_all(self, user_id: UUID) -> None:
        """Raise it: whatever was made under an earlier one is not valid any more."""
