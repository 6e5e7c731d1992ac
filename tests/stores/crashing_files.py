"""Put or delete a file, dying as by kill -9 at a named point.

`python -m tests.stores.crashing_files POINT DSN URL ORGANIZATION USER FILE`
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NoReturn
from uuid import UUID

from adapters.stores.files.address import open_contents
from adapters.stores.files.bucket import BucketContents
from adapters.stores.files.directory import DirectoryContents
from adapters.stores.postgres.connection import APPLICATION_ROLE, Database, open_pool
from adapters.stores.postgres.files import PostgresFileRecords
from bots.clock import new_id
from core.files import KeepFiles
from core.ports.files import NewFile
from core.ports.ledger import Organization
from tests.stores.s3 import KEYS

STORES: tuple[type, ...] = (DirectoryContents, BucketContents)
POINTS: dict[str, tuple[tuple[type, ...], str]] = {
    # name: whose, and after which method of it
    "begun": ((PostgresFileRecords,), "begin"),
    "written": (STORES, "write"),
    "kept": ((PostgresFileRecords,), "complete"),
    "removed": ((PostgresFileRecords,), "remove"),
    "deleted": (STORES, "delete"),
    "due": ((PostgresFileRecords,), "due"),
}
WRITING = "writing"
SIZE = 10_000_000

Method = Callable[..., Awaitable[Any]]


def die() -> NoReturn:
    """Go without a word."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def dying_after(method: Method) -> Method:
    async def dying(*arguments: Any, **named: Any) -> Any:
        await method(*arguments, **named)
        die()

    return dying


async def content(point: str) -> AsyncIterator[bytes]:
    """As much as takes several parts, in a bucket too."""
    for megabyte in range(10):
        yield bytes(SIZE // 10)
        if point == WRITING and megabyte == 9:
            die()


async def main(point: str, dsn: str, url: str, *ids: str) -> None:
    organization_id, user_id, file_id = map(UUID, ids)
    if point != WRITING:
        classes, name = POINTS[point]
        for one in classes:
            setattr(one, name, dying_after(getattr(one, name)))
    async with (
        open_pool(dsn, role=APPLICATION_ROLE) as pool,
        open_contents(url, KEYS) as contents,
    ):
        records = PostgresFileRecords(database=Database(pool=pool))
        files = KeepFiles(records=records, contents=contents, new_id=new_id)
        if point in {"removed", "deleted"}:
            await files.delete(organization_id, file_id)
        elif point == "due":
            await files.sweep()
        else:
            holder = Organization(organization_id=organization_id, user_id=user_id)
            new = NewFile(id=file_id, holder=holder, name="a.bin", limit=SIZE, lifetime=None)
            await files.put(new, content(point))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
