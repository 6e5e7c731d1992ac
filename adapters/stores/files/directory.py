"""Contents in a directory, for one machine or a shared file system."""

import asyncio
import errno
import os
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from io import FileIO
from pathlib import Path
from typing import Self, TypeVar
from uuid import UUID

from adapters.stores.files.layout import gathered, place_of
from core.errors import ConfigurationError, UnavailableError
from core.ports.files import LostFileError, UnwritableError

PART = 256 * 1024  # bytes read, or gathered before they are written, at once
UNFINISHED = "unfinished"
"""The folder of what is being written, beside that of the contents: renaming needs one system."""

LOCKED_OUT = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR}
"""Of a directory that is not ours to write to, read-only, or a file."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryContents:
    """`FileContents` in a directory. Folders are ours alone (0700), and so are files (0600).

    A content is written beside its place, synced and renamed, so that a crash leaves all or nothing
    there. What it leaves beside it is deleted with it.
    """

    root: Path

    @classmethod
    def prepare(cls, root: Path) -> Self:
        """Make the directory and prove that it can be written to. `ConfigurationError` if not."""
        unfinished = root.absolute() / UNFINISHED
        try:
            _make(unfinished)
            with tempfile.TemporaryFile(dir=unfinished):
                return cls(root=root.absolute())
        except OSError as error:
            raise ConfigurationError(
                f"Files cannot be kept in {root}: {error.strerror}. Set FILES_URL to a directory"
                " of the bot's own (file:///path), or to a bucket (s3://name)."
            ) from error

    async def write(self, content: UUID, parts: AsyncIterable[bytes]) -> None:
        beside = self._unfinished / content.hex
        file = await _in_thread(partial(_create, beside))
        try:
            with file:
                async for part in gathered(parts, PART):
                    await _in_thread(partial(_write, file, part))
                await _in_thread(partial(_publish, file, beside, self._path(content)))
        except BaseException:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise

    async def read(self, content: UUID) -> AsyncIterator[bytes]:
        file = await _in_thread(partial(_open, self._path(content)))
        if file is None:
            raise LostFileError(f"the content {content} is not there")
        with file:
            while part := await _in_thread(partial(file.read, PART)):
                yield part

    async def delete(self, content: UUID) -> None:
        await _in_thread(partial(_delete, self._unfinished / content.hex, self._path(content)))

    @property
    def _unfinished(self) -> Path:
        return self.root / UNFINISHED

    def _path(self, content: UUID) -> Path:
        return self.root.joinpath("contents", *place_of(content))


async def _in_thread(work: Callable[[], Result]) -> Result:
    """Do what may wait for the disk. It is never left alone: who is cancelled waits for its end."""
    running = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        running.exception()
        raise
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, type(error).__name__)
        if error.errno in LOCKED_OUT:
            raise UnwritableError(f"{error.filename}: {name}") from error
        raise UnavailableError(f"the directory of files: {name}") from error


def _create(path: Path) -> FileIO:
    _make(path.parent)
    return FileIO(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _make(folder: Path) -> None:
    """Make a folder in ours, and ours too."""
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def _write(file: FileIO, part: bytes) -> None:
    """Write all of it: a full disk takes some, and refuses the rest."""
    rest = memoryview(part)
    while rest:
        rest = rest[file.write(rest) :]


def _publish(file: FileIO, beside: Path, path: Path) -> None:
    os.fsync(file.fileno())
    for folder in (path.parents[2], path.parents[1], path.parent):
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)
            _sync(folder.parent)
    beside.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Make the names in a folder last."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _open(path: Path) -> FileIO | None:
    try:
        return FileIO(path, "rb")
    except FileNotFoundError:
        return None


def _delete(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
