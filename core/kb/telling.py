"""What a change was, in words: its questions, its size, its time and who made it."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from core.answers.compose import escaped
from core.ports.knowledge import Revision

SHOWN_QUESTION = 200  # characters
NAMED = 3  # questions of a change that are named


def line(text: str) -> str:
    """On one line, as it is written, and not too long."""
    shown = " ".join(text.split())
    if len(shown) > SHOWN_QUESTION:
        shown = f"{shown[: SHOWN_QUESTION - 1].rstrip()}…"
    return escaped(shown)


def quoted(questions: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    shown = ", ".join(f"“{question}”" for question in questions[:NAMED])
    more = len(questions) - NAMED
    return f"{shown} and {more:,} more" if more > 0 else shown


def changes_in(revision: Revision) -> str:
    """How many entries: 3 added, 1 removed."""
    parts = (
        (revision.added, "added"),
        (revision.changed, "changed"),
        (revision.removed, "removed"),
    )
    return ", ".join(f"{count:,} {word}" for count, word in parts if count)


def maker(revision: Revision) -> str:
    """Who made it, by name."""
    if revision.by is None:
        return "the command line"
    return revision.who or "somebody who has left"


def told(revision: Revision, questions: Sequence[str], *, reader: UUID) -> str:
    """For a chat: 1 entry added by Ada on 20 November, 13:02 UTC: “Where is the stapler?”."""
    return _told(f"{_entries(revision)} by", revision, questions, reader)


def told_of_undo(undo: Revision, questions: Sequence[str], *, reader: UUID) -> str:
    """What an undo took back: 1 entry added, taken back by Ada on 20 November, 13:02 UTC."""
    undid = replace(undo, added=undo.removed, removed=undo.added)
    return _told(f"{_entries(undid)}, taken back by", undo, questions, reader)


def _told(what: str, revision: Revision, questions: Sequence[str], reader: UUID) -> str:
    who = "you" if revision.by == reader else escaped(maker(revision))
    said = f"{what} {who} on {revision.at:%-d %B, %H:%M} UTC"
    return f"{said}: {quoted([line(one) for one in questions])}." if questions else f"{said}."


def _entries(revision: Revision) -> str:
    """1 entry added, or 3 entries added, 1 removed."""
    number, _, rest = changes_in(revision).partition(" ")
    return f"{number} {'entry' if number == '1' else 'entries'} {rest}" if rest else "nothing"
