"""The schema of the CQL stores: made once, kept, and asked for by its version."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest

from adapters.stores.scylla import migrate as scylla_migrate
from adapters.stores.scylla.config import ScyllaAddress
from adapters.stores.scylla.connection import Connection, OldSchemaError
from adapters.stores.scylla.migrate import migrate, migration_cql, migrations, newest
from tests.cql import CqlServer, new_keyspace
from tests.stores.engines import connected, scylla_threads
from tests.stores.test_scylla import YESTERDAY
from tests.stores.test_threads import conversation

ALL = [migration.name for migration in migrations()]


@pytest.fixture
def empty(cql_server: CqlServer) -> Iterator[ScyllaAddress]:
    """A keyspace that is not there yet."""
    address = replace(cql_server.address, keyspace=new_keyspace())
    yield address
    cql_server.session.execute(f"DROP KEYSPACE IF EXISTS {address.keyspace}")


def test_every_migration_is_numbered_without_gaps() -> None:
    assert [migration.version for migration in migrations()] == list(range(1, newest() + 1))
    assert all(migration.statements for migration in migrations())


def test_everything_is_run_once(empty: ScyllaAddress, cql_server: CqlServer) -> None:
    assert migrate(empty) == ALL
    assert migrate(empty) == []
    found = cql_server.session.execute(
        "SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s", (empty.keyspace,)
    )
    assert {"conversation_history", "knowledge_base", "schema_versions"} <= {
        one[0] for one in found
    }


def test_what_is_printed_can_be_run(empty: ScyllaAddress, cql_server: CqlServer) -> None:
    on_one_node = migration_cql(empty.keyspace).replace(": 3}", ": 1}")
    for statement in on_one_node.split(";"):
        if statement.strip():
            cql_server.session.execute(statement)
    assert migrate(empty) == []


def test_a_run_that_was_cut_off_is_taken_up_again(
    empty: ScyllaAddress, cql_server: CqlServer
) -> None:
    migrate(empty)
    versions = f"{empty.keyspace}.schema_versions"
    cql_server.session.execute(f"DELETE FROM {versions} WHERE component='trialogue' AND version=1")
    assert migrate(empty) == ALL[:1]


async def test_an_earlier_version_is_brought_up_with_its_data(
    empty: ScyllaAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = migrations()[:1]
    with monkeypatch.context() as before:
        before.setattr(scylla_migrate, "migrations", lambda: first)
        assert migrate(empty) == ALL[:1]
        before.setattr("adapters.stores.scylla.connection.newest", lambda: 1)
        async with connected(empty) as connection:
            conversation_id, turns = conversation(3, start=YESTERDAY)
            await scylla_threads(connection).append(turns)
    assert migrate(empty) == ALL[1:]
    async with connected(empty) as connection:
        assert await scylla_threads(connection).history(conversation_id, limit=9) == turns


async def test_a_keyspace_without_its_schema_is_refused_with_the_cure(
    empty: ScyllaAddress, cql_server: CqlServer
) -> None:
    connection = Connection(address=empty)
    with pytest.raises(OldSchemaError, match="run `trialogue migrate`"):
        async with connection.running():
            raise AssertionError("it was taken for good")
    assert connection.state == "down: stopped"
    migrate(empty)
    versions = f"{empty.keyspace}.schema_versions"
    behind = f"DELETE FROM {versions} WHERE component = 'trialogue' AND version = {newest()}"
    cql_server.session.execute(behind)
    with pytest.raises(OldSchemaError, match=f"schema {newest() - 1} .* needs {newest()}"):
        async with Connection(address=empty).running():
            raise AssertionError("it was taken for good")


async def test_a_newer_schema_serves_this_version_too(
    empty: ScyllaAddress, cql_server: CqlServer
) -> None:
    """While replicas are exchanged one by one."""
    migrate(empty)
    cql_server.session.execute(
        f"INSERT INTO {empty.keyspace}.schema_versions (component, version, name)"
        f" VALUES ('trialogue', {newest() + 1}, 'later')"
    )
    async with connected(empty) as connection:
        assert await scylla_threads(connection).history(uuid4(), limit=1) == []
