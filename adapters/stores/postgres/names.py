"""What people are called."""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.stores.postgres.connection import Database
from core.ports.names import Heard

LEARN = "SELECT learn_names($1, $2, $3)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresNames:
    """`Names` on PostgreSQL."""

    database: Database

    async def learn(self, heard: Sequence[Heard]) -> None:
        await self.database.fetch(
            LEARN,
            [one.user_id for one in heard],
            [one.name for one in heard],
            [one.at for one in heard],
        )
