"""How it is written whom an entry is for, and in which language it is."""

import re

from core.errors import UserError
from core.messages import Conversation
from core.text import UNSTORABLE

ADMINS = "role:admin"
CHANNEL = "channel:"
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
SHOWN = 60  # characters of what is wrong


def audience_problem(text: str) -> str | None:
    """What is wrong with an audience; None: nothing."""
    if is_audience(text):
        return None
    return (
        f"the audience {text[:SHOWN]!r} is neither {ADMINS} nor {CHANNEL} with a channel's address"
        f" behind it, such as {CHANNEL}slack:T024BE7LD:C024BE91L"
    )


def language_problem(text: str) -> str | None:
    """What is wrong with a language; None: nothing."""
    if not text or LANGUAGE.fullmatch(text):
        return None
    return f"the language {text[:SHOWN]!r} is no tag such as de or pt-br"


def is_audience(text: str) -> bool:
    """Whether it names somebody whom an entry may be for."""
    if text == ADMINS:
        return True
    key = text.removeprefix(CHANNEL)
    if key == text or UNSTORABLE.search(key):
        return False
    try:
        place = Conversation.parse(key, direct=False)
    except UserError:
        return False
    return place.place == key and bool(place.space and place.channel)
