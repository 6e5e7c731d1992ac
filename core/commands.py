"""What a message asks for."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core.accounts import Resource
from core.messages import Button, IncomingMessage, Kind

COMMAND = re.compile(r"/(?P<name>[a-z]+)\b\s*(?P<rest>.*)", re.DOTALL | re.IGNORECASE)
HELP = re.compile(r"(help|start)[!.?]*", re.IGNORECASE)
MORE = re.compile(r"more:(?P<resource>messages|tasks|storage|knowledge_entries|completions)")
RATING = re.compile(r"rate:(?P<vote>up|down):(?P<message>[0-9a-f]{32})")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSpec:
    """A slash command as the platforms announce it.

    `argument` names what follows it, empty where nothing does. `private`: the reply is only for the
    person who asked; platforms that must decide this before the reply is known decide by it.
    """

    name: str
    description: str
    argument: str = ""
    private: bool = False


COMMANDS: Final = (
    CommandSpec(name="ask", description="Ask what your team has written down", argument="question"),
    CommandSpec(name="help", description="Show what I can do", private=True),
    CommandSpec(name="usage", description="Show what you have used this month", private=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Answer a question from the organization's knowledge."""

    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """Say what the bot can do; to a command's author alone, in words for everybody."""

    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Say what the person has used of their plan; `team`: what their whole organization has."""

    team: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AskForMore:
    """Ask the admins of the organization for more of a resource."""

    resource: Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Note whether an answer helped; the last vote of a person counts."""

    message_id: UUID
    helpful: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """A button that means nothing any more."""


Command = Ask | Help | Usage | AskForMore | Rate | Stale


def understand(message: IncomingMessage) -> Command:
    """Read the command in a message. A message with nothing in it asks for help."""
    text = message.text.strip()
    if message.kind is Kind.CLICK:
        return _understand_click(text)
    if not text or HELP.fullmatch(text):
        return Help()
    command = COMMAND.fullmatch(text)
    if command is None:
        return Ask(question=text)
    name, rest = command["name"].lower(), command["rest"].strip()
    return _understand_command(name, rest, text, private=message.kind is Kind.COMMAND)


def rating_buttons(message_id: UUID) -> tuple[Button, ...]:
    """Return the buttons below an answer; `message_id` is our id of the question."""
    return (
        Button(label="👍", value=f"rate:up:{message_id.hex}"),
        Button(label="👎", value=f"rate:down:{message_id.hex}"),
    )


def more_button(resource: Resource) -> Button:
    """Return the button that asks the admins for more of a resource."""
    return Button(label="Ask for more", value=f"more:{resource.value}")


def _understand_click(value: str) -> Command:
    if more := MORE.fullmatch(value):
        return AskForMore(resource=Resource(more["resource"]))
    rating = RATING.fullmatch(value)
    if rating is None:
        return Stale()
    return Rate(message_id=UUID(rating["message"]), helpful=rating["vote"] == "up")


def _understand_command(name: str, rest: str, text: str, *, private: bool) -> Command:
    match name:
        case "ask":
            return Ask(question=rest) if rest else Help(private=private)
        case "usage":
            return Usage(team=rest.lower() == "team")
        case "help" | "start":
            return Help(private=private)
        case _:
            return Ask(question=text)
