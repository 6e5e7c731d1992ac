"""What an import found, before any of it is written."""

from collections.abc import Callable
from dataclasses import dataclass

from core.ports.documents import Reading

Progress = Callable[[str, int, int], None]
"""Told the name of what is read next, how many were read, and how many there are so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A file or a page that could be read."""

    name: str
    reading: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """One that could not be, and the sentence why.

    `asked_for`: it was named, and not only found behind a link. `gone`: there is nothing any more.
    """

    name: str
    reason: str
    asked_for: bool = True
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Everything that was read, and what was not."""

    read: tuple[Read, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()

    def __add__(self, other: "Found") -> "Found":
        """Return both together."""
        return Found(
            read=self.read + other.read,
            skipped=self.skipped + other.skipped,
            notes=self.notes + other.notes,
        )


def no_progress(_: str, __: int, ___: int) -> None:
    """Nobody is looking."""
