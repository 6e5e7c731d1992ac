"""Find an organization by its name."""

from uuid import UUID

from adapters.stores.postgres.connection import Database
from core.errors import UserError

FIND = "SELECT id FROM organizations WHERE CASE WHEN $1 = '' THEN is_default ELSE name = $1 END"
NAMES = "SELECT name FROM organizations ORDER BY is_default DESC, name LIMIT 10"


async def find_organization(database: Database, name: str) -> UUID:
    """The organization of this name; the default one for none. `UserError` names what there is."""
    rows = await database.fetch(FIND, name)
    if rows:
        found: UUID = rows[0]["id"]
        return found
    names = ", ".join(row["name"] for row in await database.fetch(NAMES))
    raise UserError(f"There is no organization {name!r}. There is: {names}.")
