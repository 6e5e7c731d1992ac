"""Keep what /ready says of the stores true."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from adapters.platforms.http.health import UP, Readiness
from adapters.stores.postgres.connection import Database
from bots.opening import Stores
from core.errors import UnavailableError

EVERY = 5.0  # seconds
REDIS_EVERY = 1.0
"""Seconds: what waits for Redis is worth knowing sooner than anybody asks."""

AWAY = "down: no answer"

log = structlog.get_logger(service="trialogue")


async def watch(stores: Stores, readiness: Readiness) -> None:
    """Look at the stores again and again, until cancelled. A look that fails ends nothing."""
    async with asyncio.TaskGroup() as looks:
        looks.create_task(_again_and_again(EVERY, lambda: look(stores, readiness)))
        looks.create_task(_again_and_again(REDIS_EVERY, lambda: look_at_redis(stores, readiness)))


async def _again_and_again(pause: float, look: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await look()
        except Exception:
            log.exception("look_failed")
        await asyncio.sleep(pause)


async def look_at_redis(stores: Stores, readiness: Readiness) -> None:
    """Look at Redis, which logs that it went or came."""
    await stores.redis.ping()
    readiness.set("redis", stores.redis.state)


async def look(stores: Stores, readiness: Readiness) -> None:
    """Look once, and count the bots that share the stores."""
    readiness.set("postgres", UP if await answers(stores.database) else AWAY)
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
