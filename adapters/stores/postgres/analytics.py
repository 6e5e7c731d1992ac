"""Daily sums."""

from dataclasses import dataclass

from adapters.stores.postgres.connection import Database
from core.ports.analytics import Flush

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
