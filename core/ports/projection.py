"""The ports of knowledge in the second store, by keyword: for those too large for our memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from core.entries import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a projection stands. `towards`: it is on the way to this revision, or was cut off."""

    revision: int
    towards: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """An entry and the words that it is found by, with what each tells of it."""

    entry: Entry
    weights: Mapping[str, float]


class Projection(Protocol):
    """Entries by keyword. Every write is idempotent. `UnavailableError`: the store is away."""

    async def head(self, organization_id: UUID) -> Head | None:
        """Where it stands; None where there is none."""

    async def begin(self, organization_id: UUID, head: Head) -> None:
        """Note where it goes, before anything is written."""

    async def write(
        self, organization_id: UUID, *, new: Sequence[Keyed], old: Sequence[Keyed]
    ) -> None:
        """Put entries in the place of others: of one that is changed, what it was is `old`."""

    async def finish(self, organization_id: UUID, head: Head, statistics: bytes) -> None:
        """It is complete at the head's revision, with these numbers of all entries."""

    async def statistics(self, organization_id: UUID, revision: int) -> bytes | None:
        """The numbers of all entries at a revision; None where there are none, or others now."""

    async def holding(
        self, organization_id: UUID, word: str, *, limit: int
    ) -> Sequence[tuple[UUID, float]]:
        """Entries that a word finds with its weight in each, those that it tells most of first."""

    async def find(self, organization_id: UUID, entry_ids: Collection[UUID]) -> Sequence[Entry]:
        """Those of the entries that there are."""

    async def all_ids(self, organization_id: UUID) -> Sequence[UUID]:
        """All entries that there are."""


class DueProjections(Protocol):
    """Which organizations' projections are behind, in the store that holds the truth."""

    async def claim(self, *, least: int, within: timedelta) -> UUID | None:
        """One whose knowledge has changed, of at least so many entries; nobody else gets it.

        The claim ends by itself after `within`.
        """

    async def keep(self, organization_id: UUID, *, within: timedelta) -> bool:
        """Let the claim end `within` from now instead; False: it is the caller's no more."""

    async def release(self, organization_id: UUID, revision: int | None) -> None:
        """End the caller's claim: the projection is at this revision, or it failed."""
