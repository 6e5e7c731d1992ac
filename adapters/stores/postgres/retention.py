"""How long an organization's data is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from adapters.stores.postgres.connection import Database

# In words, because an interval in Python has no years.
LIST = """
SELECT k.kind, replace(coalesce(p.keep, kept_by_default(k.kind))::text, 'mon', 'month') AS keep
  FROM unnest($2::text[]) WITH ORDINALITY AS k (kind, place)
  LEFT JOIN retention_policies p ON p.organization_id = $1 AND p.kind = k.kind
 ORDER BY k.place
"""
SET = "SELECT set_retention($1, $2, $3::text::interval)"
# Only what goes that would not have gone. An interval of months has as many days as they have.
SHORTER = """
SELECT c.kind, now() - coalesce(c.keep::interval, kept_by_default(c.kind)) AS before
  FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS c (kind, keep, place)
  LEFT JOIN retention_policies p ON p.organization_id = $1 AND p.kind = c.kind
 WHERE now() - coalesce(c.keep::interval, kept_by_default(c.kind))
       > now() - coalesce(p.keep, kept_by_default(c.kind))
 ORDER BY c.place
"""
KEEP = """
SELECT extract(epoch FROM now() + coalesce(min(p.keep), kept_by_default('conversations'))
       - now())::bigint AS seconds
  FROM retention_policies p WHERE p.organization_id = $1 AND p.kind = 'conversations'
"""
KNOWN_FOR = 600.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptConversations:
    """How long organizations keep what is said. A change is known after ten minutes."""

    database: Database
    _known: dict[UUID, tuple[timedelta, float]] = field(default_factory=dict)

    async def __call__(self, organization_id: UUID) -> timedelta:
        """From when it was said."""
        keep, until = self._known.get(organization_id, (timedelta(0), 0.0))
        if until < monotonic():
            [row] = await self.database.fetch_in(organization_id, KEEP, organization_id)
            keep = timedelta(seconds=row["seconds"])
            self._known[organization_id] = (keep, monotonic() + KNOWN_FOR)
        return keep


async def list_retention(
    database: Database, organization_id: UUID, kinds: Sequence[str]
) -> Mapping[str, str]:
    """How long each kind is kept, in words."""
    rows = await database.fetch_in(organization_id, LIST, organization_id, kinds)
    return {row["kind"]: row["keep"] for row in rows}


async def lost_by(
    database: Database, organization_id: UUID, changes: Mapping[str, str | None]
) -> Mapping[str, datetime]:
    """The kinds of which these changes delete what is kept now, and what is older than when."""
    kinds, keeps = list(changes), list(changes.values())
    rows = await database.fetch_in(organization_id, SHORTER, organization_id, kinds, keeps)
    return {row["kind"]: row["before"] for row in rows}


async def set_retention(
    database: Database, organization_id: UUID, kind: str, keep: str | None
) -> None:
    """Keep a kind for an interval such as `3 years`; None brings the default back."""
    await database.fetch(SET, organization_id, kind, keep)
