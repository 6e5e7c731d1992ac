"""The files of a folder, as an import reads them."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from adapters.documents.formats import format_of
from core.knowledge.importing.found import Skipped

OTHER_KIND = "it is of a kind that is not read."
LINK = "it is a link, which is not followed."
SPECIAL = "it is no file."


@dataclass(frozen=True, slots=True, kw_only=True)
class InFolder:
    """A file that can be read, by the name that its knowledge is known by."""

    name: str
    path: Path


def folder_name(folder: Path) -> str:
    """What a folder is called, however the way to it is written."""
    return Path(os.path.abspath(folder)).name  # noqa: PTH100 - a link keeps its own name


def look_through(folder: Path) -> tuple[list[InFolder], list[Skipped]]:
    """The files below a folder by their names, and what is left out; what is hidden is not told.

    A name is the folder's with the way below it, such as `handbook/travel/rates.md`: the same
    wherever the folder is, and wherever the import is started.
    """
    found: list[InFolder] = []
    skipped: list[Skipped] = []

    def unreadable(error: OSError) -> None:
        name = _named(folder, Path(error.filename))
        reason = f"it cannot be read: {error.strerror}."
        skipped.append(Skipped(name=name, reason=reason))

    for path in _paths(folder, unreadable):
        name = _named(folder, path)
        if problem := _problem(path):
            skipped.append(Skipped(name=name, reason=problem, asked_for=False))
        else:
            found.append(InFolder(name=name, path=path))
    return (
        sorted(found, key=lambda one: one.name),
        sorted(skipped, key=lambda one: one.name),
    )


def _paths(folder: Path, unreadable: Callable[[OSError], None]) -> Iterator[Path]:
    """All that is not hidden: files, and links to whatever it is."""
    for directory, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in (*folders, *files):
            path = Path(directory) / name
            if not name.startswith(".") and (name in files or path.is_symlink()):
                yield path


def _problem(path: Path) -> str:
    if path.is_symlink():
        return LINK
    if not path.is_file():
        return SPECIAL
    return "" if format_of(path.name, "") else OTHER_KIND


def _named(folder: Path, path: Path) -> str:
    return (Path(folder_name(folder)) / path.relative_to(folder)).as_posix()
