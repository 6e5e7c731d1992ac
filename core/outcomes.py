"""What was decided for a message."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.entries import Origin
from core.messages import Posting, Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was decided for a message: the reply, and one word for the log.

    `counted`: it is a use of the bot; `remembered`: it is a part of the conversation. `postings`
    are for others than the author, queued already and to be sent now.
    """

    word: str
    reply: Reply
    confidence: float | None = None
    origin: Origin = Origin.NONE
    counted: bool = True
    remembered: bool = True
    postings: Sequence[Posting] = ()


def aside(word: str, reply: Reply) -> Outcome:
    """What is no question of its own: it counts as no use, and is no part of the conversation."""
    return Outcome(word=word, reply=reply, counted=False, remembered=False)


def told(word: str, text: str) -> Outcome:
    """A sentence aside, for the person alone."""
    return aside(word, Reply(text=text, private=True))
