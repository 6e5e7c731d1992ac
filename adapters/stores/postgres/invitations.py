"""Let people in who have not written yet."""

from uuid import UUID

from adapters.stores.postgres.connection import Database
from core.messages import Author

# The identity may exist: then its account is let in. One statement sees no row of its own, so the
# account's id is handed on by hand.
INVITE = """
WITH known AS (
    SELECT user_id FROM identities WHERE platform = $2 AND scope = $3 AND id = $4
), account AS (
    INSERT INTO users (display_name) SELECT $5 WHERE NOT EXISTS (SELECT 1 FROM known)
    RETURNING id
), identity AS (
    INSERT INTO identities (platform, scope, id, user_id)
    SELECT $2, $3, $4, account.id FROM account
    RETURNING user_id
)
INSERT INTO memberships (user_id, organization_id)
SELECT user_id, $1 FROM (SELECT user_id FROM known UNION ALL SELECT user_id FROM identity) AS person
ON CONFLICT DO NOTHING
RETURNING user_id
"""


async def invite_author(database: Database, organization_id: UUID, author: Author) -> bool:
    """Make a person a member of an organization; False when they were one."""
    rows = await database.fetch(
        INVITE, organization_id, author.platform.value, author.scope, author.id, author.name
    )
    return bool(rows)
