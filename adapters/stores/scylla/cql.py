"""One way to run a statement, which fails soon and in the bot's own words."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cassandra import (
    CoordinationFailure,
    DriverException,
    InvalidRequest,
    OperationTimedOut,
    RateLimitReached,
    Timeout,
    Unavailable,
)
from cassandra.cluster import NoHostAvailable, Session
from cassandra.connection import ConnectionException
from cassandra.protocol import ErrorMessage
from cassandra.query import BatchStatement, BatchType, PreparedStatement, Statement

from adapters.stores.scylla.breaker import Breaker
from adapters.stores.scylla.bridge import Bridge, Row
from adapters.stores.scylla.config import Limits
from core.errors import UnavailableError, UnstorableError

PASSING = (
    CoordinationFailure,
    OperationTimedOut,
    RateLimitReached,
    Timeout,
    Unavailable,
    NoHostAvailable,
    ConnectionException,
    ErrorMessage,  # overloaded, starting or in trouble: requests that are wrong have other types
    TimeoutError,
    OSError,
)
TOO_LARGE = ("too large", "oversized")  # ScyllaDB, Cassandra
PROBE = "SELECT key FROM system.local"


class Write(NamedTuple):
    """A statement and its values. Ours are idempotent, all of them: the driver may repeat one."""

    cql: str
    values: Sequence[Any]


@dataclass(slots=True, kw_only=True)
class Cql:
    """Statements on a keyspace. `UnavailableError` when the cluster does not answer in time."""

    limits: Limits = field(default_factory=Limits)
    breaker: Breaker = field(init=False)
    _session: Session | None = None
    _bridge: Bridge | None = None
    _prepared: dict[str, PreparedStatement] = field(default_factory=dict)
    _preparing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _places: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self.breaker = Breaker(failures=self.limits.failures)
        self._places = asyncio.Semaphore(self.limits.in_flight)

    def connected(self, session: Session, bridge: Bridge) -> None:
        """Use a session; the breaker is closed by the first probe that succeeds."""
        self._session, self._bridge = session, bridge
        self._prepared.clear()

    async def fetch(self, cql: str, *values: Any) -> list[Row]:
        """Run a statement and return all of its rows."""
        with self.breaker.call():
            return await self._run(Write(cql, values))

    async def write(self, *partitions: Sequence[Write]) -> None:
        """Write to partitions side by side: to each of them all or nothing."""
        with self.breaker.call():
            ended = await asyncio.gather(
                *(self._run(*writes) for writes in partitions), return_exceptions=True
            )
            for error in ended:
                if isinstance(error, BaseException):
                    raise error

    async def probe(self) -> bool:
        """Ask whether it answers, past the breaker, and close that if so."""
        try:
            await self._run(Write(PROBE, ()))
        except (UnavailableError, DriverException) as error:
            self.breaker.open(str(error))
            return False
        self.breaker.close()
        return True

    async def _run(self, *writes: Write) -> list[Row]:
        try:
            async with self._places, asyncio.timeout(self.limits.request.total_seconds()):
                return await self._execute(writes)
        except PASSING as error:
            raise UnavailableError(f"ScyllaDB: {_reason(error)}") from error
        except (InvalidRequest, UnicodeEncodeError) as error:
            if isinstance(error, InvalidRequest) and not any(
                words in str(error) for words in TOO_LARGE
            ):
                raise
            raise UnstorableError(f"ScyllaDB: {type(error).__name__}") from error

    async def _execute(self, writes: Sequence[Write]) -> list[Row]:
        statement = await self._statement(writes)
        if self._bridge is None:
            raise UnavailableError("ScyllaDB: not connected")
        return await self._bridge.execute(statement)

    async def _statement(self, writes: Sequence[Write]) -> Statement:
        bound = [(await self._prepare(cql)).bind(values) for cql, values in writes]
        if len(bound) == 1:
            return bound[0]
        together = BatchStatement(batch_type=BatchType.UNLOGGED)
        together.is_idempotent = True
        for one in bound:
            together.add(one)
        return together

    async def _prepare(self, cql: str) -> PreparedStatement:
        if cql not in self._prepared:
            async with self._preparing:
                if self._session is None:
                    raise UnavailableError("ScyllaDB: not connected")
                if cql not in self._prepared:
                    prepared = await asyncio.to_thread(self._session.prepare, cql)
                    prepared.is_idempotent = True
                    self._prepared[cql] = prepared
        return self._prepared[cql]


def _reason(error: BaseException) -> str:
    """What is wrong, in a word or two and without an address."""
    if isinstance(error, NoHostAvailable):
        return "no node can be reached"
    if isinstance(error, TimeoutError | OperationTimedOut | Timeout):
        return "no answer"
    return type(error).__name__
