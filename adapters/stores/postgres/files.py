"""What is known of files, in step with the ledger."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from adapters.stores.postgres.connection import Database
from core.filenames import clean_name
from core.ports.files import Content, NewFile, StoredFile
from core.ports.ledger import Reserved

BEGIN = "SELECT * FROM begin_file($1, $2, $3, $4, $5, $6)"
COMPLETE = "SELECT complete_file($1, $2, $3, $4, $5) AS kept"
DROP = "SELECT drop_file($1) AS dropped"
REMOVE = "SELECT remove_file($1, $2) AS content"
DUE = "SELECT due_files($1) AS content"
FORGET = "SELECT forget_files($1)"
KEPT = """
SELECT id, organization_id, user_id, name, content_type, size, sha256, kept_at, expires_at, content
  FROM files
 WHERE organization_id = $1 AND state = 'kept' AND (expires_at IS NULL OR expires_at > now())
"""
FIND = f"{KEPT} AND id = $2"
LIST = f"{KEPT} AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresFileRecords:
    """`FileRecords` on PostgreSQL. A file is charged and recorded in one transaction."""

    database: Database

    async def begin(self, file: NewFile, content: UUID) -> Reserved:
        rows = await self.database.fetch(
            BEGIN,
            content,
            file.id,
            file.holder.organization_id,
            file.holder.user_id,
            clean_name(file.name),
            file.limit,
        )
        return Reserved(
            granted=rows[0]["granted"], limit=rows[0]["quota_limit"], left=rows[0]["quota_left"]
        )

    async def complete(self, content: Content, lifetime: timedelta | None) -> bool:
        rows = await self.database.fetch(
            COMPLETE, content.id, content.size, content.sha256, content.content_type, lifetime
        )
        kept: bool = rows[0]["kept"]
        return kept

    async def drop(self, content: UUID) -> bool:
        rows = await self.database.fetch(DROP, content)
        dropped: bool = rows[0]["dropped"]
        return dropped

    async def find(self, organization_id: UUID, file_id: UUID) -> StoredFile | None:
        rows = await self.database.fetch_in(organization_id, FIND, organization_id, file_id)
        return _to_file(rows[0]) if rows else None

    async def list(
        self, organization_id: UUID, limit: int, *, after: UUID | None
    ) -> Sequence[StoredFile]:
        rows = await self.database.fetch_in(organization_id, LIST, organization_id, after, limit)
        return [_to_file(row) for row in rows]

    async def remove(self, organization_id: UUID, file_id: UUID) -> UUID | None:
        rows = await self.database.fetch(REMOVE, organization_id, file_id)
        content: UUID | None = rows[0]["content"]
        return content

    async def due(self, limit: int) -> Sequence[UUID]:
        rows = await self.database.fetch(DUE, limit)
        return [row["content"] for row in rows]

    async def forget(self, contents: Collection[UUID]) -> None:
        if contents:
            await self.database.fetch(FORGET, list(contents))


def _to_file(row: asyncpg.Record) -> StoredFile:
    return StoredFile(**dict(row))
