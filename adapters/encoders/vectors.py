"""Vectors that were made already, in a file: no text is encoded twice, and no text is kept."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from threading import Lock

import numpy as np
import structlog
from numpy.typing import NDArray

MOST = 1_000_000
"""Vectors; the oldest ones go. Each takes 0.8 kB."""
KEPT_AS = "<f2"
AT_ONCE = 500  # digests in one query
TABLE = """
CREATE TABLE IF NOT EXISTS vectors (
    digest BLOB PRIMARY KEY, made INTEGER NOT NULL, vector BLOB NOT NULL
) WITHOUT ROWID
"""
IN_MEMORY = Path(":memory:")

log = structlog.get_logger(service="vectors")


@dataclass(slots=True)
class VectorFile:
    """Vectors of one model by the digest of their text. A file that cannot be used is done without.

    Several processes may use it at once.
    """

    connection: sqlite3.Connection
    lock: Lock = field(default_factory=Lock)

    @classmethod
    def open(cls, path: Path) -> "VectorFile":
        """Open a file, or make it; vectors stay in memory where neither can be done."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return cls(_connect(path))
        except sqlite3.DatabaseError as error:
            log.warning("vectors_unreadable", path=str(path), reason=str(error))
            with suppress(OSError):
                path.unlink()
            with suppress(sqlite3.Error):
                return cls(_connect(path))
        except OSError as error:
            log.warning("vectors_not_kept", path=str(path), reason=error.strerror)
        return cls(_connect(IN_MEMORY))

    def get(self, texts: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
        """The vectors that there are."""
        by_digest = {_digest(text): text for text in texts}
        digests = list(by_digest)
        found: dict[str, NDArray[np.float32]] = {}
        with self.lock, suppress(sqlite3.Error):
            for at in range(0, len(digests), AT_ONCE):
                some = digests[at : at + AT_ONCE]
                marks = ",".join("?" * len(some))
                query = f"SELECT digest, vector FROM vectors WHERE digest IN ({marks})"  # noqa: S608
                for digest, vector in self.connection.execute(query, some):
                    found[by_digest[digest]] = np.frombuffer(vector, KEPT_AS).astype(np.float32)
        return found

    def put(self, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        """Keep vectors; one that cannot be kept is made again after a restart."""
        rows = [
            (_digest(text), vector.astype(KEPT_AS).tobytes()) for text, vector in vectors.items()
        ]
        try:
            with self.lock, self.connection as connection:
                [(last, count)] = connection.execute(
                    "SELECT coalesce(max(made), 0), count(*) FROM vectors"
                )
                connection.executemany(
                    "INSERT OR IGNORE INTO vectors (digest, made, vector) VALUES (?, ?, ?)",
                    [(digest, last + 1, vector) for digest, vector in rows],
                )
                if count > MOST:
                    connection.execute(
                        "DELETE FROM vectors WHERE digest IN"
                        " (SELECT digest FROM vectors ORDER BY made LIMIT ?)",
                        (count - MOST,),
                    )
        except sqlite3.Error as error:
            log.warning("vectors_not_kept", reason=str(error))

    def close(self) -> None:
        """Close the file."""
        self.connection.close()


def as_kept(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """A vector as it will be read again: a restart changes nothing."""
    return vector.astype(KEPT_AS).astype(np.float32)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=5, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(TABLE)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
