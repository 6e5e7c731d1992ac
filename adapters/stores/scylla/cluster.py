"""The driver, set up: how it finds nodes, waits for them and comes back. All of it blocks."""

import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from cassandra import ConsistencyLevel
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, Session
from cassandra.policies import (
    DCAwareRoundRobinPolicy,
    ExponentialReconnectionPolicy,
    TokenAwarePolicy,
)
from cassandra.query import tuple_factory

from adapters.stores.scylla.config import NODES_FOR_QUORUM, Limits, ScyllaAddress

PROTOCOL = 4
"""What ScyllaDB speaks."""


@contextmanager
def open_cluster(address: ScyllaAddress, limits: Limits) -> Iterator[Cluster]:
    """A cluster that is shut down at the end."""
    cluster = make_cluster(address, limits)
    try:
        yield cluster
    finally:
        cluster.shutdown()


def make_cluster(address: ScyllaAddress, limits: Limits) -> Cluster:
    """A cluster that is not connected yet.

    A statement goes to a node that has its partition; the driver picks the shard as well where the
    server says that it has shards, which only ScyllaDB does.
    """
    # It reports every try of every connection; we say once that the store is away.
    logging.getLogger("cassandra").setLevel(logging.CRITICAL)
    nearest = DCAwareRoundRobinPolicy(local_dc=address.datacenter or "")
    profile = ExecutionProfile(
        load_balancing_policy=TokenAwarePolicy(nearest),
        request_timeout=limits.request.total_seconds(),
        consistency_level=ConsistencyLevel.LOCAL_ONE,
        row_factory=tuple_factory,
    )
    login = (
        PlainTextAuthProvider(username=address.user, password=address.password or "")
        if address.user
        else None
    )
    return Cluster(
        contact_points=list(address.hosts),
        port=address.port,
        protocol_version=PROTOCOL,
        auth_provider=login,
        ssl_context=_tls(address),
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        reconnection_policy=ExponentialReconnectionPolicy(
            limits.first_reconnect.total_seconds(), limits.last_reconnect.total_seconds()
        ),
        connect_timeout=limits.connect.total_seconds(),
        control_connection_timeout=limits.connect.total_seconds(),
        idle_heartbeat_interval=limits.heartbeat.total_seconds(),
        idle_heartbeat_timeout=limits.heartbeat.total_seconds(),
    )


def wait_for_most(session: Session, address: ScyllaAddress) -> None:
    """Have writes wait for most replicas from three nodes on: then one may be lost."""
    hosts = session.cluster.metadata.all_hosts()
    here = address.datacenter or datacenter_of(session.cluster)
    if sum(host.datacenter == here for host in hosts) >= NODES_FOR_QUORUM:
        profile = session.cluster.profile_manager.default
        profile.consistency_level = ConsistencyLevel.LOCAL_QUORUM


def datacenter_of(cluster: Cluster) -> str:
    """The data centre of the node that is asked what the others are."""
    host = cluster.get_control_connection_host()
    return str(host.datacenter) if host else ""


def _tls(address: ScyllaAddress) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=address.authority) if address.tls else None
