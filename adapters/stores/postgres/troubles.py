"""What was given up: postings and messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from adapters.stores.postgres.connection import Database
from adapters.stores.postgres.rows import to_posting
from core.messages import Platform
from core.ports.troubles import GivenUp, InTrouble, Letters, Trouble

SETTLE = timedelta(seconds=10)
"""Longer than a statement lasts."""

DUE = "SELECT * FROM organizations_in_trouble($1, $2)"
OF = "SELECT * FROM troubles($1, $2, $3)"
TELL = "SELECT * FROM tell_of_troubles($1, $2, $3, $4, $5, $6)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresTroubles:
    """`Troubles` on PostgreSQL. `platforms` are those on which this replica posts."""

    database: Database
    replica: UUID
    platforms: Sequence[Platform] = tuple(Platform)
    settle: timedelta = SETTLE

    async def due(self, *, pause: timedelta) -> Sequence[InTrouble]:
        return [
            InTrouble(
                organization_id=row["organization_id"], since=row["since"], until=row["until"]
            )
            for row in await self.database.fetch(DUE, pause, self.settle)
        ]

    async def of(
        self, organization_id: UUID, since: datetime, until: datetime
    ) -> Sequence[Trouble]:
        return await read_troubles(self.database, organization_id, since, until)

    async def tell(self, due: InTrouble, text: str) -> Letters | None:
        rows = await self.database.fetch(
            TELL,
            self.replica,
            self.platforms,
            due.organization_id,
            due.since,
            due.until,
            text,
        )
        if not rows:
            return None
        return Letters(
            admins=sum(row["admins"] or 0 for row in rows),
            postings=[to_posting(row["posting"]) for row in rows if row["posting"]],
        )


async def read_troubles(
    database: Database, organization_id: UUID, since: datetime, until: datetime
) -> Sequence[Trouble]:
    """An organization's troubles of a time."""
    return [
        Trouble(
            kind=GivenUp(row["kind"]),
            id=row["id"],
            conversation=row["conversation_key"],
            reason=row["reason"],
            at=row["at"],
            is_letter=row["is_letter"],
        )
        for row in await database.fetch(OF, organization_id, since, until)
    ]
