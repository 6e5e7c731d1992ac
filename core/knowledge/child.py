"""Fit in a process of its own, so that answers do not wait for it.

`python -m core.knowledge.child`: a snapshot comes in as a line of JSON, the vectors of its texts
after it, and a model goes out as bytes.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import numpy as np
import orjson

from core.entries import Entry
from core.errors import UnavailableError
from core.knowledge.meanings import Encoded
from core.ports.knowledge import Snapshot
from core.processes import bare_environment

WITHIN = 600.0  # seconds
KEPT_AS = "<f2"  # vectors on their way
NICE = 10  # the bot itself comes first


async def fit_in_child(snapshot: Snapshot, encoded: Encoded | None = None) -> bytes:
    """The model of a snapshot, as bytes. `UnavailableError` when the process fails."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "core.knowledge.child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=bare_environment(),
    )
    try:
        async with asyncio.timeout(WITHIN):
            model, said = await child.communicate(_written(snapshot, encoded))
    except TimeoutError as error:
        raise UnavailableError("fitting took too long") from error
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode or not model:
        last = said.decode(errors="replace").strip().rpartition("\n")[2]
        raise UnavailableError(f"fitting ended with code {child.returncode}: {last}")
    return model


def _written(snapshot: Snapshot, encoded: Encoded | None) -> bytes:
    # A driver may have a UUID of its own, which orjson does not know.
    told: dict[str, Any] = {"revision": snapshot.revision, "entries": [*snapshot.entries]}
    if encoded is None:
        return orjson.dumps(told, default=str) + b"\n"
    told |= {"encoder": encoded.encoder, "shape": encoded.rows.shape}
    return orjson.dumps(told, default=str) + b"\n" + encoded.rows.astype(KEPT_AS).tobytes()


def _read(written: bytes) -> tuple[Snapshot, Encoded | None]:
    line, _, vectors = written.partition(b"\n")
    found = orjson.loads(line)
    snapshot = Snapshot(revision=found["revision"], entries=[*map(_entry, found["entries"])])
    if "encoder" not in found:
        return snapshot, None
    rows = np.frombuffer(vectors, KEPT_AS).astype(np.float32).reshape(found["shape"])
    return snapshot, Encoded(encoder=found["encoder"], rows=rows)


def _entry(found: Mapping[str, Any]) -> Entry:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in found.items()
    }
    return Entry(**{**values, "id": UUID(found["id"])})


def main() -> None:
    """Read, fit, write."""
    from core.knowledge.model import fit, to_bytes  # noqa: PLC0415 - the parent does not need it

    if hasattr(os, "nice"):
        os.nice(NICE)
    sys.stdout.buffer.write(to_bytes(fit(*_read(sys.stdin.buffer.read()))))


if __name__ == "__main__":
    main()
