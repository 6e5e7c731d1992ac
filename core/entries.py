"""What is known, and what is answered from it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from core.accounts import Resource

CERTAIN = 0.8
"""The probability from which on an entry answers by itself."""
VOLATILE = "volatile"
"""The tag of an entry that is soon out of date: its answers are cached for minutes only."""
POSSIBLE = 0.4
"""The probability from which on an entry is offered: `did you mean`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An answer with the ways to ask for it; the first phrasing is its question.

    `audience` is whom it may be shown to: everybody of the organization when it is empty, else any
    of `channel:` with a conversation's place in front of it, or `role:admin`. `language` is a tag
    such as `de`, empty for any. A `passage` is a part of a document: its one phrasing is its
    heading, and it answers by itself only when that is next to certain.
    """

    phrasings: tuple[str, ...]
    answer: str
    keywords: tuple[str, ...] = ()
    source: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""
    audience: tuple[str, ...] = ()
    passage: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(NewEntry):
    """An entry that is kept."""

    id: UUID


class Origin(StrEnum):
    """How an answer was found."""

    KNOWLEDGE = "knowledge"
    CACHE = "cache"
    NONE = "none"


class Band(StrEnum):
    """What a probability is good for."""

    ANSWER = "answer"
    OFFER = "offer"
    UNKNOWN = "unknown"


def band_of(probability: float) -> Band:
    """What is done at a probability."""
    if probability >= CERTAIN:
        return Band.ANSWER
    return Band.OFFER if probability >= POSSIBLE else Band.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of knowledge that an answer rests on.

    `question` is the phrasing that is most like what was asked, `title` the entry's first one.
    `score` is the probability that it answers the question; `audience` is its entry's. `document`:
    it is a part of one. `volatile`: it is tagged so, and soon out of date.
    """

    entry_id: UUID
    question: str
    answer: str
    source: str
    score: float
    audience: tuple[str, ...] = ()
    document: bool = False
    volatile: bool = False
    title: str = ""

    @property
    def band(self) -> Band:
        """Whether it answers by itself, is offered, or neither."""
        return band_of(self.score)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the bot says to a question.

    `text` is CommonMark and names its source; `confidence` is between 0 and 1, and 0 where the bot
    does not know. In the band OFFER nothing is answered: `passages` are what may have been meant.
    `model` is the language model that wrote it from them; empty where the words are a passage's.
    `remark` says why a model did not, and `lacks` of what the person has nothing left. `revision`
    is the knowledge's when it was found, `found_at` the time, where that is known; `units` and
    `took_ms` are what finding it cost of a plan and in milliseconds. `gap` is what a question is
    known by that was noted because nobody could answer it, else empty.
    """

    text: str
    passages: tuple[Passage, ...]
    confidence: float
    origin: Origin
    model: str = ""
    remark: str = ""
    lacks: Resource | None = None
    units: int = 0
    revision: int = 0
    found_at: datetime | None = None
    gap: bytes = b""
    took_ms: float = 0.0

    @property
    def band(self) -> Band:
        """Whether it is an answer, an offer, or neither."""
        return Band.ANSWER if self.model else band_of(self.confidence)
