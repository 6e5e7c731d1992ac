"""How many bots work on the same database: counted now and then."""

from dataclasses import dataclass
from datetime import timedelta

from adapters.stores.postgres.connection import Database
from core.errors import UnavailableError

EVERY = 5.0  # seconds
LIVING = "SELECT living_replicas($1) AS living"


@dataclass(slots=True, kw_only=True)
class Replicas:
    """The number of bots whose hearts beat, by the database's clock; at least this one."""

    database: Database
    timeout: timedelta
    living: int = 1

    async def count(self) -> None:
        """Count them. Without the database the last number stays."""
        try:
            rows = await self.database.fetch(LIVING, self.timeout)
        except UnavailableError:
            return
        self.living = max(1, rows[0]["living"])
