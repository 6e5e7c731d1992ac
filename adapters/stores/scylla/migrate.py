"""Bring a keyspace to the schema of this version. Everything here blocks: run it in a thread."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cassandra import ConsistencyLevel
from cassandra.cluster import Session
from cassandra.query import SimpleStatement

from adapters.stores.scylla.cluster import datacenter_of, open_cluster
from adapters.stores.scylla.config import NODES_FOR_QUORUM, Limits, ScyllaAddress

MIGRATIONS = Path(__file__).parent / "migrations"
NAME = re.compile(r"(\d{4})_\w+\.cql")
ADD_COLUMN = re.compile(r"ALTER TABLE (\w+) ADD (\w+) ")
COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
PATIENT = Limits(request=timedelta(seconds=30))
"""Changing a schema takes its time."""

KEYSPACES = "SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = %s"
TABLES = """
SELECT table_name FROM system_schema.tables
 WHERE keyspace_name = %s AND table_name = 'schema_versions'
"""
COLUMNS = """
SELECT column_name FROM system_schema.columns
 WHERE keyspace_name = %s AND table_name = %s AND column_name = %s
"""
CREATE_KEYSPACE = """
CREATE KEYSPACE IF NOT EXISTS {keyspace}
  WITH replication = {{'class': 'NetworkTopologyStrategy', '{datacenter}': {copies}}}
"""
CREATE_VERSIONS = """
CREATE TABLE IF NOT EXISTS {keyspace}.schema_versions (
    component text, version int, name text, applied_at timestamp,
    PRIMARY KEY ((component), version))
"""
VERSIONS = "SELECT version FROM {keyspace}.schema_versions WHERE component = 'trialogue'"
NOTE = """
INSERT INTO {keyspace}.schema_versions (component, version, name, applied_at)
VALUES ('trialogue', {version}, '{name}', toTimestamp(now()))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A file of statements, each of which may be run twice."""

    version: int
    name: str
    statements: Sequence[str]


def migrations() -> Sequence[Migration]:
    """All that this version knows, in order."""
    files = sorted(file for file in MIGRATIONS.iterdir() if NAME.fullmatch(file.name))
    return [
        Migration(version=int(file.name[:4]), name=file.stem, statements=_statements(file))
        for file in files
    ]


def newest() -> int:
    """The version that this program needs."""
    return migrations()[-1].version


def migrate(address: ScyllaAddress) -> Sequence[str]:
    """Run what is missing and return its names. Two at once: hold a lock around it.

    The keyspace is made where there is none, with up to three copies in the data centre.
    """
    with open_cluster(address, PATIENT) as cluster:
        session = cluster.connect()
        _create_keyspace(session, address)
        done = versions(session, address.keyspace)
        missing = [one for one in migrations() if one.version not in done]
        for migration in missing:
            _apply(session, address.keyspace, migration)
    return [migration.name for migration in missing]


def migration_cql(keyspace: str, datacenter: str | None = None) -> str:
    """Everything that `migrate` would run on a cluster of three nodes or more."""
    place = {"keyspace": keyspace, "datacenter": datacenter or "datacenter1"}
    statements = [
        CREATE_KEYSPACE.format(**place, copies=NODES_FOR_QUORUM),
        CREATE_VERSIONS.format(keyspace=keyspace),
        f"USE {keyspace}",
    ]
    for migration in migrations():
        statements += [*migration.statements, _note(keyspace, migration)]
    return "".join(f"{statement.strip()};\n" for statement in statements)


def versions(session: Session, keyspace: str) -> frozenset[int]:
    """Which migrations a keyspace has had: none where there is no such keyspace."""
    if not list(session.execute(TABLES, (keyspace,))):
        return frozenset()
    return frozenset(row[0] for row in session.execute(VERSIONS.format(keyspace=keyspace)))


def _create_keyspace(session: Session, address: ScyllaAddress) -> None:
    if not list(session.execute(KEYSPACES, (address.keyspace,))):
        datacenter = address.datacenter or datacenter_of(session.cluster)
        hosts = session.cluster.metadata.all_hosts()
        nodes = sum(host.datacenter == datacenter for host in hosts)
        session.execute(
            CREATE_KEYSPACE.format(
                keyspace=address.keyspace,
                datacenter=datacenter,
                copies=max(1, min(nodes, NODES_FOR_QUORUM)),
            )
        )
    session.execute(CREATE_VERSIONS.format(keyspace=address.keyspace))


def _apply(session: Session, keyspace: str, migration: Migration) -> None:
    session.set_keyspace(keyspace)
    for statement in migration.statements:
        if not _is_done(session, keyspace, statement):
            session.execute(statement)
    note = _note(keyspace, migration)
    session.execute(SimpleStatement(note, consistency_level=ConsistencyLevel.QUORUM))


def _is_done(session: Session, keyspace: str, statement: str) -> bool:
    """Whether a column is there already: not every engine knows ADD ... IF NOT EXISTS."""
    added = ADD_COLUMN.match(statement)
    return added is not None and bool(list(session.execute(COLUMNS, (keyspace, *added.groups()))))


def _note(keyspace: str, migration: Migration) -> str:
    return NOTE.format(keyspace=keyspace, version=migration.version, name=migration.name)


def _statements(file: Path) -> Sequence[str]:
    text = COMMENT.sub("", file.read_text(encoding="utf-8"))
    return [statement.strip() for statement in text.split(";") if statement.strip()]
