"""Reservations: exact at any number of calls at once, and always the sum of the ledger."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from adapters.stores.postgres.connection import APPLICATION_ROLE, Database, open_pool
from adapters.stores.postgres.ledger import PostgresLedger
from adapters.stores.postgres.recovery import PostgresRecovery
from bots.clock import new_id
from bots.embedded import Addresses
from core.accounts import Account, Resource
from core.ports.ledger import Organization, Reserved
from tests.stores.people import Owner, add_person, open_owner, set_pool

TASKS = Resource.TASKS


@pytest.fixture
async def owner(addresses: Addresses) -> AsyncIterator[Owner]:
    async with open_owner(addresses) as owner:
        yield owner


@asynccontextmanager
async def open_ledger(addresses: Addresses) -> AsyncIterator[PostgresLedger]:
    """A ledger on connections of its own, as one replica has it."""
    async with (
        open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE) as pool,
        PostgresLedger.open(database=Database(pool=pool)) as ledger,
    ):
        yield ledger


@pytest.fixture
async def ledger(addresses: Addresses) -> AsyncIterator[PostgresLedger]:
    async with open_ledger(addresses) as ledger:
        yield ledger


async def person(owner: Owner, tasks: int | None = None) -> Account:
    """A person, with so many tasks a month."""
    limits = None if tasks is None else {"tasks": tasks}
    return await add_person(owner, plan="enterprise", limits=limits)


async def test_a_hundred_at_once_with_duplicates_never_pass_the_limit(
    addresses: Addresses, ledger: PostgresLedger, owner: Owner
) -> None:
    account = await person(owner, tasks=40)
    ops = [uuid4() for _ in range(100)]
    async with open_ledger(addresses) as other, asyncio.TaskGroup() as tasks:
        calls = [
            (op, tasks.create_task(one.reserve(op, account, TASKS, 1)))
            for n, op in enumerate(ops)
            for one in ((ledger, other) if n % 2 else (ledger,))
        ]

    granted = {op for op, call in calls if call.result().granted}
    assert len(calls) == 150
    assert len(granted) == 40
    assert await used(owner, account) == 40
    await agree(owner)


async def test_a_mixed_group_takes_exactly_what_is_left(
    ledger: PostgresLedger, owner: Owner
) -> None:
    account, other = await person(owner, tasks=10), await person(owner, tasks=100)
    await ledger.reserve(uuid4(), account, TASKS, 7)
    async with asyncio.TaskGroup() as tasks:
        # The first call occupies the statement; the others share the next one.
        tasks.create_task(ledger.reserve(uuid4(), other, TASKS, 1))
        calls = [
            tasks.create_task(ledger.reserve(uuid4(), account, TASKS, 1 + n % 4))
            for n in range(3, 53)
        ]

    quantities = [1 + n % 4 for n in range(3, 53)]
    granted = [q for q, call in zip(quantities, calls, strict=True) if call.result().granted]
    assert granted == [1, 2]  # in order: 4 does not fit, 1 and 2 do
    assert calls[0].result() == Reserved(granted=False, limit=10, left=3)
    assert calls[-1].result() == Reserved(granted=False, limit=10, left=0)
    assert await used(owner, account) == 10
    await agree(owner)


async def test_the_pool_bounds_all_people_together(ledger: PostgresLedger, owner: Owner) -> None:
    people = [await person(owner, tasks=5) for _ in range(4)]
    await set_pool(owner, TASKS, 12)
    async with asyncio.TaskGroup() as tasks:
        calls = [
            tasks.create_task(ledger.reserve(uuid4(), people[n % 4], TASKS, 1)) for n in range(40)
        ]

    assert sum(call.result().granted for call in calls) == 12
    assert await owner.one("SELECT used FROM quotas WHERE user_id = $1", UUID(int=0)) == 12
    most = await owner.one("SELECT max(used) FROM quotas WHERE user_id <> $1", UUID(int=0))
    assert isinstance(most, int)
    assert most <= 5
    await agree(owner)


async def test_what_is_not_used_comes_back_once(ledger: PostgresLedger, owner: Owner) -> None:
    account = await person(owner, tasks=10)
    await set_pool(owner, TASKS, 10)
    kept, given_back = uuid4(), uuid4()
    await ledger.reserve(kept, account, TASKS, 6)
    await ledger.reserve(given_back, account, TASKS, 4)

    assert not (await ledger.reserve(uuid4(), account, TASKS, 1)).granted
    assert [await ledger.settle(kept, 2) for _ in range(2)] == [True, True]
    assert [await ledger.refund(given_back) for _ in range(2)] == [True, True]
    assert await used(owner, account) == 2
    assert await owner.one("SELECT used FROM quotas WHERE user_id = $1", UUID(int=0)) == 2
    # A settled one is not refunded, nor a refunded one settled or granted again.
    assert not await ledger.refund(kept)
    assert not await ledger.settle(given_back, 4)
    assert not (await ledger.reserve(given_back, account, TASKS, 4)).granted
    assert (await ledger.reserve(kept, account, TASKS, 6)).granted
    assert not await ledger.settle(uuid4(), 1)
    assert await used(owner, account) == 2
    await agree(owner)


async def test_more_than_was_reserved_is_never_charged(
    ledger: PostgresLedger, owner: Owner
) -> None:
    account, op = await person(owner, tasks=10), uuid4()
    await ledger.reserve(op, account, TASKS, 3)
    assert await ledger.settle(op, 9)
    assert await used(owner, account) == 3


async def test_ends_of_one_operation_in_a_group_are_one_end(
    ledger: PostgresLedger, owner: Owner
) -> None:
    account, op = await person(owner, tasks=10), uuid4()
    await ledger.reserve(op, account, TASKS, 5)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(ledger.refund(uuid4()))
        ends = [tasks.create_task(ledger.settle(op, n)) for n in (2, 4)]
        ends.append(tasks.create_task(ledger.refund(op)))

    assert [end.result() for end in ends] == [True, True, False]
    assert await used(owner, account) == 2
    await agree(owner)


async def test_a_reservation_that_nobody_ends_is_given_back(
    addresses: Addresses, ledger: PostgresLedger, owner: Owner
) -> None:
    account, op = await person(owner, tasks=1), uuid4()
    await ledger.reserve(op, account, TASKS, 1, held=timedelta(milliseconds=50))
    assert not (await ledger.reserve(uuid4(), account, TASKS, 1)).granted
    await asyncio.sleep(0.1)

    async with open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE) as pool:
        recovery = PostgresRecovery(
            database=Database(pool=pool), replica=new_id(), timeout=timedelta(seconds=1)
        )
        assert await recovery.refund_expired(100) == 1
        assert await recovery.refund_expired(100) == 0
    assert not await ledger.settle(op, 1)
    assert (await ledger.reserve(uuid4(), account, TASKS, 1)).granted
    await agree(owner)


async def test_a_refund_goes_to_the_month_of_its_reservation(
    ledger: PostgresLedger, owner: Owner
) -> None:
    account, op = await person(owner, tasks=5), uuid4()
    await ledger.reserve(op, account, TASKS, 5)
    # A month passes.
    for table, column in (("usage_records", "billing_period_start"), ("quotas", "period")):
        await owner.run(f"UPDATE {table} SET {column} = {column} - interval '1 month'")
    assert (await ledger.reserve(op, account, TASKS, 5)).granted, "it is known still"
    assert (await ledger.reserve(uuid4(), account, TASKS, 5)).granted, "a new month"
    assert await ledger.refund(op)

    rows = await owner.rows("SELECT used FROM quotas WHERE user_id = $1 ORDER BY period", account)
    assert [row["used"] for row in rows] == [0, 5]
    await agree(owner)


async def test_an_organization_charges_its_own_pool_once(
    ledger: PostgresLedger, owner: Owner
) -> None:
    await set_pool(owner, Resource.KNOWLEDGE_ENTRIES, 10)
    itself = Organization(organization_id=owner.organization_id)
    async with asyncio.TaskGroup() as tasks:
        calls = [
            tasks.create_task(ledger.reserve(uuid4(), itself, Resource.KNOWLEDGE_ENTRIES, 4))
            for _ in range(5)
        ]

    assert sum(call.result().granted for call in calls) == 2
    assert await owner.one("SELECT used FROM quotas WHERE user_id = $1", UUID(int=0)) == 8
    await agree(owner)


async def test_a_person_whom_nobody_knows_has_nothing(ledger: PostgresLedger, owner: Owner) -> None:
    stranger = Organization(organization_id=owner.organization_id, user_id=uuid4())
    assert not (await ledger.reserve(uuid4(), stranger, TASKS, 1)).granted


async def test_groups_of_replicas_in_opposite_orders_do_not_deadlock(
    addresses: Addresses, ledger: PostgresLedger, owner: Owner
) -> None:
    people = [await person(owner, tasks=100) for _ in range(30)]
    await set_pool(owner, TASKS, 10_000)
    ops = [[uuid4() for _ in people] for _ in range(10)]
    async with open_ledger(addresses) as other:
        for round_ops in ops:
            async with asyncio.TaskGroup() as tasks:
                for op, one in zip(round_ops, people, strict=True):
                    tasks.create_task(ledger.reserve(op, one, TASKS, 1))
                    tasks.create_task(other.refund(op))
                for op, one in reversed([*zip(round_ops, people, strict=True)]):
                    tasks.create_task(other.reserve(op, one, TASKS, 1))
                    tasks.create_task(ledger.settle(op, 1))

    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert await owner.one(deadlocks) == 0
    await agree(owner)


async def used(owner: Owner, account: Account) -> object:
    """What a person has used."""
    return await owner.one("SELECT used FROM quotas WHERE user_id = $1", account.user_id)


async def agree(owner: Owner) -> None:
    """Every quota is the sum of its ledger, the pools' too."""
    assert await owner.rows(DISAGREEMENTS) == []


DISAGREEMENTS = """
WITH charged AS (
    SELECT user_id, organization_id, resource_type, billing_period_start AS period, quantity
      FROM usage_records WHERE state <> 'refunded'
    UNION ALL
    SELECT '00000000-0000-0000-0000-000000000000', organization_id, resource_type,
           billing_period_start, quantity
      FROM usage_records WHERE state <> 'refunded' AND pooled
), sums AS (
    SELECT user_id, organization_id, resource_type, period, sum(quantity) AS charged
      FROM charged GROUP BY 1, 2, 3, 4
)
SELECT *
  FROM quotas q FULL JOIN sums s USING (user_id, organization_id, resource_type, period)
 WHERE coalesce(q.used, 0) <> coalesce(s.charged, 0)
"""
