"""Any order of imports, edits and undos: each is taken back to what was, and can be followed."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import asyncpg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from adapters.stores.postgres.connection import APPLICATION_ROLE, Database, open_pool
from adapters.stores.postgres.organizations import find_organization
from bots.embedded import Addresses
from bots.knowledge import knowledge_in
from core.entries import Entry, NewEntry
from core.errors import UserError
from core.knowledge.service import KnowledgeService

Result = TypeVar("Result")
Known: TypeAlias = dict[UUID, Entry]

QUESTIONS = ("Why?", "Who?", "When?", "Where?", "How?")

questions = st.lists(st.sampled_from(QUESTIONS), min_size=1, max_size=2)
entries = st.builds(
    NewEntry,
    phrasings=questions.map(tuple),
    answer=st.sampled_from(("A", "B", "C")),
    source=st.sampled_from(("", "faq.csv")),
    tags=st.sampled_from(((), ("x",))),
    audience=st.sampled_from(((), ("role:admin",))),
)
picks = st.integers(0, 9)

EMPTY = """
TRUNCATE knowledge_entries, knowledge_changes, knowledge_revisions, quotas, usage_records;
UPDATE organizations SET knowledge_revision = 0
"""
USED = "SELECT coalesce(sum(used), 0) FROM quotas WHERE resource_type = 'knowledge_entries'"


class KnowledgeMachine(RuleBasedStateMachine):
    """The service beside what was known at each revision, and what can be taken back."""

    addresses: Addresses

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self.stack = AsyncExitStack()
        self.at: list[Known] = [{}]
        self.before: list[Known] = []
        self.undone: list[Known] = []

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(work)

    @initialize()
    def begin(self) -> None:
        async def open_all() -> tuple[asyncpg.Pool, KnowledgeService, UUID]:
            dsn, owner_dsn = self.addresses.postgres_dsn, self.addresses.postgres_owner_dsn
            owner = await self.stack.enter_async_context(open_pool(owner_dsn, size=1))
            await owner.execute(EMPTY)
            pool = await self.stack.enter_async_context(
                open_pool(dsn, role=APPLICATION_ROLE, size=2)
            )
            return owner, knowledge_in(pool), await find_organization(Database(pool=pool), "")

        self.owner, self.service, self.organization = self.run(open_all())

    def teardown(self) -> None:
        try:
            while self.before:
                self.undo()
        finally:
            self.run(self.stack.aclose())
            self.runner.close()

    @property
    def known(self) -> Known:
        return self.at[-1]

    def change(self, work: Coroutine[Any, Any, object]) -> None:
        """Do something that is one revision, or none, or is refused."""
        try:
            self.run(work)
        except UserError:
            assert self.run(self.look()) == (len(self.at) - 1, self.known)
            return
        revision, now = self.run(self.look())
        assert revision - len(self.at) in {-1, 0}
        assert (revision == len(self.at)) == (now != self.known)
        if revision == len(self.at):
            self.undone.clear()
            self.before.append(self.known)
            self.at.append(now)

    async def kept(self, work: Coroutine[Any, Any, Entry]) -> None:
        """What comes back is what is kept."""
        entry = await work
        assert await self.service.entry(self.organization, entry.id) == entry

    async def look(self) -> tuple[int, Known]:
        found = await self.service.store.load(self.organization)
        return found.revision, {entry.id: entry for entry in found.entries}

    def pick(self, number: int) -> UUID:
        return sorted(self.known)[number % len(self.known)]

    @rule(given=st.lists(entries, min_size=1, max_size=3), prune=st.booleans())
    def bring(self, given: list[NewEntry], *, prune: bool) -> None:
        self.change(self.service.import_entries(self.organization, given, prune=prune))

    @rule(new=entries)
    def add(self, new: NewEntry) -> None:
        self.change(self.kept(self.service.add(self.organization, new, by=None)))

    @precondition(lambda self: self.known)
    @rule(number=picks, new=entries)
    def edit(self, number: int, new: NewEntry) -> None:
        edited = self.service.edit(self.organization, self.pick(number), new, by=None)
        self.change(self.kept(edited))

    @precondition(lambda self: self.known)
    @rule(number=picks)
    def remove(self, number: int) -> None:
        self.change(self.service.remove_entry(self.organization, self.pick(number), by=None))

    @rule()
    def undo(self) -> None:
        undone = self.run(self.service.undo(self.organization, by=None))
        revision, now = self.run(self.look())
        if not self.before:
            assert undone is None
            return
        assert undone
        assert undone.revision == revision == len(self.at)
        assert now == self.before.pop()
        self.undone.append(self.known)
        self.at.append(now)

    @precondition(lambda self: self.undone)
    @rule()
    def redo(self) -> None:
        assert self.run(self.service.redo(self.organization, by=None))
        revision, now = self.run(self.look())
        assert revision == len(self.at)
        assert now == self.undone.pop()
        self.before.append(self.known)
        self.at.append(now)

    @rule(number=picks)
    def follow(self, number: int) -> None:
        since = number % len(self.at)
        difference = self.run(self.service.store.changes_since(self.organization, since))
        assert difference
        left = {key: one for key, one in self.at[since].items() if key not in difference.removed}
        assert left | {one.id: one for one in difference.changed} == self.known

    @invariant()
    def entries_are_charged_once(self) -> None:
        if hasattr(self, "owner"):
            assert self.run(self.owner.fetchval(USED)) == len(self.known)


def test_any_order_of_changes_can_be_taken_back_and_followed(addresses: Addresses) -> None:
    machine = type("Machine", (KnowledgeMachine,), {"addresses": addresses})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=timedelta(seconds=10),
            suppress_health_check=list(HealthCheck),
        ),
    )
