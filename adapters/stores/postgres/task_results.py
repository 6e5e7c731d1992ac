"""Results of background tasks, beside everything else."""

from dataclasses import dataclass
from uuid import UUID

from adapters.stores.postgres.connection import Database
from core.ports.task_results import TaskResult
from core.text import clean

PUT = "SELECT put_result($1, $2, $3, $4, $5, $6, $7)"
GET = """
SELECT task_id, organization_id, user_id, kind, run_no, result, finished_at
  FROM task_results WHERE task_id = $1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresTaskResults:
    """`TaskResults` on PostgreSQL."""

    database: Database

    async def put(self, result: TaskResult) -> None:
        await self.database.fetch(
            PUT,
            result.task_id,
            result.organization_id,
            result.user_id,
            result.kind,
            result.run_no,
            clean(result.result),
            result.finished_at,
        )

    async def get(self, organization_id: UUID, task_id: UUID) -> TaskResult | None:
        rows = await self.database.fetch_in(organization_id, GET, task_id)
        return TaskResult(**rows[0]) if rows else None
