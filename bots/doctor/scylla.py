"""ScyllaDB: reachable, at our schema, with the right login. Without it the bot goes on."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from cassandra import AuthenticationFailed, DriverException, Unauthorized
from cassandra.cluster import NoHostAvailable

from adapters.stores.scylla.cluster import open_cluster
from adapters.stores.scylla.config import Limits, ScyllaAddress
from adapters.stores.scylla.cql import PASSING
from adapters.stores.scylla.migrate import newest, versions
from bots.doctor.checks import Check
from bots.doctor.report import Finding, broken, ok
from bots.threads import SCYLLA

SCHEMA = f"{SCYLLA} schema"
CURE = "start it, or set SCYLLA_HOST and SCYLLA_PORT to where it is; turns are kept until then"
LOGIN = "check SCYLLA_USER and SCYLLA_PASSWORD"
MIGRATE = "`trialogue migrate`, or start with `trialogue up`"
LIMITS = replace(Limits(), connect=timedelta(seconds=8), request=timedelta(seconds=8))
RELEASE = "SELECT release_version FROM system.local"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What the cluster says of itself."""

    release: str
    nodes: int
    version: int


def check_of_scylla(address: ScyllaAddress) -> Check:
    """Look at it as the bot does."""
    return Check(subject=SCYLLA, look=partial(look_at_scylla, address), cure=CURE)


async def look_at_scylla(address: ScyllaAddress) -> AsyncGenerator[Finding, None]:
    """Connect as the bot does, then look at the keyspace."""
    try:
        seen = await asyncio.to_thread(_look, address)
    except (*PASSING, DriverException) as error:
        yield _unreachable(error, address)
        return
    nodes = "1 node" if seen.nodes == 1 else f"{seen.nodes} nodes"
    yield ok(SCYLLA, f"release {seen.release} at {address.place}, {nodes}")
    found = f"keyspace {address.keyspace} is at version {seen.version}"
    if seen.version < newest():
        yield broken(SCHEMA, f"{found}, this program needs {newest()}", cure=MIGRATE)
    else:
        yield ok(SCHEMA, found)


def _look(address: ScyllaAddress) -> _Seen:
    with open_cluster(address, LIMITS) as cluster:
        session = cluster.connect()
        [(release,)] = session.execute(RELEASE)
        return _Seen(
            release=release,
            nodes=len(cluster.metadata.all_hosts()),
            version=max(versions(session, address.keyspace), default=0),
        )


def _unreachable(error: BaseException, address: ScyllaAddress) -> Finding:
    causes = list(error.errors.values()) if isinstance(error, NoHostAvailable) else [error]
    if any(isinstance(one, AuthenticationFailed | Unauthorized) for one in causes):
        return broken(SCYLLA, f"refuses the login at {address.place}", cure=LOGIN)
    return broken(SCYLLA, f"cannot be reached at {address.place}", cure=CURE)
