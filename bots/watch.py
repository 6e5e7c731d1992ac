"""Keep what /ready says of the databases true."""

import asyncio
from typing import TYPE_CHECKING

from adapters.platforms.http.health import UP, Readiness
from adapters.stores.postgres.connection import Database
from adapters.stores.redis.health import RedisHealth
from core.errors import UnavailableError

if TYPE_CHECKING:
    from adapters.stores.scylla.connection import Connection

EVERY = 5.0  # seconds


async def watch(
    database: Database, redis: RedisHealth, scylla: "Connection | None", readiness: Readiness
) -> None:
    """Ask the databases again and again, until cancelled. The connection to ScyllaDB knows."""
    while True:
        readiness.set("postgres", await _postgres(database))
        readiness.set("redis", UP if await redis.ping() else "down: no answer")
        if scylla is not None:
            readiness.set("scylla", scylla.state)
        await asyncio.sleep(EVERY)


async def _postgres(database: Database) -> str:
    try:
        await database.fetch("SELECT 1")
    except UnavailableError:
        return "down: no answer"
    return UP
