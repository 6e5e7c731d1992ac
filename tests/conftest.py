"""Databases for every test that asks for them."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from _pytest.nodeid import NodeId

from adapters.encoders.onnx import OnnxEncoder
from adapters.stores.scylla.config import ScyllaAddress
from bots.embedded import Addresses
from tests import minilm as minilm_model
from tests import ports
from tests.cassandra import MissingError, prepare
from tests.cql import CqlServer, session_server
from tests.databases import SharedDatabases, own_databases, session_databases

TESTS = Path(__file__).parent
CQL_FIXTURES = {"cql_server", "scylla", "source"}
OWN_ENGINES = {"node", "secure"}
SHARED = {"class", "module", "package"}


@pytest.fixture(scope="session")
def databases() -> Iterator[SharedDatabases]:
    """The session's PostgreSQL and Valkey. A test asks for `addresses` instead."""
    with session_databases() as shared:
        yield shared


@pytest.fixture
async def addresses(databases: SharedDatabases) -> AsyncIterator[Addresses]:
    """How to reach a migrated database and an empty Valkey that are this test's alone."""
    async with own_databases(databases) as addresses:
        yield addresses


@pytest.fixture(scope="session")
def cql_server() -> Iterator[CqlServer]:
    """The session's CQL engine. A test asks for `scylla` instead."""
    try:
        with session_server() as server:
            yield server
    except MissingError as error:
        pytest.skip(str(error))


@pytest.fixture
def scylla(cql_server: CqlServer) -> ScyllaAddress:
    """How to reach a migrated keyspace whose tables are empty."""
    cql_server.empty()
    return cql_server.address


@pytest.fixture(scope="session")
def minilm() -> OnnxEncoder:
    """The embedding model; what it has encoded it remembers for the session."""
    try:
        return minilm_model.start(minilm_model.prepare())
    except minilm_model.MissingModelError as error:
        pytest.skip(str(error))


def pytest_configure() -> None:
    """Begin what workers share, before they are started."""
    ports.share()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep together what shares a server: tests of the CQL engine, of the browser, of one file.

    It counts where several workers divide the tests: `--dist loadgroup`. All others go to whoever
    has time. The group stands behind the name, where pytest-xdist looks for it. It writes it there
    itself for its own marks, but no version of it to a place where pytest 9.2 would read it.
    """
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        if group := _group(item):
            item._id = NodeId.parse(f"{item.nodeid}@{group}")


def _group(item: pytest.Item) -> str | None:
    if CQL_FIXTURES.intersection(getattr(item, "fixturenames", ())):
        return "cql"
    shared = any(fixture.scope in SHARED for fixture in _fixtures(item))
    path = item.path.relative_to(TESTS)
    return (path.parts[0] if path.parts[0] == "playground" else str(path)) if shared else None


def _fixtures(item: pytest.Item) -> Iterator[pytest.FixtureDef[object]]:
    if isinstance(item, pytest.Function):
        for found in item._fixtureinfo.name2fixturedefs.values():
            yield found[-1]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Fetch engine and model before the first test, whose time it would take away."""
    if any(
        (CQL_FIXTURES | OWN_ENGINES).intersection(getattr(one, "fixturenames", ()))
        for one in session.items
    ):
        with suppress(MissingError):
            prepare()
    if any("minilm" in getattr(one, "fixturenames", ()) for one in session.items):
        with suppress(minilm_model.MissingModelError):
            minilm_model.prepare()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """In CI a skipped test is an error: what is skipped there is tested nowhere."""
    if os.environ.get("CI") and terminalreporter.stats.get("skipped"):
        terminalreporter.write_line("CI: tests were skipped, see above.", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a skipped test fail the run in CI."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = getattr(reporter, "stats", {}).get("skipped")
    if os.environ.get("CI") and skipped and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
