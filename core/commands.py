"""What a message asks for."""

import re
from dataclasses import dataclass
from typing import Final

from core.clicks import Click, understand_click
from core.messages import IncomingMessage, Kind

COMMAND = re.compile(r"/(?P<name>[a-z]+)\b\s*(?P<rest>.*)", re.DOTALL | re.IGNORECASE)
HELP = re.compile(r"(help|start)[!.?]*", re.IGNORECASE)
LEARN = re.compile(r"(?:please )?learn\b[\s,:]*(?P<rest>.*)", re.DOTALL | re.IGNORECASE)
WORDS = re.compile(r"[a-z]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSpec:
    """A slash command as the platforms announce it.

    `argument` names what follows it, empty where nothing does. With `choices` it is one of these,
    or left out. `private`: the reply is only for the
    person who asked; platforms that must decide this before the reply is known decide by it.
    `takes_file`: a file goes with it; where a command cannot carry one, it is not announced.
    """

    name: str
    description: str
    argument: str = ""
    choices: tuple[str, ...] = ()
    private: bool = False
    takes_file: bool = False


COMMANDS: Final = (
    CommandSpec(name="ask", description="Ask what your team has written down", argument="question"),
    CommandSpec(name="help", description="Show what I can do", private=True),
    CommandSpec(
        name="usage",
        description="Show what you have used this month; for admins, what the team has",
        argument="whose",
        choices=("team",),
        private=True,
    ),
    CommandSpec(name="learn", description="Learn what is in a file (admins)", takes_file=True),
    CommandSpec(
        name="comment",
        description="Say what was wrong with an answer that you voted on",
        argument="words",
        private=True,
    ),
    CommandSpec(
        name="kb",
        description=(
            "Change what I know: add, edit, remove, undo, redo, gaps, review, search (admins)"
        ),
        argument="request",
        private=True,
    ),
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
class Learn:
    """Learn what is in the files of the message.

    `replace`: and nothing else of their names; `here`: for the people of this channel alone.
    """

    replace: bool = False
    here: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """Say in words what was good or bad of the answer that the person voted on last."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kb:
    """Look at the knowledge or change it, as an admin; `core.kb` reads the request."""

    request: str


Command = Ask | Help | Usage | Learn | Comment | Kb | Click


def is_aside(command: Command) -> bool:
    """Whether what is said to it is for its author alone, as far as that is known before.

    Every click is: where a chosen answer is for everybody, what goes ahead of it is not.
    """
    match command:
        case Help():
            return command.private
        case Ask() | Learn():
            return False
        case _:
            return True


def may_pass(message: IncomingMessage) -> bool:
    """Whether it need not wait behind a question that waits for a store: all but questions."""
    return not isinstance(understand(message), Ask)


def understand(message: IncomingMessage) -> Command:
    """Read the command in a message. A message with nothing in it asks for help."""
    text = message.text.strip()
    if message.kind is Kind.CLICK:
        return understand_click(text)
    if not text or HELP.fullmatch(text):
        return Help()
    learn = LEARN.fullmatch(text)
    if learn and (message.attachments or not learn["rest"].strip(" .!")):
        return _understand_learn(learn["rest"])
    command = COMMAND.fullmatch(text)
    if command is None:
        return Ask(question=text)
    name, rest = command["name"].lower(), command["rest"].strip()
    return _understand_command(name, rest, text, private=message.kind is Kind.COMMAND)


def _understand_command(name: str, rest: str, text: str, *, private: bool) -> Command:
    match name:
        case "ask":
            return Ask(question=rest) if rest else Help(private=private)
        case "usage":
            return Usage(team=rest.lower() == "team")
        case "comment":
            return Comment(text=rest)
        case "learn":
            return _understand_learn(rest)
        case "kb":
            return Kb(request=rest)
        case "help" | "start":
            return Help(private=private)
        case _:
            return Ask(question=text)


def _understand_learn(words: str) -> Learn:
    first = {word.lower() for word in WORDS.findall(words)[:2]}
    return Learn(replace="replace" in first, here="here" in first)
