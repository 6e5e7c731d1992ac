"""The port of what an organization uses, for its admins, and of asking them for more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from core.accounts import Account, Pool, Resource
from core.messages import Platform, Posting
from core.ports.inbox import Admitted


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonUsage:
    """How many messages a person has written this month, and where, if that is known."""

    name: str
    messages: int
    platform: Platform | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamUsage:
    """What an organization has used this month, until the day `period_ends` in UTC.

    `used` is by resource, `people` is how many have written, `top` are those who wrote the most.
    """

    used: Mapping[Resource, int]
    pools: Mapping[Resource, Pool]
    people: int
    top: Sequence[PersonUsage]
    period_ends: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What one person has used of a resource this month, and their limit; None is none."""

    used: int
    limit: int | None


class UsageReports(Protocol):
    """What people and organizations use. It may be some seconds old."""

    async def own(self, account: Account) -> Mapping[Resource, Use]:
        """What a person used this month, without what they have not touched."""

    async def team(self, account: Account) -> TeamUsage | None:
        """What it used this month; None for a person who is no admin of the organization."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of asking the admins: how many they are, and whether they knew already."""

    admins: int
    before: bool
    postings: Sequence[Posting] = ()


class Admins(Protocol):
    """The admins of an organization, on the platform where they are asked."""

    async def ask_for_more(self, admitted: Admitted, resource: Resource, text: str) -> Asked:
        """Write to each directly: once a month for a person and a resource.

        Idempotent by message. The caller sends the postings.
        """
