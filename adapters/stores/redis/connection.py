"""Reach Redis, and say in the core's words when it cannot be reached."""

from datetime import timedelta

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    BusyLoadingError,
    ClusterDownError,
    MasterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import TimeoutError as RedisTimeoutError

from adapters.stores.limits import REDIS
from core.errors import ConfigurationError, UnavailableError

PREFIX = "trialogue"
SOCKET_TIMEOUT = REDIS.socket

PASSING = (BusyLoadingError, ClusterDownError, MasterDownError, OutOfMemoryError, ReadOnlyError)
PASSING_CODES = ("MISCONF", "NOREPLICAS", "BUSY ", "TRYAGAIN", "CLUSTERDOWN")


def connect(url: str, *, timeout: timedelta = SOCKET_TIMEOUT) -> Redis:
    """Make a client; it connects when it is first used, and tries nothing twice.

    The times are short because an answer waits behind them. Close it with `aclose`.
    """
    try:
        return Redis.from_url(
            url,
            socket_timeout=timeout.total_seconds(),
            socket_connect_timeout=timeout.total_seconds(),
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
    except ValueError:
        # The library's sentence can quote the address with its password.
        raise ConfigurationError(
            "REDIS_URL is not an address of Redis: expected redis://host:6379/0,"
            " rediss://... with TLS or unix:///path/to/socket."
        ) from None


def is_refusal(error: BaseException) -> bool:
    """Whether Redis answered and refused this one command for good: a fault of the caller."""
    return (
        isinstance(error, ResponseError)
        and not isinstance(error, PASSING)
        and not str(error).startswith(PASSING_CODES)
    )


def unavailable(error: Exception) -> UnavailableError:
    """What the core is told: connection lost, time-out, out of memory, read-only, loading, ..."""
    if isinstance(error, (TimeoutError, RedisTimeoutError)):
        return UnavailableError("Redis did not answer in time")
    kind = "Redis refuses" if isinstance(error, (ResponseError, *PASSING)) else "Redis is not there"
    detail = str(error) if isinstance(error, RedisError) else type(error).__name__
    return UnavailableError(f"{kind}: {detail}")
