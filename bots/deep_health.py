"""GET /health/deep: each store and platform as this process meets them now."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
from aiohttp import web

from adapters.platforms.http.health import UP, Readiness
from adapters.stores.limits import POSTGRES, REDIS, SCYLLA
from adapters.stores.postgres.connection import Database
from adapters.stores.redis.health import RedisHealth
from bots.completers import OpenCompleter
from bots.watch import AWAY, answers

if TYPE_CHECKING:
    from adapters.stores.scylla.connection import Connection

PROBE_WITHIN = 2.0  # seconds
FAILING = "organizations whose knowledge could not be learned from, see fit_failed in the log"

Probe = Callable[[], Awaitable[bool]]
About = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepHealth:
    """What is asked of the stores when somebody wants to know; `busy` counts what is under way.

    `waiting` counts the conversations in which a question waits for a store.
    `encoder` names the model that compares meanings; `failing` are those whose knowledge the bot
    could not learn from.
    """

    replica: UUID
    database: Database
    redis: RedisHealth
    scylla: "Connection | None"
    readiness: Readiness
    busy: Callable[[], int]
    waiting: Callable[[], int]
    model: OpenCompleter | None = None
    encoder: str | None = None
    failing: Collection[UUID] = ()

    async def report(self) -> About:
        """Everything. `status` is `ok`, `degraded` (something is down) or `down` (not ready)."""
        postgres, redis = await asyncio.gather(
            _probe(partial(answers, self.database)), _probe(self.redis.ping)
        )
        stores: dict[str, About] = {
            "postgresql": {
                **postgres,
                "pool": _pool(self.database.pool),
                "limits": _plain(POSTGRES),
            },
            "redis": {**redis, "state": self.redis.state, "limits": _plain(REDIS)},
        }
        if self.scylla is not None:
            breaker = "open" if self.scylla.cql.breaker.is_open else "closed"
            stores["scylladb"] = {
                "state": self.scylla.state,
                "breaker": breaker,
                "limits": _plain(SCYLLA),
            }
        if self.model is not None:
            stores["language_model"] = {
                "state": self.model.trouble() or UP,
                "model": self.model.completer.model,
                "limits": _plain(self.model.limits),
            }
        parts = self.readiness.parts
        whole = all(store["state"] == UP for store in stores.values()) and all(
            status == UP for status in parts.values() if not status.startswith("disabled")
        )
        whole = whole and not self.failing
        return {
            "status": ("ok" if whole else "degraded") if self.readiness.ready else "down",
            "replica": str(self.replica),
            "under_way": self.busy(),
            "waiting_for_stores": self.waiting(),
            "stores": stores,
            "parts": parts,
            "learning": f"{FAILING}: {len(self.failing)}" if self.failing else UP,
            "meanings": self.encoder or "not compared: no model",
        }


def deep_health_route(health: DeepHealth) -> web.RouteDef:
    """The route. 503 when this replica cannot take events, as /ready has it."""

    async def show(_request: web.Request) -> web.Response:
        report = await health.report()
        return web.json_response(report, status=503 if report["status"] == "down" else 200)

    return web.get("/health/deep", show)


async def _probe(ask: Probe) -> About:
    """Whether a store answers, and in how many milliseconds."""
    began = perf_counter()
    try:
        async with asyncio.timeout(PROBE_WITHIN):
            answers = await ask()
    except TimeoutError:
        answers = False
    if not answers:
        return {"state": AWAY}
    return {"state": UP, "answered_in_ms": round((perf_counter() - began) * 1000, 2)}


def _pool(pool: asyncpg.Pool) -> About:
    return {
        "connections": pool.get_size(),
        "idle": pool.get_idle_size(),
        "at_most": pool.get_max_size(),
    }


def _plain(limits: object) -> About:
    """Times in seconds."""
    return {
        name: value.total_seconds() if isinstance(value, timedelta) else value
        for name, value in asdict(limits).items()  # type: ignore[call-overload] # any dataclass
    }
