"""The port of what background tasks found."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResult:
    """What a run of a task found. `run_no` counts a task's runs from 1.

    `result` is JSON of at most a megabyte: files are kept elsewhere.
    """

    task_id: UUID
    organization_id: UUID
    user_id: UUID
    kind: str
    run_no: int
    result: str
    finished_at: datetime


class TaskResults(Protocol):
    """One result a task, kept as long as conversations, and none of who was forgotten since."""

    async def put(self, result: TaskResult) -> None:
        """Keep a result; idempotent. Of two runs the later one's stays, whichever comes first."""

    async def get(self, organization_id: UUID, task_id: UUID) -> TaskResult | None:
        """The result of a task of this organization, if there is one."""
