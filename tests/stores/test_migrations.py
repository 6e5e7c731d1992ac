"""From each earlier schema with data to this one, and the release before beside this one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest
from pydantic import SecretStr

from adapters.stores.postgres.connection import APPLICATION_ROLE, open_pool
from adapters.stores.postgres.knowledge import PostgresKnowledge
from adapters.stores.postgres.migrate import migrate, migration_sql, revisions
from adapters.stores.postgres.schema import newest_revision
from bots.clock import new_id
from bots.embedded import Addresses
from bots.settings import Settings
from bots.stores import open_postgres
from core.entries import NewEntry
from core.errors import UserError
from tests.databases import MAINTENANCE, SharedDatabases, in_database, run_sql
from tests.stores import previous
from tests.stores.people import Owner, open_owner
from tests.stores.previous import Previous
from tests.stores.replica import Replica, delivered, open_replica, slack_message
from tests.stores.test_ledger import agree

NAME = "upgraded"
ALL_PLATFORMS = ["slack", "discord", "telegram"]
HOUR = timedelta(hours=1)


@pytest.fixture
async def empty(databases: SharedDatabases) -> AsyncIterator[Addresses]:
    """A database without tables."""
    server = in_database(databases.addresses, MAINTENANCE).postgres_owner_dsn
    await run_sql(server, f"CREATE DATABASE {NAME}")
    try:
        yield in_database(databases.addresses, NAME)
    finally:
        await run_sql(server, f"DROP DATABASE {NAME} WITH (FORCE)")


@asynccontextmanager
async def open_previous(addresses: Addresses) -> AsyncIterator[Previous]:
    """A replica of the release before, with its login and the rights that it has."""
    async with open_pool(addresses.postgres_dsn, size=2) as pool:
        one = Previous(pool=pool, id=new_id())
        await pool.fetch(previous.HEARTBEAT, one.id, HOUR)
        yield one


async def test_an_empty_database_gets_everything_by_the_printed_sql_too(empty: Addresses) -> None:
    await run_sql(empty.postgres_owner_dsn, migration_sql())
    await migrate(empty.postgres_owner_dsn)
    async with open_owner(empty) as owner, open_replica(empty) as replica:
        assert await owner.one("SELECT version_num FROM alembic_version") == revisions()[0]
        assert (await replica.admit(slack_message(1))).sequence == 1


@pytest.mark.parametrize("revision", ["0001", "0002", "0003"])
async def test_what_was_there_is_there_after_the_upgrade(empty: Addresses, revision: str) -> None:
    await migrate(empty.postgres_owner_dsn, to=revision)
    answered, waiting = slack_message(1), slack_message(2, thread="2")
    async with open_previous(empty) as old:
        await old.settle(answered, await old.admit(answered), "yes", "and more")
        await old.admit(waiting)
        if revision >= "0002":
            await add_entry(old, "Because.")
        await migrate(empty.postgres_owner_dsn)
        await old.pool.execute(previous.LEAVE, old.id)

    async with open_owner(empty) as owner, open_replica(empty) as replica:
        again = await replica.admit(answered)
        assert again.account
        assert (again.account.plan, again.account.quota_left) == ("free", 999)
        [adopted] = await replica.recovery.messages(10)
        assert adopted.message.message_id == waiting.message_id
        assert adopted.account == again.account
        settled = await replica.settle(adopted, "now")
        assert [posting.text for posting in settled.postings] == ["now"]
        assert await owner.one("SELECT sum(quantity) FROM usage_records") == 2
        await agree(owner)
        async with open_pool(empty.postgres_dsn, role=APPLICATION_ROLE, size=1) as pool:
            snapshot = await PostgresKnowledge(pool).load(owner.organization_id)
            assert [entry.answer for entry in snapshot.entries] == (
                ["Because."] if revision >= "0002" else []
            )


async def test_a_plan_that_was_changed_keeps_its_limit(empty: Addresses) -> None:
    await migrate(empty.postgres_owner_dsn, to="0002")
    await run_sql(empty.postgres_owner_dsn, "UPDATE plans SET messages_per_month = 77")
    await migrate(empty.postgres_owner_dsn)
    async with open_replica(empty) as replica:
        admitted = await replica.admit(slack_message(1))
        assert admitted.account
        assert admitted.account.quota_limit == 77


async def test_the_release_before_works_on_this_schema(
    addresses: Addresses, replica: Replica, owner: Owner
) -> None:
    """Every statement that it has, with its own columns in what comes back."""
    async with open_previous(addresses) as old:
        first = slack_message(1)
        row = await old.admit(first)
        assert set(row.keys()) >= {"n", "queued", "knowledge_revision", "received_at"}
        assert (row["plan"], row["quota_limit"], row["quota_left"]) == ("free", 1000, 1000)
        repeat = await old.admit(first)
        assert repeat["verdict"] == "duplicate"

        [due] = await old.pool.fetch(previous.NOTICE, old.id, "slack", "Ev1", new_id(), "wait")
        assert await old.finish(due) == []
        posting = (await old.settle(first, row, "one", "two"))["posting"]
        assert posting["text"] == "one"
        [freed] = await old.finish(posting)
        assert isinstance(freed, asyncpg.Record)
        assert freed["posting"]["text"] == "two"
        await old.finish(freed["posting"], state="pending")
        assert len(await old.pool.fetch(previous.DUE, old.id, [row["conversation_id"]])) <= 1

        await keeps_its_records(old, row)
        await takes_over_and_forgets(old)
        await knows_people_and_entries(old, owner.organization_id)
    assert await owner.one("SELECT sum(used) FROM quotas") == 1
    await agree(owner)


async def keeps_its_records(old: Previous, row: asyncpg.Record) -> None:
    turn = [
        [row["conversation_id"]],
        [datetime.now(UTC)],
        [row["id"]],
        [row["organization_id"]],
        [row["user_id"]],
        ["person"],
        ["How?"],
        [None],
    ]
    await old.pool.execute(previous.APPEND, *turn)
    [kept] = await old.pool.fetch(previous.HISTORY, row["conversation_id"], 10)
    assert kept["text"] == "How?"
    [unrecorded] = await old.pool.fetch(previous.UNRECORDED, timedelta(0), 10)
    assert unrecorded["id"] == row["id"]
    await old.pool.execute(previous.MARK, [row["id"]])
    assert await old.pool.fetch(previous.UNRECORDED, timedelta(0), 10) == []
    rated = (uuid4(), row["user_id"], row["organization_id"], 1)
    await old.pool.execute(previous.RATE, *rated)
    [seen] = await old.pool.fetch(previous.SEEN, "slack", HOUR)
    assert seen["last_message_id"] == "1"


async def takes_over_and_forgets(old: Previous) -> None:
    message = slack_message(5, thread="5")
    row = await old.admit(message)
    [waiting] = await old.pool.fetch(previous.WAITING, row["conversation_id"], old.id)
    assert waiting["quota_left"] == 999
    assert await old.pool.fetchval(previous.REDRIVE, "slack", message.dedupe_key) == 1
    await old.pool.execute(previous.LEAVE, old.id)
    await old.pool.fetch(previous.HEARTBEAT, old.id, HOUR)
    found = await old.pool.fetch(previous.ADOPT_MESSAGES, old.id, ALL_PLATFORMS, HOUR, 10)
    places = [one["conversation_id"] for one in found]
    [adopted] = await old.pool.fetch(previous.ADOPTED, places, old.id)
    assert adopted["attempt"] == 2
    assert adopted["crash_count"] == 1
    await old.pool.fetch(previous.POSTINGS, old.id, ALL_PLATFORMS, HOUR, 10)
    forgotten = await old.pool.fetchval(previous.FORGET, HOUR, HOUR, 10)
    assert forgotten == 0


async def knows_people_and_entries(old: Previous, organization: UUID) -> None:
    guest = (organization, "telegram", "", "77", "Ada")
    assert await old.pool.fetch(previous.INVITE, *guest)
    assert not await old.pool.fetch(previous.INVITE, *guest)
    assert await old.pool.fetchval(previous.FIND, "") == organization
    assert await old.pool.fetchval(previous.NAMES) == "default"
    await add_entry(old, "Because.")
    [entry] = await old.pool.fetch(previous.LOAD, organization)
    changed = orjson.dumps(
        [{"id": str(entry["id"]), "phrasings": ["Why?"], "answer": "So.", "keywords": []}]
    ).decode()
    await old.pool.execute(previous.CHANGE, organization, changed)
    assert (await old.pool.fetch(previous.LIST, organization, 9, 0))[0]["answer"] == "So."
    assert await old.pool.fetchval(previous.ENTRIES) == 1
    gap = (organization, sha256(b"Who?").digest(), "Who?")
    await old.pool.execute(previous.GAP, *gap)
    await old.pool.execute(previous.GAP, *gap)


async def add_entry(old: Previous, answer: str) -> None:
    """One import as the release before does it."""
    async with old.pool.acquire() as connection, connection.transaction():
        organization = await connection.fetchval(previous.FIND, "")
        await connection.fetch(previous.LOCK, organization)
        await connection.fetch(previous.KEPT, organization, ["faq.csv"])
        entry = {
            "id": str(new_id()),
            "phrasings": ["Why?"],
            "answer": answer,
            "keywords": [],
            "source": "faq.csv",
        }
        await connection.execute(previous.ADD, organization, orjson.dumps([entry]).decode())
        await connection.fetch(previous.RAISE, organization, 1, 0, "trialogue_knowledge")


@pytest.fixture
async def owner(addresses: Addresses) -> AsyncIterator[Owner]:
    async with open_owner(addresses) as owner:
        yield owner


@pytest.fixture
async def replica(addresses: Addresses) -> AsyncIterator[Replica]:
    async with open_replica(addresses) as replica:
        yield replica


async def test_both_releases_share_a_conversation(
    addresses: Addresses, replica: Replica, owner: Owner
) -> None:
    """A message that one admits is settled by the other, and counted once."""
    async with open_previous(addresses) as old:
        first = await replica.admit(slack_message(1))
        second = slack_message(2)
        assert (await old.admit(second))["owner"] == replica.id
        settled = await replica.settle(first, "one")
        [posting] = settled.postings
        assert await replica.outbox.sent(posting, delivered(posting)) == []
        await replica.recovery.leave()

        found = await old.pool.fetch(previous.ADOPT_MESSAGES, old.id, ALL_PLATFORMS, HOUR, 10)
        [row] = await old.pool.fetch(
            previous.ADOPTED, [one["conversation_id"] for one in found], old.id
        )
        assert (await old.settle(second, row, "two"))["applied"]
    assert await owner.one("SELECT used FROM quotas") == 2
    await agree(owner)


async def test_the_release_before_sees_no_absence_of_a_limit(
    addresses: Addresses, owner: Owner
) -> None:
    await owner.run("DELETE FROM plan_limits WHERE resource_type = 'messages'")
    async with open_previous(addresses) as old:
        row = await old.admit(slack_message(1))
        assert row["quota_left"] == row["quota_limit"] == 1_000_000_000
        [waiting] = await old.pool.fetch(previous.WAITING, row["conversation_id"], old.id)
        assert waiting["quota_left"] == waiting["quota_limit"] == 1_000_000_000


async def test_an_import_of_both_releases_keeps_its_entries(
    addresses: Addresses, owner: Owner
) -> None:
    async with (
        open_previous(addresses) as old,
        open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE, size=1) as pool,
    ):
        await add_entry(old, "Because.")
        knowledge = PostgresKnowledge(pool)
        entry = NewEntry(phrasings=("Why?",), answer="Because.", source="faq.csv")
        report = await knowledge.save(
            owner.organization_id, [entry, replace(entry, phrasings=("Who?",), answer="You.")]
        )
        assert (report.added, report.unchanged) == (1, 1)
        assert await knowledge.changes_since(owner.organization_id, 0) is None
        since = await knowledge.changes_since(owner.organization_id, 1)
        assert since
        assert [one.answer for one in since.changed] == ["You."]
        await add_entry(old, "Therefore.")
        assert await knowledge.changes_since(owner.organization_id, 2) is None
        last = await knowledge.last(owner.organization_id)
        assert last
        assert (last[0].number, last[0].added, list(last[1])) == (3, 1, [])


async def start_on(addresses: Addresses) -> None:
    """Open the pool as every command does."""
    settings = Settings(
        _env_file=None,
        postgres_dsn=SecretStr(addresses.postgres_dsn),
        postgres_owner_dsn=SecretStr(addresses.postgres_owner_dsn),
    )
    async with open_postgres(settings):
        pass


@pytest.mark.parametrize("revision", ["0001", "0002", "0003"])
async def test_an_older_schema_is_refused_with_its_cure(empty: Addresses, revision: str) -> None:
    await migrate(empty.postgres_owner_dsn, to=revision)
    with pytest.raises(UserError, match="run `trialogue migrate`"):
        await start_on(empty)
    await migrate(empty.postgres_owner_dsn)
    await start_on(empty)


async def test_a_newer_schema_is_refused_unless_it_serves_this_version(
    empty: Addresses,
) -> None:
    await migrate(empty.postgres_owner_dsn)
    await run_sql(empty.postgres_owner_dsn, "UPDATE alembic_version SET version_num = '9999'")
    await start_on(empty)
    await run_sql(
        empty.postgres_owner_dsn,
        "CREATE OR REPLACE FUNCTION serves_from() RETURNS text LANGUAGE sql AS $$ SELECT '9998' $$",
    )
    with pytest.raises(UserError, match="update this program"):
        await start_on(empty)
    assert newest_revision() == revisions()[0]


async def test_an_owner_who_is_no_superuser_is_enough(
    empty: Addresses, databases: SharedDatabases
) -> None:
    """As on a managed server, with one login that is both the owner's and the bot's."""
    server = in_database(databases.addresses, MAINTENANCE).postgres_owner_dsn
    await run_sql(server, "DROP ROLE IF EXISTS plain_owner")
    await run_sql(
        server,
        "CREATE ROLE plain_owner LOGIN CREATEROLE PASSWORD 'x'; GRANT trialogue_app,"
        f" trialogue_bot TO plain_owner WITH ADMIN OPTION; ALTER DATABASE {NAME} OWNER TO"
        " plain_owner",
    )
    parts = urlsplit(empty.postgres_owner_dsn)
    plain = replace(empty, postgres_dsn=f"postgresql://plain_owner:x@{parts.path}?{parts.query}")
    await migrate(plain.postgres_dsn)
    settings = Settings(_env_file=None, postgres_dsn=SecretStr(plain.postgres_dsn))
    async with open_postgres(settings) as pool:
        assert await pool.fetchval("SELECT current_user") == "trialogue_bot"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.fetch("SELECT * FROM inbox")
    async with open_replica(plain) as replica:
        admitted = await replica.admit(slack_message(1))
        assert (await replica.settle(admitted, "yes")).applied
    await run_sql(server, f"ALTER DATABASE {NAME} OWNER TO CURRENT_USER")
    await run_sql(empty.postgres_owner_dsn, "DROP OWNED BY plain_owner")
    await run_sql(server, "DROP OWNED BY plain_owner; DROP ROLE plain_owner")
