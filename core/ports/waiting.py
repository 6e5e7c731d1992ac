"""The port of people who asked what nobody knew, and wait for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from core.messages import Button, Conversation, Posting
from core.ports.inbox import Admitted
from core.ports.usage import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A gap that is compared with the knowledge here, and nowhere else before `until`."""

    hash: bytes
    question: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who waits, where, and what for, in their own words. `message_id` is our id of these."""

    conversation_id: UUID
    user_id: UUID
    message_id: UUID
    conversation: Conversation
    question: str
    is_admin: bool
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LateAnswer:
    """What a person who waits is told: texts to post in order, buttons below the last one.

    `private`: for their eyes only. `confidence` is between 0 and 1.
    """

    person: Person
    parts: Sequence[str]
    buttons: Sequence[Button] = ()
    private: bool = False
    confidence: float = 1.0

    @property
    def remembered(self) -> bool:
        """Whether it is a part of the conversation: whoever is in it may read it there."""
        return not self.private or self.person.conversation.direct


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Who was answered, `at` a time of the store's clock; `id` names what they were told."""

    late: LateAnswer
    id: UUID
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Those who were answered by one call, and the postings to send now."""

    told: Sequence[Told]
    postings: Sequence[Posting]


class Waiting(Protocol):
    """Gaps, and the people who wait for them to be closed.

    Where the knowledge stands is said by `core.knowledge.standing`. Nothing here is lost when a
    process ends in the middle: what it took is free again after a while.
    """

    async def organizations(self) -> Sequence[UUID]:
        """Those with an open gap that was not compared with what is known now."""

    async def take(self, organization_id: UUID, stand: int, *, limit: int) -> Sequence[Taken]:
        """Take open gaps that were not compared with the knowledge at this stand."""

    async def people(
        self, organization_id: UUID, gap: Taken, *, after: Person | None, limit: int
    ) -> Sequence[Person]:
        """Those who wait for it, in one order; without who is suspended or no member any more."""

    async def answer(
        self, organization_id: UUID, gap: Taken, answers: Sequence[LateAnswer]
    ) -> Answered:
        """Queue the answers of those who still wait, and mark them answered, in one transaction.

        What is a part of the conversation is kept in the same transaction until it is recorded.
        Each is answered once, however often and by however many it is called.
        """

    async def looked(
        self, organization_id: UUID, gap: Taken, stand: int, *, entry: UUID | None, everybody: bool
    ) -> None:
        """Note that a gap was compared; nothing, if it was asked again since it was taken.

        With an `entry` that answers it for `everybody`, or when nobody waits any more, it is
        closed.
        """

    async def picked(
        self, organization_id: UUID, message_id: UUID, user: UUID, entry: UUID
    ) -> None:
        """A person found their answer among what was offered: they do not wait any more."""

    async def expire(self, limit: int) -> int:
        """Delete gaps and those who wait when they are too old; how many rows of a kind."""


class PeopleToAsk(Protocol):
    """The admins of an organization, who may know the answer to a gap."""

    async def question(self, organization_id: UUID, gap: bytes, user: UUID) -> str | None:
        """The words of an open gap, those of this person if they asked; None: it is not open."""

    async def ask_person(self, admitted: Admitted, gap: bytes, text: str) -> Asked:
        """Write to each directly: once a day for a gap, whoever clicks. Idempotent by message.

        The caller sends the postings.
        """
