"""How many bots work on the same database, and how full the cache is: looked at now and then."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from adapters.platforms.http.health import Readiness
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


class Reports(Protocol):
    """Something that knows its state in words."""

    async def status(self) -> str:
        """`up`, or what is the matter."""


async def watch_shared(replicas: Replicas, cache: Reports, readiness: Readiness) -> None:
    """Count the replicas and report the cache again and again, until cancelled."""
    while True:
        await replicas.count()
        try:
            readiness.set("cache", await cache.status())
        except UnavailableError:
            readiness.set("cache", "down: no answer")
        await asyncio.sleep(EVERY)
