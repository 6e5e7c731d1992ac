"""Daily sums."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from adapters.stores.postgres.connection import Database
from core.ports.analytics import Flush

TOTALS = """
SELECT m.metric, coalesce(sum(a.value), 0)::bigint AS total
  FROM unnest($2::text[]) AS m (metric)
  LEFT JOIN analytics_daily a
         ON a.organization_id = $1 AND a.metric = m.metric
        AND a.day > (now() AT TIME ZONE 'UTC')::date - $3::integer
 GROUP BY m.metric
"""
READ = """
SELECT day, metric, value FROM analytics_daily
 WHERE organization_id = $1 AND day > (now() AT TIME ZONE 'UTC')::date - $2::integer
 ORDER BY day, metric
"""
WRITE = "SELECT write_counts($1, $2, $3, $4, $5)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresDailyCounts:
    """`DailyCounts` on PostgreSQL."""

    database: Database

    async def write(self, flush: Flush) -> None:
        await self.database.fetch(
            WRITE,
            flush.id,
            [count.organization_id for count in flush.counts],
            [count.day for count in flush.counts],
            [count.metric for count in flush.counts],
            [count.amount for count in flush.counts],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresDailyTotals:
    """`DailyTotals` on PostgreSQL."""

    database: Database

    async def of(
        self, organization_id: UUID, metrics: Sequence[str], *, days: int
    ) -> Mapping[str, int]:
        rows = await self.database.fetch_in(
            organization_id, TOTALS, organization_id, [*metrics], days
        )
        return {row["metric"]: row["total"] for row in rows}


async def read_days(
    database: Database, organization_id: UUID, *, days: int
) -> Mapping[date, Mapping[str, int]]:
    """Sums by metric, of each of the last days on which anything was counted."""
    found: dict[date, dict[str, int]] = {}
    for row in await database.fetch_in(organization_id, READ, organization_id, days):
        found.setdefault(row["day"], {})[row["metric"]] = row["value"]
    return found
