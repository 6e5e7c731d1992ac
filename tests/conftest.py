"""Databases for every test that asks for them."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from bots.embedded import Addresses
from tests.databases import SharedDatabases, own_databases, session_databases


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
