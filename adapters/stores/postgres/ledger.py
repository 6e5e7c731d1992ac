"""The ledger: reservations and their ends, grouped."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Self
from uuid import UUID

from adapters.stores.grouping import Grouping
from adapters.stores.postgres.connection import Database
from core.accounts import Resource
from core.ports.ledger import HELD, Holder, Reserved

RESERVE = "SELECT granted, quota_limit, quota_left FROM reserve($1,$2,$3,$4,$5,$6) ORDER BY n"
END = "SELECT applied FROM end_reservations($1,$2,$3) ORDER BY n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call of `reserve`."""

    op_id: UUID
    holder: Holder
    resource: Resource
    quantity: int
    held: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The end of a reservation: `settled` or `refunded`."""

    op_id: UUID
    state: str
    quantity: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresLedger:
    """`Ledger` on PostgreSQL. One statement at a time for reservations and for their ends."""

    requests: Grouping[Request, Reserved]
    ends: Grouping[End, bool]

    @classmethod
    @asynccontextmanager
    async def open(cls, *, database: Database) -> AsyncIterator[Self]:
        """Group calls while the context is open."""
        statements = _Statements(database=database)
        ledger = cls(
            requests=Grouping(execute=statements.reserve), ends=Grouping(execute=statements.end)
        )
        async with ledger.requests.running(), ledger.ends.running():
            yield ledger

    async def reserve(
        self,
        op_id: UUID,
        account: Holder,
        resource: Resource,
        quantity: int,
        *,
        held: timedelta = HELD,
    ) -> Reserved:
        if quantity <= 0:
            raise ValueError("a quantity is above zero")
        return await self.requests(
            Request(op_id=op_id, holder=account, resource=resource, quantity=quantity, held=held)
        )

    async def settle(self, op_id: UUID, quantity: int) -> bool:
        if quantity < 0:
            raise ValueError("a quantity is not below zero")
        return await self.ends(End(op_id=op_id, state="settled", quantity=quantity))

    async def refund(self, op_id: UUID) -> bool:
        return await self.ends(End(op_id=op_id, state="refunded"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statements:
    """A group of calls as the arguments of one function of the database."""

    database: Database

    async def reserve(self, group: Sequence[Request]) -> Sequence[Reserved]:
        rows = await self.database.fetch(
            RESERVE,
            [one.op_id for one in group],
            [one.holder.organization_id for one in group],
            [one.holder.user_id for one in group],
            [one.resource for one in group],
            [one.quantity for one in group],
            [one.held for one in group],
        )
        return [
            Reserved(granted=row["granted"], limit=row["quota_limit"], left=row["quota_left"])
            for row in rows
        ]

    async def end(self, group: Sequence[End]) -> Sequence[bool]:
        rows = await self.database.fetch(
            END,
            [one.op_id for one in group],
            [one.state for one in group],
            [one.quantity for one in group],
        )
        return [row["applied"] for row in rows]
