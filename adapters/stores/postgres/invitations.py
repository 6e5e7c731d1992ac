"""Let people in who have not written yet."""

from uuid import UUID

from adapters.stores.postgres.connection import Database
from core.messages import Author

INVITE = "SELECT invite($1, $2, $3, $4, $5) AS added"


async def invite_author(database: Database, organization_id: UUID, author: Author) -> bool:
    """Make a person a member of an organization; False when they were one."""
    rows = await database.fetch(
        INVITE, organization_id, author.platform.value, author.scope, author.id, author.name
    )
    added: bool = rows[0]["added"]
    return added
