"""One PostgreSQL and one Valkey for a session of tests; a database of its own for each test."""

import asyncio
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import asyncpg
from redis.asyncio import Redis

from bots.embedded import Addresses, read_addresses

REPOSITORY = Path(__file__).parent.parent
MAINTENANCE = "postgres"
TEMPLATE = "trialogue_template"
VALKEY_DATABASES = 15  # of 16: number 0 is nobody's


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedDatabases:
    """The session's servers, and a number for each test that uses them."""

    data_dir: Path
    addresses: Addresses
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))


@contextmanager
def data_directory() -> Iterator[Path]:
    """A directory that the databases' user can enter; pytest's own are closed to it under root."""
    path = Path(tempfile.mkdtemp(prefix="trialogue-test-", dir="/tmp"))
    try:
        yield path
    finally:
        shutil.rmtree(path)


@contextmanager
def owner_process(
    data_dir: Path, *, through: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Another process that runs the databases; they end with it, and it ends with us.

    `through` is a command that starts it, as another user for instance.
    """
    with subprocess.Popen(
        [*through, sys.executable, "-m", "bots.embedded", "--data-dir", str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
        env={**os.environ, **(environment or {})},
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("ready "):
                break
        yield process


@contextmanager
def session_databases() -> Iterator[SharedDatabases]:
    """The databases of a session, with a migrated template to copy."""
    with data_directory() as data_dir, owner_process(data_dir):
        yield shared_databases(data_dir)


def shared_databases(data_dir: Path) -> SharedDatabases:
    """The servers that run in a directory, with a migrated template to copy."""
    addresses = read_addresses(data_dir)
    assert addresses is not None, "the databases did not start: see the output above"
    # This loop is not made the thread's own, which is pytest-asyncio's to set.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(make_template(addresses))
    return SharedDatabases(data_dir=data_dir, addresses=addresses)


async def make_template(addresses: Addresses) -> None:
    from adapters.stores.postgres.migrate import migrate  # noqa: PLC0415 - heavy, once a session

    owner = in_database(addresses, MAINTENANCE).postgres_owner_dsn
    await run_sql(owner, f"CREATE DATABASE {TEMPLATE}")
    await migrate(in_database(addresses, TEMPLATE).postgres_owner_dsn)


@asynccontextmanager
async def own_databases(shared: SharedDatabases) -> AsyncIterator[Addresses]:
    """A migrated PostgreSQL database and an empty Valkey database that no other test sees."""
    number, session = next(shared.numbers), shared.addresses
    name = f"test_{number}"
    owner = in_database(session, MAINTENANCE).postgres_owner_dsn
    valkey = 1 + number % VALKEY_DATABASES
    addresses = replace(
        in_database(session, name),
        redis_url=session.redis_url.replace("db=0", f"db={valkey}"),
    )
    await run_sql(owner, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    try:
        async with Redis.from_url(addresses.redis_url) as client:
            await client.flushdb()
        yield addresses
    finally:
        await run_sql(owner, f"DROP DATABASE {name} WITH (FORCE)")


def in_database(addresses: Addresses, name: str) -> Addresses:
    """The same server and logins, another database."""
    return replace(
        addresses,
        postgres_owner_dsn=addresses.postgres_owner_dsn.replace("/trialogue?", f"/{name}?"),
        postgres_dsn=addresses.postgres_dsn.replace("/trialogue?", f"/{name}?"),
    )


async def run_sql(dsn: str, sql: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
