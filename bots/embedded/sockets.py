"""The directory of the servers' Unix sockets: private, and with a path short enough."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bots.embedded.directory import Directory

POSTGRES_PORT = 5432  # part of the socket's name; nothing listens on a network port
POSTGRES_SOCKET = f".s.PGSQL.{POSTGRES_PORT}"
VALKEY_SOCKET = "valkey.sock"
LONGEST_PATH = 100  # bytes; Linux takes 107, macOS 103
PLAIN = re.compile(r"[A-Za-z0-9/._-]+")  # needs quotes neither in a setting nor in an address
LOCK_ENDING = ".lock"
SHORT_PARENT = Path("/tmp")  # noqa: S108 - a fresh directory is made in it, closed to others


@contextmanager
def socket_directory(directory: Directory) -> Iterator[Path]:
    """Where sockets go: in the data directory, or in a short one of its own while we run."""
    own = directory.path / "run"
    longest = str(own / f"{POSTGRES_SOCKET}{LOCK_ENDING}")
    if len(longest.encode()) <= LONGEST_PATH and PLAIN.fullmatch(longest):
        yield _emptied(directory.make_private(own))
        return
    note = directory.path / "sockets"
    if note.exists():
        _remove(Path(note.read_text(encoding="utf-8")))
    short = Path(tempfile.mkdtemp(prefix="trialogue-", dir=SHORT_PARENT))
    directory.write(note, str(short))
    try:
        yield directory.make_private(short)
    finally:
        _remove(short)
        note.unlink(missing_ok=True)


def _emptied(sockets: Path) -> Path:
    """Without what a killed run left: PostgreSQL trusts a lock whose number another process has."""
    for name in (POSTGRES_SOCKET, POSTGRES_SOCKET + LOCK_ENDING, VALKEY_SOCKET):
        (sockets / name).unlink(missing_ok=True)
    return sockets


def _remove(short: Path) -> None:
    """Take away a directory that we made, and nothing that we did not."""
    if short.parent == SHORT_PARENT and short.name.startswith("trialogue-") and short.is_dir():
        _emptied(short).rmdir()
