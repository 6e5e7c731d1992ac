"""The port of what was given up, and of telling the admins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from core.messages import Posting


class GivenUp(StrEnum):
    """A posting that no platform took, or a message that failed again and again."""

    POSTING = "posting"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One of them. `conversation` is the key of its place; nothing of what people wrote is in it.

    `reason` is the platform's, empty for a message. `is_letter`: it was for an admin.
    """

    kind: GivenUp
    id: UUID
    conversation: str
    reason: str
    at: datetime
    is_letter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InTrouble:
    """An organization whose admins have to hear of what happened behind one time, up to another."""

    organization_id: UUID
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """How many admins are written to, and the postings to send now."""

    admins: int
    postings: Sequence[Posting]


class Troubles(Protocol):
    """What was given up in the last 48 hours."""

    async def due(self, *, pause: timedelta) -> Sequence[InTrouble]:
        """Organizations with some that their admins have not heard of, nor anything for `pause`."""

    async def of(
        self, organization_id: UUID, since: datetime, until: datetime
    ) -> Sequence[Trouble]:
        """An organization's, behind one time and up to another, the oldest first."""

    async def tell(self, due: InTrouble, text: str) -> Letters | None:
        """Write to its admins directly, where the trouble was; None where somebody else did."""
