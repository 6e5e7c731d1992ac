"""The port of what came in: admitted once, handled in order, settled once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from core.accounts import Account
from core.messages import Button, Conversation, IncomingMessage, Posting


class Verdict(StrEnum):
    """What admission says of a message.

    YOURS is a repeat of our own call whose commit was unknown: handle it like NEW.
    """

    NEW = "new"
    YOURS = "yours"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A message that is in the inbox.

    `sequence` counts the messages of a conversation from 1 without gaps. `owner` is the replica
    that handles the conversation; `attempt` rises whenever the message changes hands. `queued`: the
    conversation had unsettled messages before this one; `orphaned`: whoever handled this one
    vanished; `crashes`: so often after it had been taken over already. `account` is None when the
    author was refused. `conversation` is the message's own, narrowed to its reply chain.
    """

    id: UUID
    message: IncomingMessage
    verdict: Verdict
    conversation: Conversation
    conversation_id: UUID
    sequence: int
    owner: UUID
    attempt: int
    queued: bool = False
    orphaned: bool = False
    crashes: int = 0
    account: Account | None
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageNotice:
    """What an author is told, for their eyes only, when their message makes a count `at`.

    The count is the person's messages of this month, or with `pool` those of their organization.
    """

    at: int
    pool: bool
    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The end of one message: what is posted, what is counted, what is remembered.

    `parts` are the texts to post, in order; `buttons` go below the last one, and with `private`
    only the author may see them. `outcome` is one word for the log and the inbox row. `answer` and
    `confidence` (0 to 1) become the bot's turn in the thread, where it is `remembered`. Those of
    `notices` whose count this message reaches are posted after the answer; each count is reached
    once, however many settle at the same time.
    """

    admitted: Admitted
    parts: Sequence[str]
    outcome: str
    answer: str
    confidence: float | None = None
    buttons: Sequence[Button] = ()
    private: bool = False
    counted: bool = True
    remembered: bool = True
    notices: Sequence[UsageNotice] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What settling did.

    `applied` is False when the message had changed hands: then nothing was written, and its new
    owner answers. `at` is the time of settlement by the store's clock. `postings` are those to
    send now.
    """

    applied: bool
    at: datetime
    postings: Sequence[Posting]


class Inbox(Protocol):
    """Messages from admission to settlement. Calls for one conversation keep their order."""

    async def admit(self, message: IncomingMessage, *, message_id: UUID) -> Admitted:
        """Commit a message, its author's account and its place in the conversation.

        Idempotent by the message's keys, and by `message_id` for a repeat of the same call.
        """

    async def waiting(self, conversation_id: UUID) -> Sequence[Admitted]:
        """Read the unsettled messages of a conversation that this replica owns, in order."""

    async def redrive(self, admitted: Admitted) -> int:
        """Note that a message is handled again after its handler vanished; how often so far.

        0 when it is settled already.
        """

    async def settle(self, settlement: Settlement) -> Settled:
        """Settle, count and queue the postings in one transaction. Idempotent by attempt."""
