"""Open gaps, and the people who wait for an answer to them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import asyncpg

from adapters.stores.postgres.connection import Database
from adapters.stores.postgres.rows import buttons_json, to_posting
from core.messages import Conversation, Platform
from core.ports.inbox import Admitted
from core.ports.usage import Asked
from core.ports.waiting import Answered, LateAnswer, Person, Taken, Told

LEASE = timedelta(seconds=10)
"""How long a gap is compared by one replica alone; for longer only costs another look."""
KEPT = timedelta(days=90)
"""After that an answer would surprise more than help."""
NOWHERE = UUID(int=0)

ORGANIZATIONS = "SELECT organizations_to_look_at() AS id"
TAKE = "SELECT * FROM take_gaps($1, $2, $3, $4)"
PEOPLE = "SELECT * FROM people_waiting($1, $2, $3, $4, $5)"
ANSWER = "SELECT * FROM answer_askers($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
LOOKED = "SELECT gap_looked($1, $2, $3, $4, $5, $6)"
PICKED = "SELECT gap_picked($1, $2, $3, $4)"
EXPIRE = "SELECT expire_gaps($1, $2) AS expired"
QUESTION = "SELECT gap_question($1, $2, $3) AS question"
ASK = "SELECT * FROM ask_person($1, $2, $3, $4, $5)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresWaiting:
    """`Waiting` and `PeopleToAsk` on PostgreSQL.

    `platforms` are those on which this replica posts; what goes elsewhere is left to the others.
    """

    database: Database
    replica: UUID
    platforms: Sequence[Platform] = tuple(Platform)
    lease: timedelta = LEASE
    kept: timedelta = KEPT

    async def organizations(self) -> Sequence[UUID]:
        return [row["id"] for row in await self.database.fetch(ORGANIZATIONS)]

    async def take(self, organization_id: UUID, stand: int, *, limit: int) -> Sequence[Taken]:
        rows = await self.database.fetch(TAKE, organization_id, stand, self.lease, limit)
        return [
            Taken(hash=row["question_hash"], question=row["question"], until=row["looking_until"])
            for row in rows
        ]

    async def people(
        self, organization_id: UUID, gap: Taken, *, after: Person | None, limit: int
    ) -> Sequence[Person]:
        place = (after.conversation_id, after.user_id) if after else (NOWHERE, NOWHERE)
        rows = await self.database.fetch(PEOPLE, organization_id, gap.hash, *place, limit)
        return [_to_person(row) for row in rows]

    async def answer(
        self, organization_id: UUID, gap: Taken, answers: Sequence[LateAnswer]
    ) -> Answered:
        parts = [(n, part) for n, one in enumerate(answers, start=1) for part in one.parts]
        rows = await self.database.fetch(
            ANSWER,
            self.replica,
            self.platforms,
            organization_id,
            gap.hash,
            [one.person.conversation_id for one in answers],
            [one.person.user_id for one in answers],
            [one.private for one in answers],
            [buttons_json(one.buttons) for one in answers],
            [n for n, _ in parts],
            [part for _, part in parts],
            [one.confidence if one.remembered else None for one in answers],
        )
        return Answered(
            told=[
                Told(late=answers[row["n"] - 1], id=row["id"], at=row["answered_at"])
                for row in rows
                if row["n"]
            ],
            postings=[to_posting(row["posting"]) for row in rows if row["posting"]],
        )

    async def looked(
        self, organization_id: UUID, gap: Taken, stand: int, *, entry: UUID | None, everybody: bool
    ) -> None:
        await self.database.fetch(
            LOOKED, organization_id, gap.hash, gap.until, stand, entry, everybody
        )

    async def picked(
        self, organization_id: UUID, message_id: UUID, user: UUID, entry: UUID
    ) -> None:
        await self.database.fetch(PICKED, organization_id, message_id, user, entry)

    async def expire(self, limit: int) -> int:
        rows = await self.database.fetch(EXPIRE, self.kept, limit)
        expired: int = rows[0]["expired"]
        return expired

    async def question(self, organization_id: UUID, gap: bytes, user: UUID) -> str | None:
        rows = await self.database.fetch(QUESTION, organization_id, gap, user)
        question: str | None = rows[0]["question"]
        return question

    async def ask_person(self, admitted: Admitted, gap: bytes, text: str) -> Asked:
        message = admitted.message
        platform = message.conversation.platform
        rows = await self.database.fetch(ASK, self.replica, platform, message.dedupe_key, gap, text)
        return Asked(
            admins=rows[0]["admins"],
            before=rows[0]["asked_before"],
            postings=[to_posting(row["posting"]) for row in rows if row["posting"]],
        )


def _to_person(row: asyncpg.Record) -> Person:
    return Person(
        conversation_id=row["conversation_id"],
        user_id=row["user_id"],
        message_id=row["message_id"],
        conversation=replace(
            Conversation.parse(row["conversation_key"], direct=row["direct"]),
            parent=row["parent"],
        ),
        question=row["question"],
        name=row["name"],
        is_admin=row["is_admin"],
    )
