"""The connection: made when there is somebody to connect to, and kept. Nobody waits for it."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog
from cassandra import AuthenticationFailed, DriverException, UnresolvableContactPoints
from cassandra.cluster import Cluster, NoHostAvailable, Session

from adapters.stores.scylla.bridge import Bridge
from adapters.stores.scylla.cluster import make_cluster, wait_for_most
from adapters.stores.scylla.config import Limits, ScyllaAddress
from adapters.stores.scylla.cql import PASSING, Cql
from adapters.stores.scylla.migrate import newest, versions
from core.errors import UnavailableError, UserError

PREPARED = "prepared a moment ago"
SETTLES = 0.1  # seconds, for nodes that have yet to hear of it
MIGRATE = "run `trialogue migrate`"

log = structlog.get_logger(service="scylla")


class OldSchemaError(UserError):
    """The keyspace is not prepared for this version: the text says what to run."""


Prepare = Callable[[], Awaitable[None]]
"""Bring the keyspace up to date. `UnavailableError`: later; `UserError`: never."""


@dataclass(slots=True, kw_only=True)
class Connection:
    """A cluster that may be away. `cql` refuses calls while it is, and `state` says why.

    Where the schema is old `prepare` mends it, however late the cluster comes.
    """

    address: ScyllaAddress
    prepare: Prepare | None = None
    limits: Limits = field(default_factory=Limits)
    cql: Cql = field(init=False)
    _tried: asyncio.Event = field(default_factory=asyncio.Event)
    _refused: UserError | None = None

    def __post_init__(self) -> None:
        self.cql = Cql(limits=self.limits)

    @property
    def state(self) -> str:
        """`up`, or `down:` and the reason."""
        breaker = self.cql.breaker
        return f"down: {breaker.reason}" if breaker.is_open else "up"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Connect and stay connected while the context is open.

        `UserError` where the cluster answers at once and lacks the schema. One that is away is
        tried again and again.
        """
        keeper = asyncio.get_running_loop().create_task(self._keep())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.limits.start.total_seconds()):
                    await self._tried.wait()
            if self._refused is not None:
                raise self._refused
            yield
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)

    async def _keep(self) -> None:
        cluster: Cluster | None = None
        bridge: Bridge | None = None
        try:
            cluster, session = await self._connect()
            bridge = Bridge(session)
            self.cql.connected(session, bridge)
            while True:
                await self._probe_until_closed()
                self._tried.set()
                await self.cql.breaker.wait_open()
                log.warning("scylla_away", reason=self.cql.breaker.reason)
        finally:
            self._tried.set()
            self.cql.breaker.open("stopped")
            if bridge is not None:
                bridge.close()
            if cluster is not None:
                await asyncio.to_thread(cluster.shutdown)

    async def _connect(self) -> tuple[Cluster, Session]:
        pause = self.limits.first_probe.total_seconds()
        while True:
            reason = await self._try_to_connect()
            if not isinstance(reason, str):
                return reason
            if reason == PREPARED:
                await asyncio.sleep(SETTLES)
                continue
            if not self._tried.is_set():
                log.warning("scylla_away", reason=reason)
            self.cql.breaker.open(reason)
            self._tried.set()
            await asyncio.sleep(pause * (0.75 + random.random() / 2))  # noqa: S311
            pause = min(2 * pause, self.limits.last_probe.total_seconds())

    async def _try_to_connect(self) -> tuple[Cluster, Session] | str:
        """The connection, or why there is none."""
        try:
            opened = await self._open()
        except OldSchemaError as error:
            return await self._mend(error)
        except (*PASSING, DriverException) as error:
            return _why(error)
        except Exception as error:
            log.exception("scylla_connection_failed")
            return type(error).__name__
        self._refused = None
        return opened

    async def _open(self) -> tuple[Cluster, Session]:
        """Connect in a thread. When that comes too late for us, it is closed again."""
        opening = asyncio.ensure_future(asyncio.to_thread(_open, self.address, self.limits))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            with suppress(Exception):
                cluster, _ = await opening
                await asyncio.to_thread(cluster.shutdown)
            raise

    async def _mend(self, error: OldSchemaError) -> str:
        """Prepare the keyspace if that is ours to do, and say why there is no connection yet."""
        if self.prepare is None:
            self._refused = error
            return str(error)
        try:
            await self.prepare()
        except UserError as refusal:
            self._refused = refusal
            return str(refusal)
        except UnavailableError as away:
            return str(away)
        except Exception:
            log.exception("scylla_not_prepared")
            return str(error)
        return PREPARED

    async def _probe_until_closed(self) -> None:
        pause = self.limits.first_probe.total_seconds()
        while not await self.cql.probe():
            await asyncio.sleep(pause * (0.75 + random.random() / 2))  # noqa: S311
            pause = min(2 * pause, self.limits.last_probe.total_seconds())
        log.info("scylla_connected")


def _open(address: ScyllaAddress, limits: Limits) -> tuple[Cluster, Session]:
    cluster = make_cluster(address, limits)
    try:
        return cluster, _open_session(cluster, address)
    except BaseException:
        cluster.shutdown()
        raise


def _open_session(cluster: Cluster, address: ScyllaAddress) -> Session:
    session = cluster.connect()
    known = versions(session, address.keyspace)
    if newest() not in known:
        raise OldSchemaError(
            f"ScyllaDB's keyspace {address.keyspace} is at schema {max(known, default=0)} and this"
            f" version needs {newest()}: {MIGRATE}."
        )
    session.set_keyspace(address.keyspace)
    session.use_client_timestamp = False  # the last write is told by the servers' clocks, not ours
    wait_for_most(session, address)
    return session


def _why(error: BaseException) -> str:
    if isinstance(error, UnresolvableContactPoints):
        return "its name is not known here"
    if not isinstance(error, NoHostAvailable):
        return type(error).__name__
    refused = any(isinstance(one, AuthenticationFailed) for one in error.errors.values())
    return "the login is refused" if refused else "no node can be reached"
