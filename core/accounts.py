"""Who is asking, for whom, and what is left of their plan."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Access(StrEnum):
    """Who may ask at all.

    MEMBERS: people of a connected space. INVITE: people an admin has added. OPEN: anybody.
    """

    MEMBERS = "members"
    INVITE = "invite"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person of ours, as one message finds them.

    `quota_limit` and `quota_left` count messages of this month, the latter never below zero.
    `knowledge_revision` is the organization's when the message was admitted: an answer must not be
    older than it.
    """

    user_id: UUID
    organization_id: UUID
    plan: str
    quota_limit: int
    quota_left: int
    knowledge_revision: int
