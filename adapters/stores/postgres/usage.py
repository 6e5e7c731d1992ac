"""What an organization uses, and its admins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from asyncpg import Record

from adapters.stores.postgres.connection import ERRORS, Database
from adapters.stores.postgres.rows import to_posting
from core.accounts import Account, Pool, Resource
from core.errors import UnavailableError
from core.messages import Platform
from core.ports.inbox import Admitted
from core.ports.usage import Asked, PersonUsage, TeamUsage, Use

TOP = 5  # people who are named

OWN = "SELECT * FROM own_usage($1, $2)"
TEAM = "SELECT * FROM team_usage_by_platform($1, $2, $3)"
ASK = "SELECT * FROM ask_admins($1, $2, $3, $4, $5)"

log = structlog.get_logger(service="usage_reports")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresUsageReports:
    """`UsageReports` on a copy of the database that is only read, or while it is away on itself."""

    database: Database
    reports: Database

    async def own(self, account: Account) -> Mapping[Resource, Use]:
        rows = await self._read(OWN, account.user_id, account.organization_id)
        return {
            Resource(row["resource"]): Use(used=row["used"], limit=row["own_limit"]) for row in rows
        }

    async def team(self, account: Account) -> TeamUsage | None:
        rows = await self._read(TEAM, account.user_id, account.organization_id, TOP)
        sums = {Resource(row["resource"]): row for row in rows if row["name"] is None}
        if not sums:
            return None
        messages = sums[Resource.MESSAGES]
        return TeamUsage(
            used={resource: row["used"] for resource, row in sums.items()},
            pools={
                resource: Pool(limit=row["pool_limit"], used=row["used"])
                for resource, row in sums.items()
                if row["pool_limit"] is not None
            },
            people=messages["people"],
            top=[
                PersonUsage(
                    name=row["name"],
                    messages=row["used"],
                    platform=Platform(row["platform"]) if row["platform"] else None,
                )
                for row in rows
                if row["name"] is not None
            ],
            period_ends=messages["period_ends"],
        )

    async def _read(self, sql: str, *arguments: object) -> Sequence[Record]:
        try:
            return await self.reports.fetch(sql, *arguments)
        except (UnavailableError, *ERRORS) as error:
            if self.reports is self.database:
                raise
            log.warning("reports_not_read_from_the_copy", reason=type(error).__name__)
            return await self.database.fetch(sql, *arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresAdmins:
    """`Admins` on PostgreSQL: their letters are rows of the outbox."""

    database: Database
    replica: UUID

    async def ask_for_more(self, admitted: Admitted, resource: Resource, text: str) -> Asked:
        message = admitted.message
        platform = message.conversation.platform
        rows = await self.database.fetch(
            ASK, self.replica, platform, message.dedupe_key, resource, text
        )
        return Asked(
            admins=rows[0]["admins"],
            before=rows[0]["asked_before"],
            postings=[to_posting(row["posting"]) for row in rows if row["posting"]],
        )
