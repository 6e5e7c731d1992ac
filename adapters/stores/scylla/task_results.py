"""Results of background tasks, by task."""

from dataclasses import dataclass
from datetime import UTC, timedelta
from uuid import UUID

from adapters.stores.scylla.bridge import Row
from adapters.stores.scylla.cql import Cql, Write
from adapters.stores.scylla.erasure import Erasures
from adapters.stores.scylla.lifetimes import Keep
from core.ports.clock import Clock
from core.ports.task_results import TaskResult
from core.text import clean

# The number of the run is the time of the write: a later run's stays, whichever comes first.
PUT = """
INSERT INTO task_results (task_id, organization_id, user_id, kind, run_no, result, finished_at)
VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?
"""
OWN = (
    "INSERT INTO task_results_by_user (user_id, task_id) VALUES (?, ?) USING TIMESTAMP ? AND TTL ?"
)
GET = """
SELECT task_id, organization_id, user_id, kind, run_no, result, finished_at
  FROM task_results WHERE task_id = ?
"""
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScyllaTaskResults:
    """`TaskResults` in CQL. Times are kept to the millisecond."""

    cql: Cql
    erasures: Erasures
    clock: Clock
    keep: Keep

    async def put(self, result: TaskResult) -> None:
        left = result.finished_at + await self.keep(result.organization_id) - self.clock()
        if left < SECOND:
            return
        version = (result.run_no, int(left.total_seconds()))
        row = (
            result.task_id,
            result.organization_id,
            result.user_id,
            result.kind,
            result.run_no,
            clean(result.result),
            result.finished_at,
        )
        # First whose it is: what is not noted could not be forgotten.
        await self.cql.write([Write(OWN, (result.user_id, result.task_id, *version))])
        await self.cql.write([Write(PUT, (*row, *version))])
        await self.erasures.honour_result(
            result.user_id, result.task_id, finished_at=result.finished_at
        )

    async def get(self, organization_id: UUID, task_id: UUID) -> TaskResult | None:
        rows = await self.cql.fetch(GET, task_id)
        found = [_to_result(row) for row in rows]
        return next((one for one in found if one.organization_id == organization_id), None)


def _to_result(row: Row) -> TaskResult:
    task_id, organization_id, user_id, kind, run_no, result, finished_at = row
    return TaskResult(
        task_id=task_id,
        organization_id=organization_id,
        user_id=user_id,
        kind=kind,
        run_no=run_no,
        result=result,
        finished_at=finished_at.replace(tzinfo=UTC),
    )
