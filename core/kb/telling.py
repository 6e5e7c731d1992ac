"""What a change was, in words: its questions, its size, its time and who made it."""

from collections.abc import Sequence
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


def counted(revision: Revision) -> str:
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
    """For a chat: 1 added by Ada on 20 November, 13:02 UTC: “Where is the stapler?”."""
    who = "you" if revision.by == reader else escaped(maker(revision))
    what = f"{counted(revision) or 'nothing'} by {who} on {revision.at:%-d %B, %H:%M} UTC"
    return f"{what}: {quoted([line(one) for one in questions])}." if questions else f"{what}."
