"""Commands on a database that is newer than the program, and what `migrate --sql` prints."""

from pathlib import Path

import asyncpg
import pytest

from adapters.stores.postgres.migrate import migration_sql, pending_sql, revisions
from bots.embedded import Addresses
from core.errors import UserError
from tests.bots.commands import start, trialogue
from tests.bots.doctor import doctor, variables_of
from tests.databases import run_sql

NEWER = "UPDATE alembic_version SET version_num = '9999'"
SERVES_NOBODY = (
    "CREATE OR REPLACE FUNCTION serves_from() RETURNS text LANGUAGE sql AS $$ SELECT '9998' $$"
)
NEWEST = revisions()[0]


async def test_up_runs_on_a_newer_schema_that_serves_it_and_says_so_once(
    tmp_path: Path, addresses: Addresses
) -> None:
    await run_sql(addresses.postgres_owner_dsn, NEWER)
    with start(tmp_path, ["up"], variables_of(addresses)) as process:
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line)
            if '"started"' in line:
                break
        process.terminate()
        rest, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, ""), "".join(lines) + rest
    [said] = [line for line in lines if '"action":"newer_schema"' in line]
    assert f"revision 9999, newer than {NEWEST}" in said
    assert "nothing was done" in said


async def test_migrate_says_that_a_newer_schema_was_left_alone(
    tmp_path: Path, addresses: Addresses
) -> None:
    variables = variables_of(addresses)
    await run_sql(addresses.postgres_owner_dsn, NEWER)
    served = trialogue(tmp_path, "migrate", **variables)
    assert (served.returncode, served.stderr) == (0, "")
    (line,) = served.stdout.splitlines()
    assert f"revision 9999, newer than {NEWEST}" in line
    assert line.endswith("serves this version too: nothing was done.")

    await run_sql(addresses.postgres_owner_dsn, SERVES_NOBODY)
    for command in ("migrate", "up"):
        refused = trialogue(tmp_path, command, **variables)
        assert refused.returncode == 1
        (line,) = refused.stderr.splitlines()
        assert "update this program" in line
        assert line.endswith("Nothing was done.")


async def test_the_statements_for_an_up_to_date_database_are_none(
    tmp_path: Path, addresses: Addresses
) -> None:
    variables = variables_of(addresses)
    printed = trialogue(tmp_path, "migrate", "--sql", **variables)
    assert (printed.returncode, printed.stderr) == (0, "")
    (line,) = printed.stdout.splitlines()
    assert (
        line == f"-- The database is at revision {NEWEST}, as this version wants it: nothing to do."
    )
    alone = variables | {"POSTGRES_DSN": ""}
    assert trialogue(tmp_path, "migrate", "--sql", **alone).stdout == printed.stdout
    whole = trialogue(tmp_path, "migrate", "--sql", "--whole", **variables)
    assert whole.stdout == migration_sql()
    assert trialogue(tmp_path, "migrate", "--whole", **variables).returncode == 2


async def test_the_statements_go_on_from_the_revision_of_the_database(
    addresses: Addresses,
) -> None:
    await run_sql(addresses.postgres_owner_dsn, "UPDATE alembic_version SET version_num = '0013'")
    printed = await pending_sql(addresses.postgres_owner_dsn)
    assert "CREATE TABLE late_turns" in printed
    assert "CREATE TABLE inbox" not in printed
    await run_sql(addresses.postgres_owner_dsn, NEWER)
    [line] = (await pending_sql(addresses.postgres_owner_dsn)).splitlines()
    assert line.startswith("-- The database is at revision 9999, newer than")
    await run_sql(addresses.postgres_owner_dsn, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    assert await pending_sql(addresses.postgres_owner_dsn) == migration_sql()


async def test_statements_for_a_database_of_somebody_else_are_refused(
    addresses: Addresses,
) -> None:
    with pytest.raises(UserError, match="The tables belong to trialogue_owner"):
        await pending_sql(addresses.postgres_dsn)


@pytest.fixture
async def login(addresses: Addresses) -> str:
    """A login as docs/databases.md has it, less the grant."""
    owner = addresses.postgres_owner_dsn
    await run_sql(
        owner,
        "DROP ROLE IF EXISTS plain_login; CREATE ROLE plain_login LOGIN NOINHERIT PASSWORD 'x'",
    )
    return f"postgresql://plain_login:x@{owner.partition('@')[2]}"


async def test_a_login_without_its_grant_is_told_the_grant_everywhere(
    tmp_path: Path, addresses: Addresses, login: str
) -> None:
    variables = variables_of(addresses, {"POSTGRES_DSN": login})
    grant = "`GRANT trialogue_bot TO plain_login`"
    report = await doctor(tmp_path, variables)
    assert grant in report.line("PostgreSQL role")
    assert report.code == 1
    for command in (["serve"], ["kb", "list"], ["users", "list"]):
        refused = trialogue(tmp_path, *command, **variables)
        assert refused.returncode == 1
        (line,) = refused.stderr.splitlines()
        assert grant in line
    await run_sql(addresses.postgres_owner_dsn, grant.strip("`"))
    assert (await doctor(tmp_path, variables)).code == 0
    assert trialogue(tmp_path, "kb", "list", **variables).returncode == 0


async def test_a_right_that_is_missing_is_a_sentence_and_no_traceback(
    tmp_path: Path, addresses: Addresses
) -> None:
    await run_sql(
        addresses.postgres_owner_dsn,
        "REVOKE ALL ON FUNCTION beat(uuid, interval), people_of(uuid, integer, integer)"
        " FROM trialogue_bot",
    )
    variables = variables_of(addresses)
    for command, function in ((["serve"], "beat"), (["users", "list"], "people_of")):
        refused = trialogue(tmp_path, *command, **variables)
        assert refused.returncode == 1
        (line,) = refused.stderr.splitlines()
        assert f"permission denied for function {function}" in line
        assert "`trialogue migrate`" in line
    report = await doctor(tmp_path, variables)
    assert "2 rights and policies" in report.line("PostgreSQL rights")
    assert report.code == 1


async def test_a_login_that_may_not_connect_is_told_the_grant(
    tmp_path: Path, addresses: Addresses, login: str
) -> None:
    owner = await asyncpg.connect(addresses.postgres_owner_dsn)
    name = await owner.fetchval("SELECT current_database()")
    await owner.execute(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
    await owner.close()
    variables = variables_of(addresses, {"POSTGRES_DSN": login})
    report = await doctor(tmp_path, variables)
    assert f"`GRANT CONNECT ON DATABASE {name} TO plain_login`" in report.line("PostgreSQL")
    refused = trialogue(tmp_path, "kb", "list", **variables)
    (line,) = refused.stderr.splitlines()
    assert "CONNECT privilege. Check" in line
    assert ".." not in report.line("PostgreSQL") + line
