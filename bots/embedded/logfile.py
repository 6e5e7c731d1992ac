"""What a server prints, in one file that stays small."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

LARGEST_BYTES = 5_000_000
TAIL_BYTES = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFile:
    """A file that a server appends to. One older file is kept beside it."""

    path: Path

    def open(self) -> int:
        """A descriptor to append with; a server holds it while it runs."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        return os.open(self.path, flags, 0o600)

    def trim(self) -> None:
        """Start the file again once it is too large; the server goes on appending to it."""
        if self.path.exists() and self.path.stat().st_size > LARGEST_BYTES:
            shutil.copy2(self.path, self.path.with_suffix(".old.log"))
            os.truncate(self.path, 0)

    def last_line(self) -> str:
        """What the server said last."""
        with self.path.open("rb") as file:
            file.seek(max(0, self.path.stat().st_size - TAIL_BYTES))
            lines = file.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
