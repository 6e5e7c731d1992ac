"""Let people in who have not written yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from adapters.stores.postgres.connection import Database
from core.messages import Author

INVITE = "SELECT invite($1, $2, $3, $4, $5) AS added"
REMOVE = "SELECT remove_member($1, $2, $3, $4) AS removed"
LIST = "SELECT * FROM people_of($1, $2, $3)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody of an organization, and their messages of this month."""

    platform: str
    space: str
    id: str
    name: str
    role: str
    plan: str
    active: bool
    messages: int


async def invite_author(database: Database, organization_id: UUID, author: Author) -> bool:
    """Make a person a member of an organization; False when they were one."""
    rows = await database.fetch(
        INVITE, organization_id, author.platform.value, author.scope, author.id, author.name
    )
    added: bool = rows[0]["added"]
    return added


async def remove_author(database: Database, organization_id: UUID, author: Author) -> bool:
    """Let a person in no longer; False where they were not in."""
    rows = await database.fetch(REMOVE, organization_id, author.platform, author.scope, author.id)
    removed: bool = rows[0]["removed"]
    return removed


async def list_members(
    database: Database, organization_id: UUID, *, limit: int, offset: int
) -> Sequence[Member]:
    """Those who may ask, by platform and id."""
    return [
        Member(
            platform=row["platform"],
            space=row["scope"],
            id=row["id"],
            name=row["name"],
            role=row["role"],
            plan=row["plan"],
            active=row["active"],
            messages=row["messages"],
        )
        for row in await database.fetch(LIST, organization_id, limit, offset)
    ]
