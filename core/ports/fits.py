"""The port of what was fitted to an organization's knowledge, shared by all replicas."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What was fitted at a revision of the knowledge; `core.knowledge.model` reads the bytes."""

    revision: int
    model: bytes


class Fits(Protocol):
    """One fit an organization, the one of the latest revision."""

    async def get(self, organization_id: UUID) -> Fit | None:
        """The fit there is, perhaps of an earlier revision than the knowledge has now."""

    async def claim(
        self, organization_id: UUID, revision: int, *, within: timedelta, anew: bool = False
    ) -> bool:
        """Whether the caller is to fit this revision: nobody has, or promised to and still may.

        `anew`: also where there is a fit of it, which the caller cannot use. A claim ends by itself
        after `within`, by the store's clock.
        """

    async def keep(self, organization_id: UUID, revision: int, *, within: timedelta) -> None:
        """Let a claim end `within` from now instead; nothing where a later revision is claimed."""

    async def release(self, organization_id: UUID, revision: int) -> None:
        """Give up a claim: somebody else may fit this revision at once."""

    async def put(self, organization_id: UUID, fit: Fit) -> None:
        """Keep a fit, unless there is one of a later revision. Its claim ends."""
