"""Redis or Valkey: reachable, new enough, writable, and keeping what it is given."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from pydantic import SecretStr
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError, ResponseError

from adapters.stores.redis.connection import PREFIX, connect, is_refusal
from adapters.stores.redis.health import EFFECT
from bots.databases import REDIS
from bots.doctor.databases import Databases
from bots.doctor.report import Finding, broken, ok, warning
from bots.stores import chain_of, reason_of, words_of
from bots.waiting import place_of
from core.errors import ConfigurationError

CACHE = "Redis cache"
OLDEST = 7
TIMEOUT = timedelta(seconds=8)
LOGIN = "check the user and password in REDIS_URL (redis://user:password@host:6379/0)"
WRITABLE = "Redis writing"
FUNCTIONS = "Redis functions"
SCRIPTS: Mapping[str, Sequence[str | int]] = {
    "FCALL": ("FCALL", f"{PREFIX}_doctor", 0),
    "FUNCTION LOAD": ("FUNCTION", "LOAD", ""),
    "EVAL": ("EVAL", "return 1", 0),
    "TIME": ("TIME",),
}
"""What the bot runs, or its functions do, in a form that does nothing."""
CACHE_FORM = "set it to redis://host:6379/0, rediss://... with TLS or unix:///path/to/socket"


async def look_at_redis(databases: Databases, address: SecretStr) -> AsyncGenerator[Finding, None]:
    """Connect as the bot does, then look around."""
    url = address.get_secret_value()
    try:
        async with connect(url, timeout=TIMEOUT) as redis:
            info = await _info(redis)
            yield _server(info, place_of(url))
            yield await _writing(redis)
            for finding in await _scripting(redis):
                yield finding
            yield _eviction(info)
    except ConfigurationError as error:
        yield broken(REDIS, "REDIS_URL is not an address of Redis", cure=str(error))
    except (RedisError, OSError) as error:
        yield _unreachable(error, databases, place_of(url))


async def look_at_cache(address: SecretStr) -> AsyncGenerator[Finding, None]:
    """Look at the second server: without it the bot goes on."""
    url = address.get_secret_value()
    try:
        async with connect(url, timeout=TIMEOUT) as redis:
            yield _own_eviction(await _info(redis), place_of(url))
    except ConfigurationError:
        yield broken(CACHE, "REDIS_CACHE_URL is not an address of Redis", cure=CACHE_FORM)
    except (RedisError, OSError) as error:
        found = f"cannot be reached at {place_of(url)} ({reason_of(error)})"
        cure = "start it, or set REDIS_CACHE_URL to where it is: without it nothing is cached"
        yield warning(CACHE, found, cure=cure)


def _own_eviction(info: Mapping[str, Any], place: str) -> Finding:
    """A server of the cache's own is to be filled, and to make room by itself."""
    policy, limit = str(info.get("maxmemory_policy", "unknown")), info.get("maxmemory", 0)
    found = f"at {place}, maxmemory-policy is {policy}"
    if policy == "unknown" or (limit and policy.startswith("allkeys")):
        return ok(CACHE, found)
    if not limit:
        found += ", and maxmemory is not set"
    return warning(
        CACHE,
        f"{found}: answers are kept up to CACHE_MEMORY, and no new ones then",
        cure="`CONFIG SET maxmemory 256mb` and `CONFIG SET maxmemory-policy allkeys-lfu`",
    )


async def _info(redis: Redis) -> Mapping[str, Any]:
    """What the server says of itself, nothing where this login may not ask."""
    await redis.get(f"{PREFIX}:health")
    try:
        said: Mapping[str, Any] = await redis.info()
    except ResponseError:
        return {}
    return said


def _server(info: Mapping[str, Any], place: str) -> Finding:
    name = "Valkey" if "valkey_version" in info else REDIS
    version = str(info.get("valkey_version") or info.get("redis_version") or "")
    if not version:
        return ok(REDIS, f"at {place}, and this login may not ask for its release")
    found = f"{name} {version} at {place}"
    if int(version.partition(".")[0]) < OLDEST:
        return broken(REDIS, found, cure=f"update it to Redis {OLDEST} or Valkey 8, or newer")
    return ok(REDIS, found)


async def _writing(redis: Redis) -> Finding:
    """Write nothing to a key that is not there: refused like any write, and changes nothing."""
    try:
        await redis.setrange(f"{PREFIX}:doctor", 0, "")
    except RedisError as error:
        found = f"writes are refused ({error})"
        return broken(WRITABLE, found, cure=_cure_of(str(error)))
    return ok(WRITABLE, "writes are accepted")


async def _scripting(redis: Redis) -> Sequence[Finding]:
    """Call a function that nobody has: who may not call any is told so first."""
    lacking = []
    for name, command in SCRIPTS.items():
        try:
            await redis.execute_command(*command)  # type: ignore[no-untyped-call]
        except RedisError as error:
            if "permissions" in str(error):
                lacking.append(name)
    if not lacking:
        return [ok(FUNCTIONS, "this login may run ours")]
    found = (
        f"this login may not use {' and '.join(lacking)}: each bot keeps its own pace, everybody"
        " may ask, and nothing is counted by day or listed"
    )
    return [warning(FUNCTIONS, found, cure=f"`ACL SETUSER ... ~{PREFIX}:* +@scripting +time`")]


def _cure_of(refusal: str) -> str:
    lower = refusal.lower()
    if "read only" in lower or lower.startswith("readonly"):
        return "set REDIS_HOST (or REDIS_URL) to the primary server, this is a replica"
    if lower.startswith("oom") or "maxmemory" in lower:
        return "raise maxmemory: `CONFIG SET maxmemory 256mb`, or more"
    if lower.startswith("misconf"):
        return "the server cannot write to its disk: see its log, and free space there"
    return f"let this login write: `ACL SETUSER ... ~{PREFIX}:* +@all`"


def _eviction(info: Mapping[str, Any]) -> Finding:
    """Answers can be found anew, counters of usage cannot."""
    subject, policy = "Redis memory", str(info.get("maxmemory_policy", "unknown"))
    limit = info.get("maxmemory", 0)
    if not limit:
        return ok(subject, f"no limit is set, nothing is thrown away ({policy})")
    found = f"maxmemory-policy is {policy}"
    if policy in {"noeviction", "unknown"}:
        return ok(subject, found)
    found += ", so that counts of usage are thrown away when memory is full"
    return warning(subject, found, cure="`CONFIG SET maxmemory-policy noeviction`")


def _unreachable(error: Exception, databases: Databases, place: str) -> Finding:
    causes = tuple(chain_of(error))
    if any(isinstance(one, AuthenticationError) or is_refusal(one) for one in causes):
        return broken(REDIS, f"refuses the login: {words_of(error)}", cure=LOGIN)
    found = f"cannot be reached at {place} ({reason_of(error)}): {EFFECT}"
    return broken(REDIS, found, cure=databases.where(REDIS))
