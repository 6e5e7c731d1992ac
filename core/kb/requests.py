"""What follows `/kb`, and the right form for what does not fit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from core.errors import UserError

FORMS = {
    "add": "/kb add QUESTION | ANSWER",
    "edit": "/kb edit ID ANSWER",
    "remove": "/kb remove ID",
    "undo": "/kb undo",
    "redo": "/kb redo",
    "gaps": "/kb gaps",
    "dismiss": "/kb gaps dismiss QUESTION",
    "review": "/kb review",
    "search": "/kb search QUESTION",
}
ABOUT = {
    "add": "lets me know an answer, and tells those who have asked for it",
    "edit": "changes an answer",
    "remove": "removes one",
    "undo": "takes the last change back",
    "redo": "makes again what was taken back last",
    "gaps": "lists what people asked and I did not know",
    "dismiss": "takes a question off that list until it is asked again",
    "review": "shows what waits for your decision",
    "search": "shows what I would answer, and how sure I am",
}
SURE = ("yes", "import")
"""Behind `/kb undo` and `/kb redo`, to reverse what is much or somebody else's."""
ONE_BY_ONE = "One change at a time, the last one first."
ID = re.compile(r"(?P<id>[0-9a-fA-F-]{4,36})(?:\s+(?P<rest>.+))?", re.DOTALL)
WORD = re.compile(r"(?P<word>\S*)\s*(?P<rest>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """Know the answer to a question."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Give an entry another answer; `entry` is its id or a part of it."""

    entry: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Remove an entry."""

    entry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """Take the last change back; `sure`: also one that is much, or somebody else's."""

    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Redo:
    """Make the change again that was taken back last; `sure` as for an undo."""

    sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListGaps:
    """List questions without an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismiss:
    """Take a question without an answer off the list."""

    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Show what waits for a decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Show what would be answered."""

    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explain:
    """Show what can follow `/kb`."""


Changing: TypeAlias = Add | Edit | Remove | Undo | Redo | Dismiss
Request: TypeAlias = Changing | ListGaps | Review | Search | Explain

ALONE: Final[Mapping[str, Request]] = {
    "review": Review(),
    "help": Explain(),
    "": Explain(),
}
"""What nothing follows."""


def read(text: str) -> Request:
    """Read what follows `/kb`. `UserError` says the right form of what it seems to be."""
    found = WORD.fullmatch(text.strip())
    word, rest = (found["word"].lower(), found["rest"].strip()) if found else ("", "")
    match word:
        case "add":
            return _add(rest)
        case "edit":
            return _edit(rest)
        case "remove":
            return Remove(entry=_id(rest, "remove")["id"])
        case "undo":
            return Undo(sure=_is_sure(rest, "undo"))
        case "redo":
            return Redo(sure=_is_sure(rest, "redo"))
        case "gaps":
            return _gaps(rest)
        case "search":
            return Search(question=_said(rest, "search"))
        case _ if word in ALONE:
            return ALONE[word]
        case _:
            raise UserError(f"I do not know `/kb {_shown(word)}`.\n\n{forms()}")


def forms() -> str:
    """All that can follow `/kb`, a line each."""
    return "\n".join(f"- `{form}` {ABOUT[name]}" for name, form in FORMS.items())


def _add(rest: str) -> Add:
    question, bar, answer = (part.strip() for part in rest.partition("|"))
    if not (question and bar and answer):
        raise _misused("add", "A question, then a bar, then its answer.")
    return Add(question=question, answer=answer)


def _edit(rest: str) -> Edit:
    found = _id(rest, "edit")
    return Edit(entry=found["id"], answer=_said(found["rest"], "edit"))


def _gaps(rest: str) -> ListGaps | Dismiss:
    found = WORD.fullmatch(rest)
    if found is None or found["word"].lower() != "dismiss":
        return ListGaps()
    return Dismiss(question=_said(found["rest"], "dismiss"))


def _is_sure(rest: str, name: str) -> bool:
    """Whether it is said to be meant; anything else could be taken for a choice of the change."""
    if rest and rest.lower() not in SURE:
        raise _misused(name, ONE_BY_ONE)
    return bool(rest)


def _id(rest: str, name: str) -> re.Match[str]:
    found = ID.fullmatch(rest)
    if found is None:
        raise _misused(name, "`/kb search QUESTION` shows the ID of an answer.")
    return found


def _said(rest: str | None, name: str) -> str:
    if not rest:
        raise _misused(name)
    return rest


def _misused(name: str, more: str = "") -> UserError:
    return UserError(f"Write it like this: `{FORMS[name]}`. {more}".rstrip())


def _shown(word: str) -> str:
    return word.replace("`", "")[:20]
