"""Put an answer into words, with its source."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.entries import Answer, Origin, Passage
from core.fences import close_fence
from core.knowledge.noise import Noise

COMPOSER = "2"
"""Raise it when the words change: cached answers of the old wording are not found any more."""

OFFER = "I am not sure what you mean. Did you mean:"
OFFER_WITH_BUTTONS = "I am not sure what you mean. Did you mean one of these?"
OFFER_OF_ONE = "I am not sure what you mean. Did you mean this?"
NEITHER = "If it is none of these, somebody can add the answer: I have noted your question."
NOT_THAT = "If it is not, somebody can add the answer: I have noted your question."

UNKNOWN = (
    "I don't know the answer to that. I have noted your question, so that somebody can add it"
    " to what I know."
)
OUT_OF_CONTEXT = (
    "I don't know the answer to that. I look at each question by itself: if yours is about"
    " something said before, please ask it once more in full."
)
NOTHING_ASKED = {
    Noise.NOTHING: (
        "I can find no question in that. Ask me in a few words, and I look it up in what your team"
        " knows; `/help` shows what else I can do."
    ),
    Noise.INSULT: (
        "Sorry if I was no help. Ask me a question in other words, or say with 👎 below an answer"
        " what was wrong with it."
    ),
    Noise.PASTED: (
        "That is too much for me to read. Ask about it in a sentence or two, and I look it up."
    ),
}
WRITTEN = "A language model wrote this from these sources: check what matters."
UNDERSTOOD = "I understood:"
MARKUP = re.compile(r"[\\`*\[\]<>]|(?<!\w)_|_(?!\w)")


def compose(passage: Passage) -> Answer:
    """Answer from a passage; the last line names where it is from."""
    return Answer(
        text=f"{close_fence(passage.answer)}\n\nSource: {_source(passage)}",
        passages=(passage,),
        confidence=passage.score,
        origin=Origin.KNOWLEDGE,
    )


def offer(passages: Sequence[Passage]) -> Answer:
    """Ask which of some questions was meant."""
    otherwise = NOT_THAT if len(passages) == 1 else NEITHER
    return Answer(
        text="\n".join((OFFER, "", listed(passages), "", otherwise)),
        passages=tuple(passages),
        confidence=passages[0].score,
        origin=Origin.NONE,
    )


def offer_with_buttons(answer: Answer, *, list_them: bool) -> str:
    """The words of an offer above its buttons; `list_them`: these do not show all of it."""
    words = OFFER_OF_ONE if len(answer.passages) == 1 else OFFER_WITH_BUTTONS
    if list_them:
        words = f"{words}\n\n{listed(answer.passages)}"
    return answer.text.replace(offer(answer.passages).text, words)


def listed(passages: Sequence[Passage]) -> str:
    """Their questions, a line each."""
    return "\n".join(f"- {escaped(passage.title or passage.question)}" for passage in passages)


def written(text: str, cited: Mapping[int, Passage], *, model: str) -> Answer:
    """Answer in a language model's words; the last lines name what each number stands for."""
    sources = ", ".join(f"\\[{number}\\] {_source(one)}" for number, one in cited.items())
    return Answer(
        text=f"{close_fence(text)}\n\nSources: {sources}\n\n{WRITTEN}",
        passages=tuple(cited.values()),
        confidence=max(one.score for one in cited.values()),
        origin=Origin.KNOWLEDGE,
        model=model,
        units=1,
    )


def understood(answer: Answer, question: str) -> Answer:
    """Say first what a model took the question for."""
    read = escaped(question)
    text = f"{UNDERSTOOD} “{read}”\n\n{answer.text}"
    return replace(answer, text=text, units=answer.units + 1)


def unknown(text: str) -> Answer:
    """Say that there is no answer."""
    return Answer(text=text, passages=(), confidence=0.0, origin=Origin.NONE)


def escaped(text: str) -> str:
    """Text as CommonMark that shows it as it is."""
    return MARKUP.sub(_escape, text)


def _source(passage: Passage) -> str:
    return escaped(passage.source or f"“{passage.question}”")


def _escape(markup: re.Match[str]) -> str:
    return f"\\{markup.group()}"
