"""A PostgreSQL of a test's own, to be killed, frozen and cut off under a running bot."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from subprocess import Popen

import psutil
from asyncpg import connect

from tests.databases import SharedDatabases, data_directory, owner_process, shared_databases

CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPostgres:
    """Servers like the session's, and the process that keeps them running."""

    shared: SharedDatabases
    owner: "Popen[str]"

    def kill(self) -> None:
        """Kill the server with -9. It does not come back before `come_back`."""
        self.owner.send_signal(signal.SIGSTOP)
        self._server().kill()

    def come_back(self) -> None:
        """Let the server be started again."""
        self.owner.send_signal(signal.SIGCONT)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """A server that takes connections and answers nothing."""
        server = self._server()
        stopped = [server, *server.children(recursive=True)]
        for process in stopped:
            os.kill(process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in stopped:
                os.kill(process.pid, signal.SIGCONT)

    async def cut_off(self) -> None:
        """End every session."""
        connection = await connect(self.shared.addresses.postgres_owner_dsn)
        try:
            await connection.execute(CUT)
        finally:
            await connection.close()

    def _server(self) -> psutil.Process:
        pid = (self.shared.data_dir / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]
        return psutil.Process(int(pid))


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """Databases that other tests do not use, with a migrated template to copy."""
    with data_directory() as data_dir, owner_process(data_dir) as owner:
        shared = shared_databases(data_dir)
        try:
            yield OwnPostgres(shared=shared, owner=owner)
        finally:
            owner.send_signal(signal.SIGCONT)
