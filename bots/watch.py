"""Keep what /ready says of the stores true."""

import asyncio

import structlog

from adapters.platforms.http.health import UP, Readiness
from adapters.stores.postgres.connection import Database
from bots.opening import Stores
from core.errors import UnavailableError

EVERY = 5.0  # seconds
AWAY = "down: no answer"

log = structlog.get_logger(service="trialogue")


async def watch(stores: Stores, readiness: Readiness) -> None:
    """Look at the stores again and again, until cancelled. A look that fails ends nothing."""
    while True:
        try:
            await look(stores, readiness)
        except Exception:
            log.exception("look_failed")
        await asyncio.sleep(EVERY)


async def look(stores: Stores, readiness: Readiness) -> None:
    """Look once, and count the bots that share the stores."""
    readiness.set("postgres", UP if await answers(stores.database) else AWAY)
    readiness.set("redis", UP if await stores.redis.ping() else AWAY)
    if stores.threads.scylla is not None:
        readiness.set("scylla", stores.threads.scylla.state)
    try:
        readiness.set("cache", await stores.cache.status())
    except UnavailableError:
        readiness.set("cache", AWAY)
    await stores.replicas.count()


async def answers(database: Database) -> bool:
    """Whether PostgreSQL takes statements."""
    try:
        await database.fetch("SELECT 1")
    except UnavailableError:
        return False
    return True
