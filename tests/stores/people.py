"""People with plans, made and looked at as the owner of the tables."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
import orjson

from bots.embedded import Addresses
from core.accounts import Account, Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A connection that may see everything, and the default organization."""

    connection: "asyncpg.Connection[asyncpg.Record]"
    organization_id: UUID

    async def one(self, sql: str, *arguments: object) -> object:
        """The first value of a statement."""
        return await self.connection.fetchval(sql, *_plain(arguments))

    async def rows(self, sql: str, *arguments: object) -> Sequence[asyncpg.Record]:
        """All rows of a statement."""
        return await self.connection.fetch(sql, *_plain(arguments))

    async def run(self, sql: str, *arguments: object) -> None:
        """Run a statement."""
        await self.connection.execute(sql, *_plain(arguments))


def _plain(arguments: Sequence[object]) -> Sequence[object]:
    return [one.user_id if isinstance(one, Account) else one for one in arguments]


@asynccontextmanager
async def open_owner(addresses: Addresses) -> AsyncIterator[Owner]:
    """Connect as the owner of the tables."""
    connection = await asyncpg.connect(addresses.postgres_owner_dsn)
    try:
        organization = await connection.fetchval("SELECT id FROM organizations WHERE is_default")
        yield Owner(connection=connection, organization_id=organization)
    finally:
        await connection.close()


async def add_person(
    owner: Owner,
    *,
    plan: str = "free",
    limits: Mapping[str, int | None] | None = None,
    role: str = "member",
) -> Account:
    """A member of the default organization with a subscription."""
    user = uuid4()
    await owner.run("INSERT INTO users (id, display_name) VALUES ($1, 'Ada')", user)
    await owner.run(
        "INSERT INTO memberships (user_id, organization_id, role) VALUES ($1, $2, $3)",
        user,
        owner.organization_id,
        role,
    )
    await subscribe(owner, user, plan=plan, limits=limits)
    return Account(
        user_id=user,
        organization_id=owner.organization_id,
        plan=plan,
        quota_limit=None,
        quota_left=None,
        knowledge_revision=0,
    )


async def subscribe(
    owner: Owner,
    user: UUID,
    *,
    plan: str,
    limits: Mapping[str, int | None] | None = None,
    until: str | None = None,
) -> None:
    """Give a person a plan; `until` is an interval from now, which may be negative."""
    await owner.run(
        "INSERT INTO subscriptions (user_id, plan, limits, started_at, expires_at) VALUES"
        " ($1, $2, $3::jsonb, clock_timestamp() - interval '1 year', now() + $4::text::interval)",
        user,
        plan,
        None if limits is None else orjson.dumps(limits).decode(),
        until,
    )


async def set_pool(owner: Owner, resource: Resource, per_month: int) -> None:
    """What the default organization has together."""
    await owner.run(
        "INSERT INTO organization_pools VALUES ($1, $2, $3)",
        owner.organization_id,
        resource,
        per_month,
    )
