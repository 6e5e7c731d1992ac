"""Any order of events, ends, disappearances and returns: once each, counted once, in line."""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import settings
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
from core.messages import Posting
from core.ports.inbox import Admitted, Verdict
from tests.databases import SharedDatabases, own_databases
from tests.stores.replica import Replica, delivered, replica_on, slack_message

LONG = timedelta(minutes=10)  # nobody vanishes by being slow: only when a step says so
AT_ONCE = timedelta(0)
ROUNDS = 30
CONVERSATIONS = 3

CLEAR = "TRUNCATE inbox, outbox, conversations, usage_records, quotas, replicas"
VANISH = "UPDATE replicas SET heartbeat_at = now() - interval '1 day' WHERE id = $1"
LEDGER = """
SELECT (SELECT count(*) FROM (SELECT FROM outbox WHERE state = 'sending'
                               GROUP BY conversation_id HAVING count(*) > 1) AS c) AS crowded,
       (SELECT count(*) FROM conversations c
         WHERE (c.last_sequence, c.last_sequence) <> (
               SELECT count(*), max(b.sequence) FROM inbox b WHERE b.conversation_id = c.id)
       ) AS gaps,
       (SELECT coalesce(sum(used), 0) FROM quotas) AS used,
       (SELECT count(*) FROM usage_records) AS counted,
       (SELECT count(*) FROM inbox WHERE state = 'settled') AS settled
"""
UNFINISHED = """
SELECT (SELECT count(*) FROM inbox WHERE state <> 'settled')
     + (SELECT count(*) FROM outbox WHERE state NOT IN ('sent', 'dead'))
"""
PARTS = "SELECT inbox_id, count(*) FROM outbox WHERE part > 0 GROUP BY inbox_id"

Result = TypeVar("Result")


@dataclass(slots=True)
class Stage:
    """A database, and a loop to use it on from a machine that knows no coroutines."""

    runner: asyncio.Runner
    database: Database
    owner: Database

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do it now."""
        return self.runner.run(work)


@dataclass(slots=True)
class Hand:
    """A replica, and what it believes is its own to do."""

    replica: Replica
    held: dict[UUID, Admitted] = field(default_factory=dict)
    sending: dict[UUID, Posting] = field(default_factory=dict)

    def hold(self, messages: Sequence[Admitted]) -> None:
        self.held.update({message.id: message for message in messages})

    def send(self, postings: Sequence[Posting]) -> None:
        self.sending.update({posting.id: posting for posting in postings})


SLOT = st.integers(0, 1)
PICK = st.integers(0, 9)
EVENTS = st.lists(
    st.tuples(SLOT, st.integers(0, 11), st.sampled_from("ab")), min_size=1, max_size=8
)
ENDS = st.sampled_from(["sent", "sent", "later", "unconfirmed", "plain", "dead"])


class Schedule(RuleBasedStateMachine):
    """Two replicas that share a database; one that vanishes may still act as a zombie."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.open = AsyncExitStack()
        stage.run(stage.owner.fetch(CLEAR))
        self.hands = [self._hand(), self._hand()]
        self.zombies: list[Hand] = []
        self.conversations: set[UUID] = set()
        self.admitted: set[int] = set()
        self.settled: dict[UUID, int] = {}

    @initialize(events=EVENTS)
    def it_begins(self, events: list[tuple[int, int, str]]) -> None:
        self.events_arrive(events)

    @rule(events=EVENTS)
    def events_arrive(self, events: list[tuple[int, int, str]]) -> None:
        """Some of them twice, of both kinds that tell of one message, at both replicas."""

        async def admit() -> list[Admitted]:
            return await asyncio.gather(
                *(
                    self.hands[slot].replica.admit(
                        slack_message(
                            number,
                            thread=str(number % CONVERSATIONS),
                            user=f"U{number % 2}",
                            event=f"Ev{number}{kind}",
                        )
                    )
                    for slot, number, kind in events
                )
            )

        for (slot, number, _), admitted in zip(events, self.stage.run(admit()), strict=True):
            self.conversations.add(admitted.conversation_id)
            if admitted.verdict is not Verdict.NEW:
                assert admitted.verdict is Verdict.DUPLICATE
                continue
            assert number not in self.admitted
            self.admitted.add(number)
            if admitted.owner == self.hands[slot].replica.id:
                self.hands[slot].hold([admitted])

    @rule(slot=SLOT)
    def it_hears_of_handovers(self, slot: int) -> None:
        hand = self.hands[slot]
        for conversation in self.conversations:
            hand.hold(self.stage.run(hand.replica.inbox.waiting(conversation)))

    @rule(slot=SLOT, picks=st.lists(PICK, min_size=1, max_size=5), parts=st.integers(1, 3))
    def it_settles(self, slot: int, picks: list[int], parts: int) -> None:
        self._settle(self.hands[slot], picks, parts)

    @rule(slot=SLOT, pick=PICK)
    def it_tells_somebody_to_wait(self, slot: int, pick: int) -> None:
        hand = self.hands[slot]
        if hand.held:
            message = list(hand.held.values())[pick % len(hand.held)]
            hand.send(
                self.stage.run(hand.replica.outbox.notice(message, "one moment", private=False))
            )

    @rule(slot=SLOT, pick=PICK, how=ENDS)
    def a_posting_ends(self, slot: int, pick: int, how: str) -> None:
        self._end(self.hands[slot], pick, how)

    @rule(slot=SLOT)
    def a_pause_is_over(self, slot: int) -> None:
        hand = self.hands[slot]
        hand.send(self.stage.run(hand.replica.outbox.due(list(self.conversations))))

    @rule(slot=SLOT)
    def it_vanishes(self, slot: int) -> None:
        self.stage.run(self.stage.owner.fetch(VANISH, self.hands[slot].replica.id))
        self.zombies.append(self.hands[slot])
        self.hands[slot] = self._hand()

    @rule(slot=SLOT)
    def it_sweeps(self, slot: int) -> None:
        hand, other = self.hands[slot], self.hands[1 - slot]
        messages = self.stage.run(hand.replica.recovery.messages(100))
        postings = self.stage.run(hand.replica.recovery.postings(100))
        assert not {message.id for message in messages} & other.held.keys()
        assert not {posting.id for posting in postings} & other.sending.keys()
        hand.hold(messages)
        hand.send(postings)

    @precondition(lambda self: bool(self.zombies))
    @rule(which=PICK, pick=PICK, settles=st.booleans())
    def a_zombie_acts(self, which: int, pick: int, settles: bool) -> None:
        zombie = self.zombies[which % len(self.zombies)]
        if settles:
            self._settle(zombie, [pick], 2)
        else:
            self._end(zombie, pick, "sent")

    @invariant()
    def the_books_are_right(self) -> None:
        [ledger] = self.stage.run(self.stage.owner.fetch(LEDGER))
        assert (ledger["crowded"], ledger["gaps"]) == (0, 0)
        assert ledger["used"] == ledger["counted"] == ledger["settled"] == len(self.settled)

    def teardown(self) -> None:
        """Everything comes to an end when nothing goes wrong any more."""
        try:
            for _ in range(ROUNDS):
                if not self._unfinished():
                    break
                self._go_on()
            assert self._unfinished() == 0
            parts = self.stage.run(self.stage.owner.fetch(PARTS))
            assert {row["inbox_id"]: row["count"] for row in parts} == self.settled
            self.the_books_are_right()
        finally:
            self.stage.run(self.open.aclose())

    def _go_on(self) -> None:
        for slot, hand in enumerate(self.hands):
            self.it_sweeps(slot)
            self.it_hears_of_handovers(slot)
            self._settle(hand, list(range(len(hand.held))), 1)
            self.a_pause_is_over(slot)
            while hand.sending:
                self._end(hand, 0, "sent")

    def _unfinished(self) -> int:
        [row] = self.stage.run(self.stage.owner.fetch(UNFINISHED))
        return int(row[0])

    def _hand(self) -> Hand:
        opening = replica_on(self.stage.database, owner=self.stage.owner, timeout=LONG)
        return Hand(self.stage.run(self.open.enter_async_context(opening)))

    def _settle(self, hand: Hand, picks: Sequence[int], parts: int) -> None:
        if not hand.held:
            return
        held = list(hand.held.values())
        chosen = {held[pick % len(held)].id: held[pick % len(held)] for pick in picks}
        texts = [f"part {number}" for number in range(parts)]

        async def settle() -> Sequence[Any]:
            return await asyncio.gather(
                *(hand.replica.settle(message, *texts) for message in chosen.values())
            )

        for message, settled in zip(chosen.values(), self.stage.run(settle()), strict=True):
            del hand.held[message.id]
            if settled.applied:
                assert message.id not in self.settled
                self.settled[message.id] = parts
                hand.send(settled.postings)

    def _end(self, hand: Hand, pick: int, how: str) -> None:
        if not hand.sending:
            return
        posting = list(hand.sending.values())[pick % len(hand.sending)]
        del hand.sending[posting.id]
        hand.send(self.stage.run(self._ended(hand, posting, how)))

    async def _ended(self, hand: Hand, posting: Posting, how: str) -> Sequence[Posting]:
        outbox = hand.replica.outbox
        match how:
            case "sent":
                return await outbox.sent(posting, delivered(posting))
            case "plain":
                return await outbox.plain(posting)
            case "dead":
                return await outbox.dead(posting, "gone")
            case _:
                unconfirmed = how == "unconfirmed"
                return await outbox.later(posting, AT_ONCE, reason=how, unconfirmed=unconfirmed)


@pytest.fixture
def stage(databases: SharedDatabases) -> Iterator[Stage]:
    """Not made the thread's own loop, which is pytest-asyncio's to set."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        stack = AsyncExitStack()
        addresses = runner.run(stack.enter_async_context(own_databases(databases)))
        pools = [
            runner.run(stack.enter_async_context(open_pool(dsn, role=role)))
            for dsn, role in (
                (addresses.postgres_dsn, APPLICATION_ROLE),
                (addresses.postgres_owner_dsn, None),
            )
        ]
        database, owner = (Database(pool=pool) for pool in pools)
        yield Stage(runner=runner, database=database, owner=owner)
        runner.run(stack.aclose())


def test_any_schedule_keeps_the_promises(stage: Stage) -> None:
    class OnThisStage(Schedule):
        def __init__(self) -> None:
            super().__init__(stage)

    run_state_machine_as_test(
        OnThisStage, settings=settings(max_examples=40, stateful_step_count=25, deadline=None)
    )
