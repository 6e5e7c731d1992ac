"""The port of what is used: reserved before costly work, then settled or given back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from core.accounts import Resource

HELD = timedelta(hours=24)
"""How long a reservation is held unless the caller says otherwise."""

NOBODY = UUID(int=0)
"""The user id of what an organization uses by itself."""


class Holder(Protocol):
    """Who is charged: an `Account`, or an `Organization` for itself."""

    @property
    def user_id(self) -> UUID:
        """The person, or `NOBODY`."""

    @property
    def organization_id(self) -> UUID:
        """For whom they act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """An organization that uses its own pool, with nobody acting."""

    organization_id: UUID
    user_id: UUID = NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """What came of a reservation.

    `limit` and `left` are the person's or the pool's, whichever has less left; None is no limit.
    """

    granted: bool
    limit: int | None
    left: int | None


class Ledger(Protocol):
    """Use of resources that have a limit: never more than it, at any number of calls at once.

    An operation is charged once however often it is reserved. The month is that of the reservation,
    by the store's clock, whenever it ends.
    """

    async def reserve(
        self,
        op_id: UUID,
        account: Holder,
        resource: Resource,
        quantity: int,
        *,
        held: timedelta = HELD,
    ) -> Reserved:
        """Take a quantity above zero (below 2^31) of the person's plan and the pool, or nothing.

        A repeat of what was granted is granted and costs nothing, in this month and the next; after
        its refund it is not granted. A repeat of what was not granted is decided anew. What is
        neither settled nor refunded while it is `held` is refunded by the sweep.
        """

    async def settle(self, op_id: UUID, quantity: int) -> bool:
        """Keep what was really used, at most what was reserved; the rest is given back.

        False when there is no such reservation, or it was refunded: then nothing is charged.
        Repeats change nothing.
        """

    async def refund(self, op_id: UUID) -> bool:
        """Give a reservation back; False when there is none, or it was settled. Repeatable."""
