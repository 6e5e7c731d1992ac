"""What the servers of one data directory have in common."""

from dataclasses import dataclass
from pathlib import Path

from bots.embedded.directory import Directory
from bots.embedded.passwords import Passwords


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The directory, its passwords, where the sockets go, and the descriptor that all inherit.

    `lock` stays locked until the last server has ended: so the next owner knows.
    """

    directory: Directory
    passwords: Passwords
    sockets: Path
    lock: int
