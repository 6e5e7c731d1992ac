"""The port of reading files that people hand over, whoever made them."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from core.entries import NewEntry
from core.ports.proposals import NewProposal


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenFile:
    """A file as it came. `name` is a file's name or a page's address.

    `content_type` is what a web server says of it, with its charset; empty where the ending of the
    name tells.
    """

    name: str
    content: bytes
    content_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a file holds, and what its owner should know about it.

    `proposals` are not certain enough to be published by themselves. `links` are the addresses
    that a page leads to, in its order.
    """

    entries: tuple[NewEntry, ...] = ()
    notes: tuple[str, ...] = ()
    proposals: tuple[NewProposal, ...] = ()
    links: tuple[str, ...] = ()


class ReadsFiles(Protocol):
    """Reads one file after the other. None of them can harm the others, or the bot."""

    async def read(self, file: GivenFile) -> Reading:
        """All that is in a file. `UserError` says why it cannot be read, beginning with its name.

        It ends within a stated time, whatever the file is.
        """


OpenReader = Callable[[], AbstractAsyncContextManager[ReadsFiles]]
"""A reader for some files; what it needs is given back behind them."""
