"""ScyllaDB on the command line: its settings, its schema, and turns that move to it."""

import asyncio
import json
import signal
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from adapters.stores.postgres.connection import Database, open_pool
from adapters.stores.postgres.threads import PostgresThreads
from adapters.stores.scylla.config import KEYSPACE, ScyllaAddress
from adapters.stores.scylla.migrate import versions
from adapters.stores.scylla.moves import Moves
from bots.embedded import Addresses
from bots.move import move
from bots.settings import Settings, read_settings
from core.errors import ConfigurationError, UnavailableError
from core.ports.threads import Turn
from tests.bots.commands import start, trialogue
from tests.cql import CqlServer, environment, new_keyspace
from tests.ports import free_port
from tests.stores.engines import connected, scylla_threads
from tests.stores.test_scylla import YESTERDAY
from tests.stores.test_threads import conversation

NEEDED = 5


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def empty(cql_server: CqlServer) -> Iterator[ScyllaAddress]:
    address = replace(cql_server.address, keyspace=new_keyspace())
    yield address
    cql_server.session.execute(f"DROP KEYSPACE IF EXISTS {address.keyspace}")


def read(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return read_settings()


@pytest.mark.usefixtures("settings_of")
def test_without_a_host_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, SCYLLA_PORT="9999").scylla is None


@pytest.mark.usefixtures("settings_of")
def test_a_list_of_hosts_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(
        monkeypatch,
        SCYLLA_HOST="one.example, 10.0.0.2 ,::1",
        SCYLLA_USER="bot",
        SCYLLA_PASSWORD="hunter2x",
        SCYLLA_TLS="true",
    )
    assert settings.scylla == ScyllaAddress(
        hosts=("one.example", "10.0.0.2", "::1"),
        keyspace=KEYSPACE,
        user="bot",
        password="hunter2x",
        tls=True,
    )
    assert "hunter2x" not in repr(settings.scylla)
    assert "hunter2x" in settings.secrets()


@pytest.mark.usefixtures("settings_of")
@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"SCYLLA_HOST": "scylla:9042"}, "SCYLLA_PORT"),
        ({"SCYLLA_HOST": "http://scylla"}, "SCYLLA_HOST"),
        ({"SCYLLA_HOST": "one,,two"}, "SCYLLA_HOST"),
        ({"SCYLLA_HOST": "one", "SCYLLA_PASSWORD": "x"}, "SCYLLA_USER"),
        ({"SCYLLA_HOST": "one", "SCYLLA_TLS_CA": "nowhere.pem"}, "SCYLLA_TLS_CA"),
        ({"SCYLLA_KEYSPACE": "x; DROP KEYSPACE y"}, "SCYLLA_KEYSPACE"),
    ],
)
def test_what_cannot_work_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str], named: str
) -> None:
    with pytest.raises(ConfigurationError, match=named):
        read(monkeypatch, **variables)


def test_the_statements_can_be_printed(tmp_path: Path) -> None:
    result = trialogue(tmp_path, "migrate", "--cql", SCYLLA_KEYSPACE="mine")
    assert (result.returncode, result.stderr) == (0, "")
    assert "CREATE KEYSPACE IF NOT EXISTS mine" in result.stdout
    assert "CREATE TABLE IF NOT EXISTS conversation_history" in result.stdout


def test_two_that_migrate_at_once_take_turns(
    tmp_path: Path, addresses: Addresses, empty: ScyllaAddress, cql_server: CqlServer
) -> None:
    variables = {"POSTGRES_DSN": addresses.postgres_owner_dsn, **environment(empty)}
    several = [start(tmp_path, ["migrate"], variables) for _ in range(3)]
    for one in several:
        output, errors = one.communicate(timeout=300)
        assert (one.returncode, output, errors) == (0, "The database is up to date.\n", "")
    assert versions(cql_server.session, empty.keyspace) == frozenset(range(1, NEEDED + 1))


def test_a_cluster_that_is_away_is_one_sentence(tmp_path: Path, addresses: Addresses) -> None:
    result = trialogue(
        tmp_path,
        "migrate",
        POSTGRES_DSN=addresses.postgres_owner_dsn,
        SCYLLA_HOST="127.0.0.1",
        SCYLLA_PORT=str(free_port()),
        DATABASE_WAIT="0.1",
    )
    assert result.returncode == 1
    sentence = result.stderr.splitlines()[-1]
    assert "ScyllaDB at 127.0.0.1:" in sentence
    assert "SCYLLA_HOST is its address" in sentence


def test_a_bot_does_not_start_on_a_keyspace_without_its_schema(
    tmp_path: Path, addresses: Addresses, empty: ScyllaAddress
) -> None:
    result = trialogue(
        tmp_path,
        "serve",
        POSTGRES_DSN=addresses.postgres_dsn,
        REDIS_URL=addresses.redis_url,
        HTTP_PORT=str(free_port()),
        **environment(empty),
    )
    assert result.returncode == 1
    assert f"ScyllaDB's keyspace {empty.keyspace} is at schema 0" in result.stderr
    assert result.stderr.endswith("run `trialogue migrate`.\n")


async def put(addresses: Addresses, turns: list[Turn]) -> None:
    async with (
        open_pool(addresses.postgres_dsn) as pool,
        PostgresThreads.open(database=Database(pool=pool)) as threads,
    ):
        await threads.append(turns)


async def test_turns_move_twice_without_a_change(
    tmp_path: Path, addresses: Addresses, scylla: ScyllaAddress
) -> None:
    conversations = [conversation(15, start=YESTERDAY) for _ in range(20)]
    await put(addresses, [turn for _, turns in conversations for turn in turns])
    variables = {"POSTGRES_DSN": addresses.postgres_owner_dsn, **environment(scylla)}
    for _ in range(2):
        result = await asyncio.to_thread(
            trialogue, tmp_path, "migrate", "threads", "--to", "scylla", **variables
        )
        assert (result.stdout, result.stderr) == ("600 turns are in scylla.\n", "")
    async with connected(scylla) as connection:
        threads = scylla_threads(connection)
        for conversation_id, turns in conversations:
            assert await threads.history(conversation_id, limit=1000) == turns


async def test_a_move_goes_on_from_where_it_was_cut_off(
    addresses: Addresses, scylla: ScyllaAddress
) -> None:
    conversation_id, turns = conversation(500, start=YESTERDAY)
    await put(addresses, turns)
    seen: list[int] = []

    def cut_off(arrived: int, total: int) -> None:
        assert total == 1000
        seen.append(arrived)
        if arrived == 400:
            raise UnavailableError("away")

    async with (
        open_pool(addresses.postgres_dsn) as pool,
        connected(scylla) as connection,
    ):
        threads, database = scylla_threads(connection), Database(pool=pool)
        moves = Moves(cql=connection.cql)
        with pytest.raises(UnavailableError):
            await move(database, threads, moves, cut_off)
        assert await threads.history(conversation_id, limit=2000) == turns[:400]
        assert await move(database, threads, moves, lambda arrived, _: seen.append(arrived)) == 1000
        assert seen == [0, 200, 400, 400, 600, 800, 1000]
        assert await threads.history(conversation_id, limit=2000) == turns
        assert await moves.noted() is None


async def test_up_makes_the_keyspace_and_says_how_it_is(
    tmp_path: Path, addresses: Addresses, empty: ScyllaAddress
) -> None:
    port = free_port()
    variables = {
        "POSTGRES_DSN": addresses.postgres_dsn,
        "POSTGRES_OWNER_DSN": addresses.postgres_owner_dsn,
        "REDIS_URL": addresses.redis_url,
        "HTTP_PORT": str(port),
        **environment(empty),
    }
    process = start(tmp_path, ["up"], variables)
    try:
        async with asyncio.timeout(90), aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.get(f"http://127.0.0.1:{port}/ready") as answer:
                        parts = (await answer.json())["parts"]
                        if parts.get("scylla") == "up":
                            break
                except aiohttp.ClientError:
                    assert process.poll() is None
                await asyncio.sleep(0.1)
    finally:
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    actions = [json.loads(line)["action"] for line in output.splitlines()]
    assert "scylla_connected" in actions
