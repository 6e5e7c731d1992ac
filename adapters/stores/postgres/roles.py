"""Who is an admin of their organization."""

from dataclasses import dataclass

from adapters.stores.postgres.connection import Database
from core.accounts import Account

IS_ADMIN = "SELECT is_admin($1, $2) AS admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresRoles:
    """`Roles` on PostgreSQL."""

    database: Database

    async def is_admin(self, account: Account) -> bool:
        [row] = await self.database.fetch(IS_ADMIN, account.user_id, account.organization_id)
        return bool(row["admin"])
