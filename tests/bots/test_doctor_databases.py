"""`trialogue doctor` against PostgreSQL and Redis, each broken in its way."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
import pytest
from alembic import command
from redis.asyncio import Redis
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from adapters.stores.postgres import migrate as migrations
from bots.doctor.postgres import compare_clocks
from bots.doctor.report import Mark
from bots.embedded import Addresses
from tests.bots.doctor import doctor, variables_of
from tests.databases import run_sql
from tests.ports import free_port
from tests.stores.valkey import Valkey

EMPTY = "DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC"


async def migrate_to(dsn: str, revision: str) -> None:
    """As an earlier version of this program would have left the database."""
    config = migrations._config()

    def upgrade(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn), poolclass=NullPool
    )
    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
    await engine.dispose()


async def release_of(addresses: Addresses) -> str:
    """The release as the server says it, without what packagers add."""
    connection = await asyncpg.connect(addresses.postgres_owner_dsn)
    try:
        return str(await connection.fetchval("SHOW server_version")).partition(" ")[0]
    finally:
        await connection.close()


async def test_what_is_well_is_said_with_its_release(tmp_path: Path, addresses: Addresses) -> None:
    report = await doctor(tmp_path, variables_of(addresses))
    version = await release_of(addresses)
    assert version.startswith("18.")
    assert f"release {version} at" in report.line("PostgreSQL")
    newest = migrations.revisions()[0]
    assert f"revision {newest}" in report.line("PostgreSQL schema")
    assert "trialogue_bot" in report.line("PostgreSQL role")
    assert report.line("PostgreSQL rights").startswith("ok ")
    assert "lets in as trialogue_owner" in report.line("PostgreSQL owner")
    assert report.line("PostgreSQL clock").startswith("ok ")
    assert report.line("PostgreSQL connections").startswith("ok ")
    assert "Valkey 9." in report.line("Redis")
    assert report.line("Redis writing").startswith("ok ")
    assert report.code == 0


async def test_nothing_is_written(tmp_path: Path, addresses: Addresses) -> None:
    async with Redis.from_url(addresses.redis_url) as redis:
        await doctor(tmp_path, variables_of(addresses))
        assert await redis.dbsize() == 0


async def test_postgres_that_is_down_is_named(tmp_path: Path, addresses: Addresses) -> None:
    port = free_port()
    dsn = f"postgresql://bot:hunter2x@127.0.0.1:{port}/bot"
    report = await doctor(tmp_path, variables_of(addresses, {"POSTGRES_DSN": dsn}))
    line = report.line("PostgreSQL")
    assert f"cannot be reached at 127.0.0.1:{port} (connection refused)" in line
    assert "set POSTGRES_HOST (or POSTGRES_DSN) to where it is" in line
    assert "hunter2x" not in line
    assert report.code == 1
    assert report.line("Redis").startswith("ok ")


async def test_a_host_that_nobody_knows_is_named(tmp_path: Path, addresses: Addresses) -> None:
    variables = variables_of(
        addresses,
        {
            "POSTGRES_DSN": "postgresql://a@nowhere.invalid/a",
            "REDIS_URL": "redis://nowhere.invalid",
        },
    )
    report = await doctor(tmp_path, variables)
    for subject in ("PostgreSQL", "Redis"):
        assert "nowhere.invalid (its name is not known here)" in report.line(subject)


async def test_a_wrong_password_is_named(tmp_path: Path, addresses: Addresses) -> None:
    login, _, rest = addresses.postgres_dsn.partition("@")
    user = login.rpartition(":")[0]
    dsn = f"{user}:hunter2x@{rest}"
    report = await doctor(tmp_path, variables_of(addresses, {"POSTGRES_DSN": dsn}))
    assert "refuses the login: password authentication failed" in report.line("PostgreSQL")
    assert "check POSTGRES_USER, POSTGRES_PASSWORD" in report.line("PostgreSQL")
    assert "hunter2x" not in report.line("PostgreSQL")
    assert report.code == 1


async def test_a_database_that_is_not_there_is_named(tmp_path: Path, addresses: Addresses) -> None:
    place, _, query = addresses.postgres_dsn.partition("?")
    dsn = f"{place.rpartition('/')[0]}/elsewhere?{query}"
    report = await doctor(tmp_path, variables_of(addresses, {"POSTGRES_DSN": dsn}))
    assert "there is no database 'elsewhere'" in report.line("PostgreSQL")
    assert "`createdb elsewhere`" in report.line("PostgreSQL")
    assert report.code == 1


async def test_an_address_that_is_none_is_not_repeated(
    tmp_path: Path, addresses: Addresses
) -> None:
    dsn = "postgresql://bot:hunter2x@host:port/bot"
    report = await doctor(tmp_path, variables_of(addresses, {"POSTGRES_DSN": dsn}))
    assert "write it as postgresql://user:password@host:5432" in report.line("PostgreSQL")
    assert "hunter2x" not in "".join(report.lines)


async def test_an_empty_database_wants_a_migration(tmp_path: Path, addresses: Addresses) -> None:
    await run_sql(addresses.postgres_owner_dsn, EMPTY)
    report = await doctor(tmp_path, variables_of(addresses))
    assert "has no tables of ours yet" in report.line("PostgreSQL schema")
    assert "`trialogue migrate`" in report.line("PostgreSQL schema")
    assert report.code == 1
    connection = await asyncpg.connect(addresses.postgres_owner_dsn)
    assert await connection.fetchval("SELECT to_regclass('alembic_version')") is None
    await connection.close()


async def test_an_old_schema_wants_a_migration(tmp_path: Path, addresses: Addresses) -> None:
    await run_sql(addresses.postgres_owner_dsn, EMPTY)
    await migrate_to(addresses.postgres_owner_dsn, "0001")
    report = await doctor(tmp_path, variables_of(addresses))
    line = report.line("PostgreSQL schema")
    assert line.startswith("broken ")
    assert f"revision 0001 is older than {migrations.revisions()[0]}" in line
    assert "`trialogue migrate`" in line
    assert report.code == 1


async def test_a_schema_from_the_future_wants_a_newer_program(
    tmp_path: Path, addresses: Addresses
) -> None:
    await run_sql(addresses.postgres_owner_dsn, "UPDATE alembic_version SET version_num = '9999'")
    served = await doctor(tmp_path, variables_of(addresses))
    await run_sql(
        addresses.postgres_owner_dsn,
        "CREATE OR REPLACE FUNCTION serves_from() RETURNS text LANGUAGE sql AS $$ SELECT '9998' $$",
    )
    refused = await doctor(tmp_path, variables_of(addresses))
    assert served.line("PostgreSQL schema").startswith("warning ")
    assert "and serves it too until it is updated" in served.line("PostgreSQL schema")
    assert refused.line("PostgreSQL schema").startswith("broken ")
    for report in (served, refused):
        assert "revision 9999 is newer than" in report.line("PostgreSQL schema")
        assert "update this program" in report.line("PostgreSQL schema")
    assert (served.code, refused.code) == (0, 1)


async def test_a_login_of_redis_without_functions_is_told_the_cure(
    tmp_path: Path, addresses: Addresses, valkey: Valkey
) -> None:
    async with Redis.from_url(valkey.url) as redis:
        await redis.acl_setuser(
            "bot", enabled=True, passwords=["+pw"], keys=["*"], commands=["+@all", "-@scripting"]
        )
    url = valkey.url.replace("://", "://bot:pw@")
    report = await doctor(tmp_path, variables_of(addresses, {"REDIS_URL": url}))
    line = report.line("Redis functions")
    assert line.startswith("warning ")
    assert "FCALL and FUNCTION LOAD and EVAL" in line
    assert "+@scripting" in line
    assert report.code == 0


async def test_files_are_opened_where_they_are_to_be_kept(
    tmp_path: Path, addresses: Addresses
) -> None:
    well = await doctor(tmp_path, variables_of(addresses, {"FILES_URL": f"file://{tmp_path}/f"}))
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    wrong = await doctor(
        tmp_path, variables_of(addresses, {"FILES_URL": f"file://{tmp_path}/taken"})
    )
    own = await doctor(tmp_path, variables_of(addresses))
    locked = await doctor(tmp_path, variables_of(addresses, {"DATA_DIR": str(tmp_path / "taken")}))
    assert well.line("Files").startswith("ok ")
    assert wrong.line("Files").startswith("broken ")
    assert "Set FILES_URL" in wrong.line("Files")
    assert own.line("Files").startswith("ok ")
    assert locked.line("Files").startswith("broken ")
    assert f"{tmp_path}/taken cannot be written to" in locked.line("Files")
    assert [report.code for report in (well, wrong, own, locked)] == [0, 1, 0, 1]
    assert not (tmp_path / ".trialogue").exists(), "nothing is made by looking"


async def test_a_login_that_may_not_read_the_revision_needs_the_owners(
    tmp_path: Path, addresses: Addresses
) -> None:
    hide = "REVOKE SELECT ON alembic_version FROM trialogue_bot"
    await run_sql(addresses.postgres_owner_dsn, hide)
    report = await doctor(tmp_path, variables_of(addresses, {"POSTGRES_OWNER_DSN": ""}))
    assert "set POSTGRES_OWNER_DSN" in report.line("PostgreSQL schema")
    assert report.line("PostgreSQL schema").startswith("warning ")
    wrong = {"POSTGRES_OWNER_DSN": "postgresql://bot@127.0.0.1:1/bot"}
    report = await doctor(tmp_path, variables_of(addresses, wrong))
    assert "cannot be reached at 127.0.0.1:1" in report.line("PostgreSQL owner")
    assert "POSTGRES_OWNER_DSN" in report.line("PostgreSQL owner")
    assert report.code == 1


async def test_a_login_without_the_role_is_told_how_to_get_it(
    tmp_path: Path, addresses: Addresses
) -> None:
    name = "doctors_guest"
    await run_sql(addresses.postgres_owner_dsn, f"CREATE ROLE {name} LOGIN PASSWORD 'guest'")
    try:
        dsn = addresses.postgres_dsn.partition("://")[2].partition("@")[2]
        guest = {
            "POSTGRES_DSN": f"postgresql://{name}:guest@{dsn}",
            "POSTGRES_OWNER_DSN": "",
        }
        report = await doctor(tmp_path, variables_of(addresses, guest))
    finally:
        await run_sql(addresses.postgres_owner_dsn, f"DROP ROLE {name}")
    assert f"`GRANT trialogue_bot TO {name}`" in report.line("PostgreSQL role")
    assert report.code == 1


async def test_a_server_that_only_reads_is_named(tmp_path: Path, addresses: Addresses) -> None:
    dsn = addresses.postgres_dsn
    read_only = f"{dsn}{'&' if '?' in dsn else '?'}default_transaction_read_only=on"
    report = await doctor(tmp_path, variables_of(addresses, {"POSTGRES_DSN": read_only}))
    assert "is read-only" in report.line("PostgreSQL")
    assert "primary" in report.line("PostgreSQL")
    assert report.code == 1


async def test_few_free_connections_are_a_warning(tmp_path: Path, addresses: Addresses) -> None:
    async with _most_connections_taken(addresses):
        report = await doctor(tmp_path, variables_of(addresses))
    line = report.line("PostgreSQL connections")
    assert line.startswith("warning ")
    assert "raise max_connections" in line
    assert report.code == 0


@asynccontextmanager
async def _most_connections_taken(addresses: Addresses) -> AsyncIterator[None]:
    owner = await asyncpg.connect(addresses.postgres_owner_dsn)
    taken: list[asyncpg.Connection] = []
    try:
        most = int(await owner.fetchval("SHOW max_connections"))
        free = most - await owner.fetchval("SELECT count(*) FROM pg_stat_activity") - 8
        while len(taken) < free:
            taken.append(await asyncpg.connect(addresses.postgres_dsn))
        yield
    finally:
        for connection in (*taken, owner):
            await connection.close()


@pytest.mark.parametrize(
    ("ahead", "mark", "said"),
    [(0.5, Mark.OK, ""), (3.0, Mark.WARNING, "ahead"), (-90.0, Mark.WARNING, "behind")],
)
def test_clocks_that_are_apart_are_a_warning(ahead: float, mark: Mark, said: str) -> None:
    finding = compare_clocks("PostgreSQL clock", ahead)
    assert finding.mark is mark
    assert said in finding.found
    assert ("timedatectl" in finding.cure) == (mark is not Mark.OK)


async def test_redis_that_is_down_is_named(tmp_path: Path, addresses: Addresses) -> None:
    port = free_port()
    url = f"redis://:hunter2x@127.0.0.1:{port}/0"
    report = await doctor(tmp_path, variables_of(addresses, {"REDIS_URL": url}))
    line = report.line("Redis")
    assert f"cannot be reached at 127.0.0.1:{port} (connection refused)" in line
    assert "set REDIS_HOST (or REDIS_URL) to where it is" in line
    assert "hunter2x" not in line
    assert report.code == 1


async def test_a_wrong_password_of_redis_is_named(tmp_path: Path, addresses: Addresses) -> None:
    scheme, _, rest = addresses.redis_url.partition("://")
    url = f"{scheme}://:hunter2x@{rest.partition('@')[2]}"
    report = await doctor(tmp_path, variables_of(addresses, {"REDIS_URL": url}))
    assert "refuses the login" in report.line("Redis")
    assert "user and password in REDIS_URL" in report.line("Redis")
    assert "hunter2x" not in report.line("Redis")
    assert "disabled. Cure" in report.line("Redis")
    assert report.code == 1


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    with _running(tmp_path) as server:
        yield server


@contextmanager
def _running(directory: Path) -> Iterator[Valkey]:
    server = Valkey(directory)
    server.start()
    try:
        yield server
    finally:
        server.kill()


async def test_a_replica_of_redis_is_named(
    tmp_path: Path, addresses: Addresses, valkey: Valkey
) -> None:
    async with Redis.from_url(valkey.url) as redis:
        await redis.replicaof("127.0.0.1", str(free_port()))
        report = await doctor(tmp_path, variables_of(addresses, {"REDIS_URL": valkey.url}))
    line = report.line("Redis writing")
    assert line.startswith("broken ")
    assert "primary server, this is a replica" in line
    assert report.code == 1


async def test_redis_without_memory_and_one_that_throws_away_are_named(
    tmp_path: Path, addresses: Addresses, valkey: Valkey
) -> None:
    variables = variables_of(addresses, {"REDIS_URL": valkey.url})
    async with Redis.from_url(valkey.url) as redis:
        await redis.config_set("maxmemory", "1")
        full = await doctor(tmp_path, variables)
        await redis.config_set("maxmemory", str(100 * 2**20))
        await redis.config_set("maxmemory-policy", "allkeys-lru")
        evicting = await doctor(tmp_path, variables)
    assert "raise maxmemory" in full.line("Redis writing")
    assert full.code == 1
    assert "allkeys-lru" in evicting.line("Redis memory")
    assert "maxmemory-policy noeviction" in evicting.line("Redis memory")
    assert evicting.line("Redis memory").startswith("warning ")
    assert evicting.code == 0


async def test_a_login_of_redis_that_may_not_write_is_named(
    tmp_path: Path, addresses: Addresses, valkey: Valkey
) -> None:
    async with Redis.from_url(valkey.url) as redis:
        await redis.acl_setuser(
            "reader", enabled=True, passwords=["+pw"], keys=["*"], commands=["+get", "+info"]
        )
    url = valkey.url.replace("://", "://reader:pw@")
    report = await doctor(tmp_path, variables_of(addresses, {"REDIS_URL": url}))
    assert report.line("Redis").startswith("ok ")
    assert "let this login write" in report.line("Redis writing")
    assert report.code == 1


async def test_a_second_server_for_the_cache_is_looked_at(
    tmp_path: Path, addresses: Addresses, valkey: Valkey
) -> None:
    variables = variables_of(addresses, {"REDIS_CACHE_URL": valkey.url})
    async with Redis.from_url(valkey.url) as redis:
        endless = await doctor(tmp_path, variables)
        await redis.config_set("maxmemory", str(100 * 2**20))
        await redis.config_set("maxmemory-policy", "allkeys-lfu")
        well = await doctor(tmp_path, variables)
    valkey.kill()
    gone = await doctor(tmp_path, variables)
    assert "maxmemory is not set" in endless.line("Redis cache")
    assert "allkeys-lfu" in endless.line("Redis cache")
    assert well.line("Redis cache").startswith("ok ")
    assert gone.line("Redis cache").startswith("warning ")
    assert [report.code for report in (endless, well, gone)] == [0, 0, 0]
