"""How long an organization's data is kept."""

from collections.abc import Mapping, Sequence
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


async def list_retention(
    database: Database, organization_id: UUID, kinds: Sequence[str]
) -> Mapping[str, str]:
    """How long each kind is kept, in words."""
    rows = await database.fetch_in(organization_id, LIST, organization_id, kinds)
    return {row["kind"]: row["keep"] for row in rows}


async def set_retention(
    database: Database, organization_id: UUID, kind: str, keep: str | None
) -> None:
    """Keep a kind for an interval such as `3 years`; None brings the default back."""
    await database.fetch(SET, organization_id, kind, keep)
