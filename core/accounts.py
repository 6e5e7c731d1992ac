"""Who is asking, for whom, and what is left of their plan."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID


class Access(StrEnum):
    """Who may ask at all.

    MEMBERS: people of a connected space. INVITE: people an admin has added. OPEN: anybody.
    """

    MEMBERS = "members"
    INVITE = "invite"
    OPEN = "open"


class Resource(StrEnum):
    """What a plan limits by the month. STORAGE is in bytes, COMPLETIONS are calls of a model."""

    MESSAGES = "messages"
    TASKS = "tasks"
    STORAGE = "storage"
    KNOWLEDGE_ENTRIES = "knowledge_entries"
    COMPLETIONS = "completions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """What an organization has together of a resource, and what all of it have used this month."""

    limit: int
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person of ours, as one message finds them.

    `quota_limit` and `quota_used` are the person's messages of this month; `quota_left` is what
    they and the organization's `pool` have left, the smaller of both and never below zero. None is
    no limit. What is not `tracked` is not counted either: a guest's use. `period_ends` is the day,
    in UTC, on which the count begins anew. `knowledge_revision` is the organization's when the
    message was admitted: an answer must not be older than it.
    """

    user_id: UUID
    organization_id: UUID
    plan: str
    quota_limit: int | None
    quota_left: int | None
    knowledge_revision: int
    quota_used: int = 0
    tracked: bool = True
    pool: Pool | None = None
    period_ends: date | None = None
