"""Ports that nobody else is given: for servers that take a while to start, and start again."""

import fcntl
import os
import socket
import tempfile
from pathlib import Path

FIRST, END = 10_000, 30_000
"""Below those that the kernel gives to whoever asks for any."""

LAST_GIVEN = Path(tempfile.gettempdir()) / f"trialogue-test-ports-{os.getuid()}"


def free_port() -> int:
    """A port that nobody listens on now, and no other test on this machine is given soon."""
    return free_ports(1)


def free_ports(count: int) -> int:
    """The first of so many such ports in a row."""
    with LAST_GIVEN.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        known = file.read()
        first = int(known) if known.isdecimal() and int(known) + count <= END else FIRST
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
