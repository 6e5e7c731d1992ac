"""What a message asks for."""

import re
from dataclasses import dataclass

from core.messages import IncomingMessage

HELP = re.compile(r"/?(help|start)[!.?]*", re.IGNORECASE)
ASK = re.compile(r"/ask\b\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Answer a question from the organization's knowledge."""

    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """Say what the bot can do."""


Command = Ask | Help


def understand(message: IncomingMessage) -> Command:
    """Read the command in a message. A message with nothing in it asks for help."""
    text = (
        ASK.sub("", message.text.strip(), count=1)
        if ASK.match(message.text.strip())
        else message.text.strip()
    )
    if not text or HELP.fullmatch(text):
        return Help()
    return Ask(question=text)
