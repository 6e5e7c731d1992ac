"""Any order of reservations and their ends, with repeats, expiry and months: the sums agree."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from adapters.stores.postgres.connection import APPLICATION_ROLE, Database, open_pool
from adapters.stores.postgres.ledger import PostgresLedger
from bots.embedded import Addresses
from core.accounts import Account, Resource
from core.ports.ledger import NOBODY, Reserved
from tests.stores.people import Owner, add_person, open_owner, set_pool
from tests.stores.test_ledger import DISAGREEMENTS

LIMIT, POOL = 12, 20
TASKS = Resource.TASKS
Result = TypeVar("Result")

people = st.integers(0, 2)
quantities = st.integers(1, 7)


class LedgerMachine(RuleBasedStateMachine):
    """The ledger beside a model of it: who has what reserved or settled in which month."""

    addresses: Addresses
    ops = Bundle("ops")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self.stack = AsyncExitStack()
        self.charged: dict[UUID, tuple[int, int, int]] = {}  # person, month, quantity
        self.state: dict[UUID, str] = {}
        self.month = 0

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(work)

    @initialize()
    def begin(self) -> None:
        async def open_all() -> tuple[Owner, PostgresLedger, list[Account]]:
            owner = await self.stack.enter_async_context(open_owner(self.addresses))
            await owner.run("TRUNCATE quotas, usage_records, organization_pools")
            pool = await self.stack.enter_async_context(
                open_pool(self.addresses.postgres_dsn, role=APPLICATION_ROLE, size=2)
            )
            ledger = await self.stack.enter_async_context(
                PostgresLedger.open(database=Database(pool=pool))
            )
            accounts = [
                await add_person(owner, plan="enterprise", limits={"tasks": LIMIT})
                for _ in range(3)
            ]
            await set_pool(owner, TASKS, POOL)
            return owner, ledger, accounts

        self.owner, self.ledger, self.accounts = self.run(open_all())

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.runner.close()

    def used(self, person: int | None) -> int:
        """What the model says was used this month, by one or by all."""
        return sum(
            quantity
            for op, (who, month, quantity) in self.charged.items()
            if self.state[op] != "refunded" and month == self.month and person in (None, who)
        )

    def expect(self, op: UUID, person: int, quantity: int) -> bool:
        """The model's verdict, which it remembers."""
        if op in self.state and self.charged[op][1] >= self.month - 1:
            return self.state[op] != "refunded"
        if self.used(person) + quantity > LIMIT or self.used(None) + quantity > POOL:
            return False
        self.charged[op], self.state[op] = (person, self.month, quantity), "reserved"
        return True

    @rule(target=ops, wanted=st.lists(st.tuples(people, quantities), min_size=1, max_size=8))
    def reserve_side_by_side(self, wanted: list[tuple[int, int]]) -> Any:
        calls = [(uuid4(), person, quantity) for person, quantity in wanted]
        calls += calls[:2]  # repeats within a group

        async def reserve() -> list[Reserved]:
            return await asyncio.gather(
                *(
                    self.ledger.reserve(op, self.accounts[person], TASKS, quantity)
                    for op, person, quantity in calls
                )
            )

        verdicts = [reserved.granted for reserved in self.run(reserve())]
        assert verdicts[: len(wanted)] == [self.expect(*call) for call in calls[: len(wanted)]]
        # What had room neither the first time nor since is judged anew, and has none.
        assert verdicts[len(wanted) :] == [self.expect(*call) for call in calls[len(wanted) :]]
        return multiple(*(op for op, _, _ in calls[: len(wanted)] if op in self.state))

    @rule(op=ops)
    def repeat(self, op: UUID) -> None:
        person, month, quantity = self.charged[op]
        if month >= self.month - 1:
            verdict = self.run(self.ledger.reserve(op, self.accounts[person], TASKS, quantity))
            assert verdict.granted == (self.state[op] != "refunded")

    @rule(op=ops, quantity=st.integers(0, 9))
    def settle(self, op: UUID, quantity: int) -> None:
        settled = self.run(self.ledger.settle(op, quantity))
        assert settled == (self.state[op] != "refunded")
        if self.state[op] == "reserved":
            person, month, reserved = self.charged[op]
            self.charged[op] = (person, month, min(reserved, quantity))
            self.state[op] = "settled"

    @rule(op=ops)
    def refund(self, op: UUID) -> None:
        refunded = self.run(self.ledger.refund(op))
        assert refunded == (self.state[op] != "settled")
        if self.state[op] == "reserved":
            self.state[op] = "refunded"

    @rule()
    def expire(self) -> None:
        """All that is reserved has been for too long."""

        async def sweep() -> object:
            await self.owner.run("UPDATE usage_records SET expires_at = now() - interval '1 s'")
            return await self.owner.one("SELECT refund_expired(1000)")

        held = [op for op, state in self.state.items() if state == "reserved"]
        assert self.run(sweep()) == len(held)
        self.state.update(dict.fromkeys(held, "refunded"))

    @rule()
    def another_month(self) -> None:
        async def pass_a_month() -> None:
            for table, column in (("usage_records", "billing_period_start"), ("quotas", "period")):
                # The key must not meet itself on the way: all rows move, the oldest first.
                await self.owner.run(
                    f"UPDATE {table} SET {column} = {column} - interval '400 years'"
                )
                await self.owner.run(
                    f"UPDATE {table} SET {column} = {column} + interval '400 years' - interval"
                    " '1 month'"
                )

        if self.month < 6:
            self.run(pass_a_month())
            self.month += 1

    @invariant()
    def sums_agree(self) -> None:
        if not hasattr(self, "owner"):
            return

        async def look() -> tuple[object, object, object]:
            return (
                await self.owner.rows(DISAGREEMENTS),
                await self.owner.one(
                    "SELECT coalesce(max(used), 0) FROM quotas WHERE user_id <> $1", NOBODY
                ),
                await self.owner.one(
                    "SELECT coalesce(max(used), 0) FROM quotas WHERE user_id = $1", NOBODY
                ),
            )

        disagreements, most, pooled = self.run(look())
        assert disagreements == []
        assert isinstance(most, int)
        assert isinstance(pooled, int)
        assert most <= LIMIT
        assert pooled <= POOL


def test_used_is_the_sum_of_the_ledger_and_never_above_the_limit(addresses: Addresses) -> None:
    machine = type("Machine", (LedgerMachine,), {"addresses": addresses})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=timedelta(seconds=10),
            suppress_health_check=list(HealthCheck),
        ),
    )
