"""What a person wanted forgotten stays so, also when it is written late."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from adapters.stores.scylla.cql import Cql, Write
from adapters.stores.scylla.times import (
    MICROSECOND,
    UNIX_EPOCH,
    microseconds,
    month_of,
    time_of,
    timeuuid,
)
from core.ports.erasure import Erasure
from core.ports.threads import Turn

PAGE = 100  # turns looked at in one statement

MARK = "INSERT INTO erasures (user_id, until_microseconds) VALUES (?, ?) USING TIMESTAMP ?"
MARKED = "SELECT until_microseconds FROM erasures WHERE user_id = ?"
PLACES = "SELECT month, session_id FROM conversations_by_user WHERE user_id = ?"
TURNS = """
SELECT turn, user_id FROM conversation_history
 WHERE session_id = ? AND month = ? AND turn >= ? AND turn < ? ORDER BY turn ASC LIMIT ?
"""
DELETE_TURN = """
DELETE FROM conversation_history USING TIMESTAMP ? WHERE session_id = ? AND month = ? AND turn = ?
"""
DELETE_VOTES = "DELETE FROM user_feedback USING TIMESTAMP ? WHERE user_id = ?"
RESULTS = "SELECT task_id FROM task_results_by_user WHERE user_id = ?"
FINISHED = "SELECT finished_at FROM task_results WHERE task_id = ?"
DELETE_RESULT = "DELETE FROM task_results USING TIMESTAMP ? WHERE task_id = ?"
LAST_RUN = 2**31  # above every number of a run, which is the time of a result's write
DELETE_PLACES = "DELETE FROM conversations_by_user USING TIMESTAMP ? WHERE user_id = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasures:
    """Erasure by person. A turn is deleted as of the very moment it was written as of.

    The mark is set before anything is deleted, and looked at after anything is written: whichever
    of an erasure and a late write comes last, it sees the other.
    """

    cql: Cql
    name: str = "scylladb"

    async def forget(self, erasure: Erasure) -> None:
        """As `Forgets` has it."""
        await self.erase(erasure.user_id, until=erasure.until)

    async def erase(self, user_id: UUID, *, until: datetime) -> None:
        """Delete a person's turns, the answers to them and votes, up to a time; idempotent."""
        await self.cql.write([Write(MARK, (user_id, microseconds(until), microseconds(until)))])
        for month, session_id in await self.cql.fetch(PLACES, user_id):
            if month <= month_of(until):
                await self._erase_partition(session_id, month, user_id, until)
        for (task_id,) in await self.cql.fetch(RESULTS, user_id):
            for (finished_at,) in await self.cql.fetch(FINISHED, task_id):
                await self._delete_result(
                    task_id, finished_at.replace(tzinfo=UTC), microseconds(until)
                )
        deletion = (microseconds(until), user_id)
        await self.cql.write([Write(DELETE_VOTES, deletion)], [Write(DELETE_PLACES, deletion)])

    async def honour(self, turns: Collection[Turn]) -> Collection[UUID]:
        """Delete again those of turns just written that had been erased before.

        Returned are those who ever had something erased.
        """
        marked = []
        for user_id in {turn.user_id for turn in turns if turn.user_id is not None}:
            for (until,) in await self.cql.fetch(MARKED, user_id):
                late = [one for one in turns if one.user_id == user_id]
                await self._delete([one for one in late if microseconds(one.at) <= until])
                marked.append(user_id)
        return marked

    async def honour_result(self, user_id: UUID, task_id: UUID, *, finished_at: datetime) -> None:
        """Delete a result just written, if its person was forgotten since."""
        for (until,) in await self.cql.fetch(MARKED, user_id):
            await self._delete_result(task_id, finished_at, until)

    async def _delete_result(self, task_id: UUID, finished_at: datetime, until: int) -> None:
        if microseconds(finished_at) <= until:
            await self.cql.write([Write(DELETE_RESULT, (LAST_RUN, task_id))])

    async def _delete(self, turns: Sequence[Turn]) -> None:
        await self.cql.write(
            *([_deletion(one.conversation_id, timeuuid(one.at, one.id))] for one in turns)
        )

    async def _erase_partition(
        self, session_id: UUID, month: int, user_id: UUID, until: datetime
    ) -> None:
        """Go through one month of a conversation, page by page."""
        start, end = timeuuid(UNIX_EPOCH, UUID(int=0)), timeuuid(until + MICROSECOND, UUID(int=0))
        while True:
            rows = await self.cql.fetch(TURNS, session_id, month, start, end, PAGE)
            found = [turn for turn, author in rows if author == user_id]
            if found:
                await self.cql.write([_deletion(session_id, turn) for turn in found])
            if len(rows) < PAGE:
                return
            start = rows[-1][0]


def _deletion(session_id: UUID, turn: UUID) -> Write:
    at = time_of(turn)
    return Write(DELETE_TURN, (microseconds(at), session_id, month_of(at), turn))
