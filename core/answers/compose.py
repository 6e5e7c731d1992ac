"""Put an answer into words, with its source."""

import re
from collections.abc import Sequence

from core.entries import Answer, Origin, Passage
from core.fences import close_fence

COMPOSER = "2"
"""Raise it when the words change: cached answers of the old wording are not found any more."""

OFFER = "I am not sure what you mean. Did you mean:"
OFFER_WITH_BUTTONS = "I am not sure what you mean. Did you mean one of these?"
NEITHER = "If it is none of these, somebody can add the answer: I have noted your question."

UNKNOWN = (
    "I don't know the answer to that. I have noted your question, so that somebody can add it"
    " to what I know."
)
OUT_OF_CONTEXT = (
    "I don't know the answer to that. I look at each question by itself: if yours is about"
    " something said before, please ask it once more in full."
)
MARKUP = re.compile(r"[\\`*\[\]<>]|(?<!\w)_|_(?!\w)")


def compose(passage: Passage) -> Answer:
    """Answer from a passage; the last line names where it is from."""
    source = passage.source or f"“{passage.question}”"
    return Answer(
        text=f"{close_fence(passage.answer)}\n\nSource: {escaped(source)}",
        passages=(passage,),
        confidence=passage.score,
        origin=Origin.KNOWLEDGE,
    )


def offer(passages: Sequence[Passage]) -> Answer:
    """Ask which of some questions was meant."""
    return Answer(
        text="\n".join((OFFER, "", listed(passages), "", NEITHER)),
        passages=tuple(passages),
        confidence=passages[0].score,
        origin=Origin.NONE,
    )


def listed(passages: Sequence[Passage]) -> str:
    """Their questions, a line each."""
    return "\n".join(f"- {escaped(passage.question)}" for passage in passages)


def unknown(text: str) -> Answer:
    """Say that there is no answer."""
    return Answer(text=text, passages=(), confidence=0.0, origin=Origin.NONE)


def escaped(text: str) -> str:
    """Text as CommonMark that shows it as it is."""
    return MARKUP.sub(_escape, text)


def _escape(markup: re.Match[str]) -> str:
    return f"\\{markup.group()}"
