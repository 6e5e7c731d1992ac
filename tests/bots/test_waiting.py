"""Databases that are not there at the start: waited for with a line, and not for ever."""

import asyncio
import json
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from bots.embedded import Addresses
from bots.settings import Settings
from bots.stores import open_postgres, open_redis
from bots.waiting import place_of
from core.errors import ConfigurationError, UserError
from tests.bots.commands import start, trialogue
from tests.databases import run_sql
from tests.ports import free_port
from tests.stores.valkey import Valkey

WAITING = re.compile(r"Waiting for (\w+) at (\S+) \(([a-z ]+)\), \d+ s at most")


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A server that is not started yet."""
    server = Valkey(tmp_path)
    yield server
    server.kill()


def _settings(addresses: Addresses, **given: str | float) -> Settings:
    known = {"postgres_dsn": addresses.postgres_dsn, "redis_url": addresses.redis_url}
    return Settings(_env_file=None, **{**known, "database_wait": 600, **given})  # type: ignore[arg-type]


@asynccontextmanager
async def _postgres_over_tcp(addresses: Addresses, port: int) -> AsyncIterator[None]:
    """Let PostgreSQL's socket be reached on a port of 127.0.0.1."""
    query = parse_qs(urlsplit(addresses.postgres_dsn).query)
    path = f"{query['host'][0]}/.s.PGSQL.{query.get('port', ['5432'])[0]}"

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, ahead = await asyncio.open_unix_connection(path)
        async with asyncio.TaskGroup() as group:
            group.create_task(_pour(reader, ahead))
            group.create_task(_pour(behind, writer))

    server = await asyncio.start_server(connected, "127.0.0.1", port)
    async with server:
        yield


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


def _over_tcp(dsn: str, port: int) -> str:
    parts = urlsplit(dsn)
    login = parts.netloc.rpartition("@")[0]
    return f"postgresql://{login}@127.0.0.1:{port}{parts.path}"


@pytest.mark.parametrize("command", ["migrate", "up"])
def test_postgresql_that_never_comes_ends_the_start(tmp_path: Path, command: str) -> None:
    port = free_port()
    began = monotonic()
    result = trialogue(
        tmp_path,
        command,
        POSTGRES_DSN=f"postgresql://bot:hunter2x@127.0.0.1:{port}/bot",
        REDIS_URL="redis://127.0.0.1:1",
        DATABASE_WAIT="1.5",
    )
    assert 1.5 <= monotonic() - began < 50
    assert result.returncode == 1
    log = result.stderr if command == "migrate" else result.stdout
    message = json.loads(log.splitlines()[0])["message"]
    said = WAITING.fullmatch(message)
    assert said, message
    assert said.groups() == ("PostgreSQL", f"127.0.0.1:{port}", "connection refused")
    last = result.stderr.splitlines()[-1]
    assert f"PostgreSQL at 127.0.0.1:{port} did not answer within 1.5 s" in last
    assert "POSTGRES_DSN" in last
    assert "hunter2x" not in result.stdout + result.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 1)])
def test_waiting_can_be_ended(tmp_path: Path, number: signal.Signals, code: int) -> None:
    dsn = f"postgresql://bot@127.0.0.1:{free_port()}/bot"
    variables = {"POSTGRES_DSN": dsn, "REDIS_URL": "redis://127.0.0.1:1"}
    process = start(tmp_path, ["up"], variables)
    assert process.stdout is not None
    assert "Waiting" in process.stdout.readline()
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in errors


async def test_redis_that_never_comes_ends_the_start(addresses: Addresses, valkey: Valkey) -> None:
    settings = _settings(addresses, redis_url=valkey.url, database_wait=0.5)
    with pytest.raises(UserError, match=r"Redis at 127.0.0.1:\d+ did not answer within 0.5 s"):
        async with open_redis(settings):
            pytest.fail("there is no such server")


def test_who_asks_at_the_terminal_what_is_popular_hears_at_once_that_redis_is_away(
    tmp_path: Path, addresses: Addresses
) -> None:
    result = trialogue(
        tmp_path,
        *("kb", "popular"),
        POSTGRES_DSN=addresses.postgres_dsn,
        REDIS_URL=f"redis://127.0.0.1:{free_port()}",
    )
    assert result.returncode == 1
    assert "did not answer within 1 s" in result.stderr.splitlines()[-1]


async def test_redis_that_comes_late_is_used(
    addresses: Addresses, valkey: Valkey, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.get_running_loop().call_later(1, valkey.start)
    async with open_redis(_settings(addresses, redis_url=valkey.url)) as redis:
        assert await redis.ping()
    assert capsys.readouterr().out.count("Waiting for Redis") == 1


async def test_postgresql_that_comes_late_is_used(
    addresses: Addresses, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    settings = _settings(addresses, postgres_dsn=_over_tcp(addresses.postgres_dsn, port))
    async with asyncio.TaskGroup() as group:
        opened = group.create_task(_who(settings))
        await asyncio.sleep(1)
        assert not opened.done()
        async with _postgres_over_tcp(addresses, port):
            assert await opened == ("trialogue_bot", "off")
    assert capsys.readouterr().out.count("Waiting for PostgreSQL") == 1


async def test_migrate_waits_too(tmp_path: Path, addresses: Addresses) -> None:
    port = free_port()
    owner = _over_tcp(addresses.postgres_owner_dsn, port)
    process = start(tmp_path, ["migrate"], {"POSTGRES_DSN": owner, "DATABASE_WAIT": "120"})
    assert process.stderr is not None
    said = await asyncio.to_thread(process.stderr.readline)
    assert "Waiting for PostgreSQL" in said
    async with _postgres_over_tcp(addresses, port):
        output, errors = await asyncio.to_thread(process.communicate)
    assert (process.returncode, output) == (0, "The database is up to date.\n"), errors


async def _who(settings: Settings) -> tuple[str, str]:
    async with open_postgres(settings) as pool, pool.acquire() as connection:
        return (
            await connection.fetchval("SELECT current_user"),
            await connection.fetchval("SHOW jit"),
        )


async def test_the_owners_login_is_left_for_the_application_role(addresses: Addresses) -> None:
    settings = _settings(addresses, postgres_dsn=addresses.postgres_owner_dsn)
    assert (await _who(settings))[0] == "trialogue_bot"


async def test_a_login_without_the_role_is_told_how_to_get_it(addresses: Addresses) -> None:
    name = "guest_login"
    await run_sql(addresses.postgres_owner_dsn, f"DROP ROLE IF EXISTS {name}")
    await run_sql(addresses.postgres_owner_dsn, f"CREATE ROLE {name} LOGIN PASSWORD 'hunter2x'")
    parts = urlsplit(addresses.postgres_dsn)
    guest = f"postgresql://{name}:hunter2x@{parts.path}?{parts.query}"
    alone = _settings(addresses, postgres_dsn=guest)
    owner = SecretStr(addresses.postgres_owner_dsn)
    beside_owner = alone.model_copy(update={"postgres_owner_dsn": owner})
    for settings in (alone, beside_owner):
        with pytest.raises(UserError, match=f"GRANT trialogue_bot TO {name}"):
            await _who(settings)
    inherits = f"GRANT trialogue_bot TO {name} WITH INHERIT TRUE, SET FALSE"
    await run_sql(addresses.postgres_owner_dsn, inherits)
    assert (await _who(beside_owner))[0] == name
    await run_sql(addresses.postgres_owner_dsn, f"DROP ROLE {name}")


async def test_a_refused_login_is_not_waited_for(addresses: Addresses) -> None:
    parts = urlsplit(addresses.postgres_dsn)
    wrong = f"postgresql://trialogue_app:hunter2x@{parts.path}?{parts.query}"
    async with asyncio.timeout(60):
        with pytest.raises(UserError, match="refuses the login") as refused:
            await _who(_settings(addresses, postgres_dsn=wrong))
    assert "hunter2x" not in str(refused.value)


async def test_redis_that_refuses_the_login_is_not_waited_for(addresses: Addresses) -> None:
    wrong = re.sub(r":[^:@/]+@", ":hunter2x@", addresses.redis_url)
    assert wrong != addresses.redis_url
    async with asyncio.timeout(60):
        with pytest.raises(UserError, match="Redis refuses the login") as refused:
            async with open_redis(_settings(addresses, redis_url=wrong)):
                pytest.fail("the password is wrong")
    assert "hunter2x" not in str(refused.value)


@pytest.mark.parametrize(
    "dsn", ["postgresql://bot:hunter2x@db:port/x", "postgresql://h/?sslmode=hunter2x"]
)
async def test_an_address_that_cannot_be_read_is_not_shown(addresses: Addresses, dsn: str) -> None:
    with pytest.raises(ConfigurationError, match="POSTGRES_DSN") as refused:
        await _who(_settings(addresses, postgres_dsn=dsn))
    assert "hunter2x" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("postgresql://bot:hun@ter@db:5432/bot", "db:5432"),
        ("postgresql://bot:x@/bot?host=/run/pg&port=5", "/run/pg"),
        ("postgresql://bot:x@one:1,two:2/bot", "one:1,two:2"),
        ("redis://:x@[::1]:6379/0", "[::1]:6379"),
        ("unix://:x@/run/redis.sock?db=1", "/run/redis.sock"),
        ("unix:///run/redis.sock", "/run/redis.sock"),
    ],
)
def test_a_place_has_no_login_in_it(address: str, place: str) -> None:
    assert place_of(address) == place
