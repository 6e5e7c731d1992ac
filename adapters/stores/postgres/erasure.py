"""Forgetting people, and what is kept about them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from adapters.stores.postgres.connection import Database
from core.messages import Author
from core.ports.erasure import Erasure

NAME = "postgresql"
BATCH = 1000  # turns
SCRUB_TIMEOUT = 120.0  # seconds: the rows of messages are found without an index

FIND = "SELECT find_person($1, $2, $3)"
ABOUT = "SELECT kept_about($1)"
BEGIN = "SELECT begin_erasure($1) AS until"
TURNS = "SELECT erase_turns($1, $2)"
PERSON = "SELECT * FROM erase_person($1)"
DONE = "SELECT erased_in($1, $2, $3)"
PENDING = "SELECT * FROM pending_erasures($1, $2)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresErasures:
    """`Erasures` on PostgreSQL."""

    database: Database

    async def begin(self, user_id: UUID) -> Erasure:
        [row] = await self.database.fetch(BEGIN, user_id)
        return Erasure(user_id=user_id, until=row["until"])

    async def scrub(self, erasure: Erasure) -> Erasure:
        [row] = await self.database.fetch(PERSON, erasure.user_id, within=SCRUB_TIMEOUT)
        erasure = Erasure(user_id=erasure.user_id, until=row["until"])
        deleted = BATCH
        while deleted >= BATCH:
            deleted = (await self.database.fetch(TURNS, erasure.user_id, BATCH))[0][0]
        if row["settled"]:
            await self.done(erasure, NAME)
        return erasure

    async def done(self, erasure: Erasure, store: str) -> None:
        await self.database.fetch(DONE, erasure.user_id, erasure.until, store)

    async def pending(self, stores: Collection[str], *, limit: int) -> Sequence[Erasure]:
        rows = await self.database.fetch(PENDING, [NAME, *stores], limit)
        return [Erasure(user_id=row["user_id"], until=row["until"]) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresPeople:
    """`People` on PostgreSQL."""

    database: Database

    async def find(self, author: Author) -> UUID | None:
        [row] = await self.database.fetch(FIND, author.platform, author.scope, author.id)
        found: UUID | None = row[0]
        return found

    async def kept_about(self, user_id: UUID) -> Mapping[str, Any]:
        [row] = await self.database.fetch(ABOUT, user_id)
        about: Mapping[str, Any] = orjson.loads(row[0])
        return about
