"""Rights that were lost are seen, and given back by the next migration."""

from collections.abc import AsyncIterator, Sequence

import asyncpg
import pytest

from adapters.stores.postgres.migrate import migrate
from adapters.stores.postgres.rights import missing_rights
from bots.embedded import Addresses
from tests.databases import run_sql
from tests.stores.replica import open_replica, slack_message
from tests.stores.rights import rights_in

LOST = """
DROP OWNED BY trialogue_bot;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM trialogue_app;
ALTER TABLE inbox DISABLE ROW LEVEL SECURITY;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO PUBLIC;
"""


@pytest.fixture
async def owner(addresses: Addresses) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(addresses.postgres_owner_dsn)
    yield connection
    await connection.close()


async def missing_to(dsn: str) -> Sequence[str]:
    connection = await asyncpg.connect(dsn)
    try:
        return await missing_rights(connection)
    finally:
        await connection.close()


async def test_after_the_migrations_nothing_is_missing(addresses: Addresses) -> None:
    assert await missing_to(addresses.postgres_owner_dsn) == []
    assert await missing_to(addresses.postgres_dsn) == []


async def test_every_right_that_was_lost_is_given_back(addresses: Addresses) -> None:
    before = await rights_in(addresses.postgres_owner_dsn)
    await run_sql(addresses.postgres_owner_dsn, LOST)
    lost = before - await rights_in(addresses.postgres_owner_dsn)
    assert len(lost) > 150
    assert len(await missing_to(addresses.postgres_dsn)) > 150
    assert await migrate(addresses.postgres_owner_dsn) is None
    assert await rights_in(addresses.postgres_owner_dsn) == before
    assert await missing_to(addresses.postgres_dsn) == []
    async with open_replica(addresses) as replica:
        assert (await replica.admit(slack_message(1))).sequence == 1


async def test_a_function_that_is_open_to_everybody_is_closed_again(
    addresses: Addresses, owner: asyncpg.Connection
) -> None:
    await owner.execute("GRANT EXECUTE ON FUNCTION beat(uuid, interval) TO PUBLIC")
    [statement] = await missing_rights(owner)
    assert statement == "REVOKE ALL ON FUNCTION beat(uuid,interval) FROM PUBLIC"
    await migrate(addresses.postgres_owner_dsn)
    assert await missing_rights(owner) == []


async def test_rights_of_a_newer_schema_are_left_to_it(
    addresses: Addresses, owner: asyncpg.Connection
) -> None:
    await owner.execute("UPDATE alembic_version SET version_num = '9999'")
    await owner.execute("REVOKE SELECT ON plans FROM trialogue_bot")
    assert await migrate(addresses.postgres_owner_dsn) == "9999"
    assert await missing_rights(owner) == ["GRANT SELECT ON plans TO trialogue_bot"]
