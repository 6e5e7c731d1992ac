"""Ports that nobody else is given: for servers that take a while to start, and start again."""

import atexit
import fcntl
import os
import socket
import tempfile
from pathlib import Path

FIRST, END = 10_000, 30_000
"""Below those that the kernel gives to whoever asks for any."""

SHARED = "TRIALOGUE_TEST_PORTS"
"""The variable that names the file in which a run and its workers note what was given last."""


def share() -> None:
    """Begin that file, unless the process that started this one did; it goes with the run."""
    if SHARED in os.environ:
        return
    descriptor, path = tempfile.mkstemp(prefix="trialogue-test-ports-")
    os.close(descriptor)
    os.environ[SHARED] = path
    atexit.register(Path(path).unlink, missing_ok=True)


def free_port() -> int:
    """A port that nobody listens on now, and no other test of this run is given soon."""
    return free_ports(1)


def free_ports(count: int) -> int:
    """The first of so many such ports in a row."""
    share()
    with Path(os.environ[SHARED]).open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        known = file.read()
        first = int(known) if known else FIRST + os.getpid() % (END - FIRST)
        first = first if first + count <= END else FIRST
        while not all(_is_free(port) for port in range(first, first + count)):
            first = first + 1 if first + count < END else FIRST
        file.truncate(0)
        file.write(str(first + count))
    return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
