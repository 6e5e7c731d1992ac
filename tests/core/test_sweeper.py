"""What a silent replica left is taken over, unless all were silent."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from core.chatbot import ChatbotService
from core.errors import UnavailableError
from core.lanes import Lanes
from core.messages import Posting
from core.ports.inbox import Admitted
from core.ports.threads import Exchange
from core.recording import MultiDatabaseService
from core.sender import Sender
from core.sweeper import Sweeper
from tests.core.memory import MemoryInbox, MemoryOutbox, MemoryThreads, admitted, utc_now

TIMEOUT = timedelta(milliseconds=300)


@dataclass(slots=True)
class MemoryRecovery:
    """Has messages to take over, and can be away."""

    left: list[Admitted] = field(default_factory=list)
    sweeps: list[float] = field(default_factory=list)
    away: bool = False

    async def heartbeat(self) -> None:
        if self.away:
            raise UnavailableError("away")

    async def leave(self) -> None:
        raise NotImplementedError

    async def messages(self, limit: int) -> Sequence[Admitted]:
        if self.away:
            raise UnavailableError("away")
        self.sweeps.append(asyncio.get_running_loop().time())
        left, self.left = self.left, []
        return left

    async def postings(self, limit: int) -> Sequence[Posting]:
        return []

    async def unrecorded(self, limit: int) -> Sequence[Exchange]:
        return []

    async def forget(self, limit: int) -> int:
        return 0


@dataclass(slots=True)
class Bench:
    """A sweeper that runs, and what its lanes handled."""

    recovery: MemoryRecovery = field(default_factory=MemoryRecovery)
    handled: list[Admitted] = field(default_factory=list)

    async def handle(self, message: Admitted) -> None:
        self.handled.append(message)

    def start(self, tasks: asyncio.TaskGroup) -> "asyncio.Task[None]":
        inbox, outbox, threads = MemoryInbox(), MemoryOutbox(), MemoryThreads()
        lanes = Lanes(handle=self.handle, waiting=inbox.waiting, tasks=tasks)
        one = admitted()
        sweeper = Sweeper(
            recovery=self.recovery,
            chatbot=ChatbotService(
                replica=one.owner, inbox=inbox, lanes=lanes, new_id=lambda: one.id
            ),
            sender=Sender(adapters={}, outbox=outbox, clock=utc_now, tasks=tasks),
            records=MultiDatabaseService(threads=threads, recorded=threads, tasks=tasks),
            timeout=TIMEOUT,
        )
        return tasks.create_task(sweeper.run())


async def test_what_was_left_before_the_start_is_taken_over_at_once() -> None:
    bench = Bench()
    left = [admitted(), admitted()]
    bench.recovery.left = list(left)
    async with asyncio.TaskGroup() as tasks:
        running = bench.start(tasks)
        await asyncio.sleep(TIMEOUT.total_seconds() / 3)
        running.cancel()
    assert bench.handled == left


async def test_after_a_break_the_others_get_time_to_show_that_they_live() -> None:
    bench = Bench()
    async with asyncio.TaskGroup() as tasks:
        running = bench.start(tasks)
        await asyncio.sleep(0.05)
        bench.recovery.away = True
        await asyncio.sleep(TIMEOUT.total_seconds())
        bench.recovery.away = False
        back = asyncio.get_running_loop().time()
        await asyncio.sleep(TIMEOUT.total_seconds() * 2)
        running.cancel()
    after = [at for at in bench.recovery.sweeps if at > back]
    assert after, "it never swept again"
    assert after[0] - back >= TIMEOUT.total_seconds()


async def test_a_short_break_changes_nothing() -> None:
    bench = Bench()
    async with asyncio.TaskGroup() as tasks:
        running = bench.start(tasks)
        await asyncio.sleep(0.05)
        bench.recovery.away = True
        await asyncio.sleep(0.02)
        bench.recovery.away = False
        back = asyncio.get_running_loop().time()
        await asyncio.sleep(TIMEOUT.total_seconds() * 0.8)
        running.cancel()
    assert [at for at in bench.recovery.sweeps if back < at < back + TIMEOUT.total_seconds()]
