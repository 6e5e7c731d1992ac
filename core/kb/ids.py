"""Ids of entries that can be typed."""

from collections.abc import Sequence
from uuid import UUID

from core.entries import Entry
from core.errors import UserError

SHORT = 8
"""The last ones: the first say when an entry was made, and an import makes many at once."""


def short(entry_id: UUID) -> str:
    """The end of an id."""
    return entry_id.hex[-SHORT:]


def find(entries: Sequence[Entry], text: str) -> Entry:
    """The entry whose id begins or ends so. `UserError` when it is none, or several."""
    wanted = text.replace("-", "").lower()
    found = [one for one in entries if one.id.hex.endswith(wanted) or one.id.hex.startswith(wanted)]
    if not found:
        raise UserError(f"No entry has the ID {text}. `/kb search QUESTION` shows them.")
    if len(found) > 1:
        raise UserError(f"{len(found)} entries fit the ID {text}: write more of it.")
    return found[0]
