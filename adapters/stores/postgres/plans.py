"""Plans, and what admins of the installation change about people and organizations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from adapters.stores.postgres.connection import Database
from core.accounts import Resource
from core.messages import Author

PLANS = """
SELECT p.name, p.tracked,
       jsonb_object_agg(l.resource_type, l.per_month) FILTER (WHERE l.plan IS NOT NULL) AS limits
  FROM plans p LEFT JOIN plan_limits l ON l.plan = p.name
 GROUP BY p.name, p.tracked
 ORDER BY array_position(ARRAY['guest', 'free', 'pro', 'enterprise'], p.name), p.name
"""
POOLS = "SELECT resource_type, per_month FROM organization_pools WHERE organization_id = $1"
SET_POOL = "SELECT set_pool($1, $2, $3)"
SET_PLAN = "SELECT set_plan($1, $2, $3, $4, $5, $6) AS known"
SET_ROLE = "SELECT set_role($1, $2, $3, $4, $5) AS known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan and its limits by the month; what is not in `limits` has none."""

    name: str
    tracked: bool
    limits: Mapping[Resource, int]


async def list_plans(database: Database) -> Sequence[Plan]:
    """Every plan, the smallest first."""
    rows = await database.fetch(PLANS)
    return [
        Plan(
            name=row["name"],
            tracked=row["tracked"],
            limits={
                Resource(name): limit for name, limit in orjson.loads(row["limits"] or "{}").items()
            },
        )
        for row in rows
    ]


async def list_pools(database: Database, organization_id: UUID) -> Mapping[Resource, int]:
    """What an organization has together, by the month."""
    rows = await database.fetch_in(organization_id, POOLS, organization_id)
    return {Resource(row["resource_type"]): row["per_month"] for row in rows}


async def set_pool(
    database: Database, organization_id: UUID, resource: Resource, per_month: int | None
) -> None:
    """Bound what an organization uses together; None takes the bound away."""
    await database.fetch(SET_POOL, organization_id, resource, per_month)


async def set_plan(
    database: Database,
    author: Author,
    plan: str,
    *,
    until: datetime | None = None,
    limits: Mapping[Resource, int | None] | None = None,
) -> bool:
    """Subscribe a person from now on; False when nobody of that name is known."""
    own = {resource.value: limit for resource, limit in (limits or {}).items()}
    rows = await database.fetch(
        SET_PLAN,
        author.platform,
        author.scope,
        author.id,
        plan,
        until,
        orjson.dumps(own).decode() if own else None,
    )
    known: bool = rows[0]["known"]
    return known


async def set_role(database: Database, organization_id: UUID, author: Author, role: str) -> bool:
    """Make a person a member or an admin; False when nobody of that name is known."""
    rows = await database.fetch(
        SET_ROLE, organization_id, author.platform, author.scope, author.id, role
    )
    known: bool = rows[0]["known"]
    return known
