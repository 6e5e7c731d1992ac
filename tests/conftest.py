"""Databases for every test that asks for them."""

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
