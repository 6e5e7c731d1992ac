"""Keep what /ready says of the databases true."""

import asyncio

from adapters.platforms.http.health import UP, Readiness
from adapters.stores.postgres.connection import Database
from adapters.stores.redis.health import RedisHealth
from core.errors import UnavailableError

EVERY = 5.0  # seconds


async def watch(database: Database, redis: RedisHealth, readiness: Readiness) -> None:
    """Ask both databases again and again, until cancelled."""
    while True:
        readiness.set("postgres", await _postgres(database))
        readiness.set("redis", UP if await redis.ping() else "down: no answer")
        await asyncio.sleep(EVERY)


async def _postgres(database: Database) -> str:
    try:
        await database.fetch("SELECT 1")
    except UnavailableError:
        return "down: no answer"
    return UP
