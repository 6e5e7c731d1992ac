"""A real CQL engine for a session of tests; empty tables for each test that asks."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from time import monotonic, sleep

from cassandra.cluster import NoHostAvailable, Session

from adapters.stores.scylla.cluster import open_cluster
from adapters.stores.scylla.config import Limits, ScyllaAddress
from adapters.stores.scylla.migrate import PATIENT, migrate
from tests.cassandra import Cassandra, MissingError, prepare

SCYLLA_IMAGE = "scylladb/scylla:2025.4"
SCYLLA_FLAGS = ("--smp", "1", "--memory", "512M", "--overprovisioned", "1", "--developer-mode", "1")
ANSWERS_WITHIN = 120.0
TABLES = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s"
KEPT = "schema_versions"


@dataclass(frozen=True, slots=True, kw_only=True)
class CqlServer:
    """An engine, with a migrated keyspace that this session shares and a way to look into it."""

    address: ScyllaAddress
    session: Session

    def empty(self) -> None:
        """Delete every row. Quicker than a keyspace for each test."""
        for (table,) in self.session.execute(TABLES, (self.address.keyspace,)):
            name = f"{self.address.keyspace}.{table}"
            if table != KEPT and list(self.session.execute(f"SELECT * FROM {name} LIMIT 1")):
                self.session.execute(f"TRUNCATE {name}")


def environment(address: ScyllaAddress) -> Mapping[str, str]:
    """The settings that lead a bot there."""
    settings = {
        "SCYLLA_HOST": ",".join(address.hosts),
        "SCYLLA_PORT": str(address.port),
        "SCYLLA_KEYSPACE": address.keyspace,
        "SCYLLA_DATACENTER": address.datacenter,
        "SCYLLA_USER": address.user,
        "SCYLLA_PASSWORD": address.password,
    }
    return {name: value for name, value in settings.items() if value}


@contextmanager
def session_server() -> Iterator[CqlServer]:
    """The engine of a session. `MissingError` says in one line why none can be had."""
    with ExitStack() as stack:
        address = _given() or _running(stack)
        cluster = stack.enter_context(open_cluster(address, PATIENT))
        migrate(address)
        session = cluster.connect()
        yield CqlServer(address=address, session=session)
        session.execute(f"DROP KEYSPACE {address.keyspace}")


def new_keyspace() -> str:
    """A name that nobody has, also on a server that is not ours alone."""
    return f"trialogue_test_{token_hex(4)}"


def _given() -> ScyllaAddress | None:
    hosts = os.environ.get("SCYLLA_HOST")
    if not hosts:
        return None
    return ScyllaAddress(
        hosts=tuple(hosts.split(",")),
        port=int(os.environ.get("SCYLLA_PORT", "9042")),
        keyspace=new_keyspace(),
        datacenter=os.environ.get("SCYLLA_DATACENTER"),
        user=os.environ.get("SCYLLA_USER"),
        password=os.environ.get("SCYLLA_PASSWORD"),
    )


def _running(stack: ExitStack) -> ScyllaAddress:
    try:
        port = stack.enter_context(_cassandra())
    except MissingError as error:
        if not _docker_answers():
            raise MissingError(
                f"No CQL engine: {error}, Docker does not answer and SCYLLA_HOST is not set."
            ) from error
        port = stack.enter_context(_scylla())
    return ScyllaAddress(hosts=("127.0.0.1",), port=port, keyspace=new_keyspace())


@contextmanager
def own_cassandra() -> Iterator[Cassandra]:
    """A node that is not started, to be killed, frozen and configured."""
    prepare()
    directory = Path(tempfile.mkdtemp(prefix="trialogue-cql-"))
    node = Cassandra(directory=directory)
    try:
        yield node
    finally:
        node.kill()
        shutil.rmtree(directory)


@contextmanager
def _cassandra() -> Iterator[int]:
    with own_cassandra() as node:
        node.start()
        yield node.port


def _docker_answers() -> bool:
    docker = shutil.which("docker")
    if docker is None:
        return False
    return subprocess.run([docker, "info"], capture_output=True, check=False).returncode == 0


@contextmanager
def _scylla() -> Iterator[int]:
    """ScyllaDB in a container of its own, on a free port of this machine."""
    run = ["docker", "run", "--rm", "--detach", "--publish", "127.0.0.1::9042", SCYLLA_IMAGE]
    container = _output([*run, *SCYLLA_FLAGS])
    try:
        described = json.loads(_output(["docker", "inspect", container]))
        [binding] = described[0]["NetworkSettings"]["Ports"]["9042/tcp"]
        port = int(binding["HostPort"])
        _wait(ScyllaAddress(hosts=("127.0.0.1",), port=port))
        yield port
    finally:
        _output(["docker", "rm", "--force", container])


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()


def _wait(address: ScyllaAddress) -> None:
    deadline = monotonic() + ANSWERS_WITHIN
    while True:
        try:
            with open_cluster(address, Limits()) as cluster:
                cluster.connect()
                return
        except NoHostAvailable:
            if monotonic() > deadline:
                raise
            sleep(0.5)
