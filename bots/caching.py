"""What lives in Redis, wired by the settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from redis.exceptions import ResponseError

from adapters.stores.redis.answers import RedisAnswerCache
from adapters.stores.redis.askers import RedisAskers
from adapters.stores.redis.budgets import RedisBudgets
from adapters.stores.redis.connection import connect
from adapters.stores.redis.counters import RedisCounters
from adapters.stores.redis.functions import Functions
from adapters.stores.redis.memory import MEGABYTE, CacheMemory
from adapters.stores.redis.pipeline import Pipeline
from adapters.stores.redis.receipts import RedisReceipts
from adapters.stores.redis.second import TIMEOUT, SecondServerCache
from bots.replicas import Replicas
from bots.settings import Settings
from core.budgets import LocalBudgets
from core.errors import UnavailableError
from core.ports.answers import Counters
from core.ports.budgets import Window

log = structlog.get_logger(service="trialogue")

Cache = RedisAnswerCache | SecondServerCache


@asynccontextmanager
async def open_cache(
    settings: Settings, pipeline: Pipeline, counters: Counters
) -> AsyncIterator[Cache]:
    """The answer cache: beside everything else, or on a server of its own if there is one."""
    allotment = settings.cache_memory * MEGABYTE
    if settings.redis_cache_url is None:
        memory = CacheMemory(pipeline=pipeline, allotment=allotment)
        yield RedisAnswerCache(pipeline=pipeline, memory=memory, counters=counters)
        return
    url = settings.redis_cache_url.get_secret_value()
    async with connect(url, timeout=TIMEOUT) as redis, Pipeline(redis) as own:
        memory = CacheMemory(pipeline=own, allotment=allotment, own=True)
        cache = RedisAnswerCache(pipeline=own, memory=memory, counters=counters)
        yield SecondServerCache(cache=cache)


def receipts_beside(cache: Cache, counters: RedisCounters) -> RedisReceipts:
    """How answers came about, on the server of the answers."""
    if isinstance(cache, RedisAnswerCache):
        return RedisReceipts(pipeline=cache.pipeline, counters=counters, memory=cache.memory)
    own = cache.cache
    return RedisReceipts(
        pipeline=own.pipeline, counters=counters, memory=own.memory, breaker=cache.breaker
    )


async def functions_on(pipeline: Pipeline) -> Functions:
    """Our functions, loaded where the server lets us: the bot can do without them."""
    functions = Functions(pipeline)
    try:
        await functions.load()
    except (UnavailableError, ResponseError) as error:
        log.warning("functions_not_loaded", reason=str(error))
    return functions


def budgets_on(functions: Functions, replicas: Replicas) -> RedisBudgets:
    """The budgets of all replicas; without Redis each keeps its share."""
    local = LocalBudgets(replicas=lambda: replicas.living)
    return RedisBudgets(functions=functions, local=local)


def askers_on(settings: Settings, functions: Functions) -> RedisAskers:
    """How often people may ask."""
    rate = settings.questions_a_minute
    person = Window(limit=rate, seconds=60) if rate else None
    return RedisAskers(functions=functions, person=person)
