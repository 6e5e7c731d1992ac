"""The buttons below what the bot says, and what a click on each of them asks for."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from core.accounts import Resource
from core.messages import Button

LONGEST_LABEL: Final = 60  # characters: what is longer is hard to read on every platform
NONE_OF_THESE: Final = "None of these"

ID = "[A-Za-z0-9_-]{22}"
MORE = re.compile(r"more:(?P<resource>messages|tasks|storage|knowledge_entries|completions)")
RATING_BEFORE = re.compile(r"rate:(?P<vote>up|down):(?P<message>[0-9a-f]{32})")
RATING = re.compile(rf"rate:(?P<vote>up|down):(?P<message>{ID}):(?P<entry>{ID})")
PICK = re.compile(rf"pick:(?P<entry>{ID}):(?P<message>{ID})")
NONE = re.compile(rf"none:(?P<message>{ID})")
WHY = re.compile(rf"why:(?P<message>{ID}):(?P<entry>{ID})")
FIX = re.compile(rf"fix:(?P<entry>{ID})")
PERSON = re.compile(r"person:(?P<gap>[A-Za-z0-9_-]{43})")
REVERSE = re.compile(r"(?P<what>undo|redo):(?P<revision>[1-9][0-9]{0,17})")
DECIDE = re.compile(rf"decide:(?P<verdict>yes|no):(?P<proposal>{ID})")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskForMore:
    """Ask the admins of the organization for more of a resource."""

    resource: Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Note whether an answer helped; the last vote of a person counts.

    `message_id` is our id of the question; `entry_id` what it was answered from, where it is known.
    """

    message_id: UUID
    helpful: bool
    entry_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """Answer with the entry that somebody chose of those offered to a question."""

    message_id: UUID
    entry_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NoneOfThese:
    """Nothing of what was offered to a question was meant."""

    message_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Show how an answer came about."""

    message_id: UUID
    entry_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """Show how the answer of an entry is changed, to those who may."""

    entry_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPerson:
    """Pass a question without an answer on to the admins; `gap` is what it is known by."""

    gap: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """Accept or decline what was proposed."""

    proposal_id: UUID
    accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack:
    """Take this revision of the knowledge back, if it is still the last one."""

    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeAgain:
    """Take this undo back, if it is still the last one."""

    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """A button that means nothing any more."""


Click: TypeAlias = (
    AskForMore
    | Rate
    | Pick
    | NoneOfThese
    | Why
    | Fix
    | AskPerson
    | Decide
    | TakeBack
    | MakeAgain
    | Stale
)


def understand_click(value: str) -> Click:
    """Read the value of a button."""
    if more := MORE.fullmatch(value):
        return AskForMore(resource=Resource(more["resource"]))
    if rating := RATING_BEFORE.fullmatch(value):
        return Rate(message_id=UUID(rating["message"]), helpful=rating["vote"] == "up")
    if rating := RATING.fullmatch(value):
        message_id, entry_id = _id(rating["message"]), _id(rating["entry"])
        return Rate(message_id=message_id, helpful=rating["vote"] == "up", entry_id=entry_id)
    if pick := PICK.fullmatch(value):
        return Pick(message_id=_id(pick["message"]), entry_id=_id(pick["entry"]))
    if none := NONE.fullmatch(value):
        return NoneOfThese(message_id=_id(none["message"]))
    if why := WHY.fullmatch(value):
        return Why(message_id=_id(why["message"]), entry_id=_id(why["entry"]))
    if fix := FIX.fullmatch(value):
        return Fix(entry_id=_id(fix["entry"]))
    return _understand_gap_click(value)


def _understand_gap_click(value: str) -> AskPerson | Decide | TakeBack | MakeAgain | Stale:
    if person := PERSON.fullmatch(value):
        return AskPerson(gap=urlsafe_b64decode(f"{person['gap']}="))
    if decide := DECIDE.fullmatch(value):
        accepted = decide["verdict"] == "yes"
        return Decide(proposal_id=_id(decide["proposal"]), accepted=accepted)
    if reverse := REVERSE.fullmatch(value):
        revision = int(reverse["revision"])
        if reverse["what"] == "undo":
            return TakeBack(revision=revision)
        return MakeAgain(revision=revision)
    return Stale()


def answer_buttons(message_id: UUID, entry_id: UUID) -> tuple[Button, ...]:
    """Return the buttons below an answer; `message_id` is our id of the question."""
    ids = f"{_text(message_id)}:{_text(entry_id)}"
    return (
        Button(label="👍", value=f"rate:up:{ids}"),
        Button(label="👎", value=f"rate:down:{ids}"),
        Button(label="Why?", value=f"why:{ids}"),
    )


def offer_buttons(message_id: UUID, questions: Mapping[UUID, str]) -> tuple[Button, ...]:
    """Return a button for each entry's question that may have been meant, and one for none."""
    asked = _text(message_id)
    return (
        *(
            Button(label=_label(question), value=f"pick:{_text(entry_id)}:{asked}")
            for entry_id, question in questions.items()
        ),
        Button(label=NONE_OF_THESE, value=f"none:{asked}"),
    )


def more_button(resource: Resource) -> Button:
    """Return the button that asks the admins for more of a resource."""
    return Button(label="Ask for more", value=f"more:{resource.value}")


def fix_button(entry_id: UUID) -> Button:
    """Return the button that shows how an answer is changed."""
    return Button(label="Fix this answer", value=f"fix:{_text(entry_id)}")


def person_button(gap: bytes) -> Button:
    """Return the button that asks the admins for the answer to a gap."""
    return Button(label="Ask a person", value=f"person:{_base64(gap)}")


def decide_buttons(proposal_id: UUID) -> tuple[Button, ...]:
    """Return the buttons below a proposal."""
    proposal = _text(proposal_id)
    return (
        Button(label="Accept", value=f"decide:yes:{proposal}"),
        Button(label="Decline", value=f"decide:no:{proposal}"),
    )


def take_back_button(revision: int) -> Button:
    """Return the button that takes a revision of the knowledge back."""
    return Button(label="Take it back", value=f"undo:{revision}")


def make_again_button(revision: int) -> Button:
    """Return the button that takes an undo of the knowledge back."""
    return Button(label="Make it again", value=f"redo:{revision}")


def _label(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= LONGEST_LABEL else f"{line[: LONGEST_LABEL - 1].rstrip()}…"


def _text(identifier: UUID) -> str:
    """22 characters instead of 32: Telegram gives a button 64."""
    return _base64(identifier.bytes)


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _id(text: str) -> UUID:
    return UUID(bytes=urlsafe_b64decode(f"{text}=="))
