"""The ports of what people are told of beside their conversations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Notice(StrEnum):
    """What it is about."""

    QUOTA = "quota"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One line for a person. Its `id` is made of what happened: told twice it is there once."""

    id: UUID
    kind: Notice
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifications:
    """The latest first, and how many of all there are have not been read."""

    latest: Sequence[Notification]
    unread: int


class NotificationLists(Protocol):
    """A list a person, capped and expiring. `UnavailableError`: the store is away."""

    async def add(self, user_id: UUID, notifications: Sequence[Notification]) -> None:
        """Add those that are not there; the oldest go where there are too many."""

    async def read(self, user_id: UUID, *, limit: int) -> Notifications:
        """The latest ones."""

    async def mark_read(self, user_id: UUID, at: datetime) -> None:
        """Those up to a time have been read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredLater:
    """A question that nobody knew, and somebody does by now."""

    message_id: UUID
    question: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesUsed:
    """A person's own messages of this month, as they are `at` a time."""

    organization_id: UUID
    used: int
    limit: int | None
    period_ends: date
    at: datetime


class Happened(Protocol):
    """What notifications are made of, where it lasts: a list that was lost is made of it again."""

    async def answered_later(
        self, user_id: UUID, *, since: timedelta, limit: int
    ) -> Sequence[AnsweredLater]:
        """A person's questions that were answered later, the latest first."""

    async def messages_used(self, user_id: UUID) -> Sequence[MessagesUsed]:
        """What they have used in each of their organizations."""
