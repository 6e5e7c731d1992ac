"""The port of what people say of an answer in words."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from core.accounts import Account


class Mood(StrEnum):
    """How a comment sounds."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentiment:
    """How a comment sounds, from -1 to 1, and in a word."""

    score: float
    mood: Mood


class ReadsSentiment(Protocol):
    """Tells how a text sounds."""

    def __call__(self, text: str) -> Sentiment:
        """Score it; what cannot be told is neutral."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedWhy:
    """A vote against an answer, and where its comment will come from.

    `message_id` is that of the question, `posting` the platform's id of the answer, `entry_id` what
    it was answered from, where that is known.
    """

    message_id: UUID
    conversation_id: UUID
    posting: str
    entry_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Where a person's words came from. `id` is our id of the message.

    `conversation_id` and `reply_to` (the platform's id) are where they replied to an answer; with
    `in_thread` all of the conversation is about that answer. Both None: they came by a command.
    """

    id: UUID
    conversation_id: UUID | None = None
    reply_to: str | None = None
    in_thread: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedAnswer:
    """A vote on an answer, which words are about; `message_id` is that of the question."""

    message_id: UUID
    entry_id: UUID | None
    helpful: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewComment:
    """What a person wrote. `id` is our id of the message that it came in."""

    id: UUID
    text: str
    sentiment: Sentiment


class Comments(Protocol):
    """Comments on votes; one a vote, the last one counts."""

    async def ask_why(self, account: Account, asked: AskedWhy) -> None:
        """Wait for the person's words on a vote that they have just given."""

    async def awaited(self, account: Account, words: Words) -> RatedAnswer | None:
        """The vote that words are about; None when none are awaited there.

        A reply is awaited for an hour after a vote against an answer, once; a command is about the
        last vote of a day. The words of a message that was a comment already are about the same.
        """

    async def write(self, account: Account, rated: RatedAnswer, comment: NewComment) -> None:
        """Keep a comment with its vote. Idempotent."""
