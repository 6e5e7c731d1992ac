"""Show that this replica lives, and pick up what others left."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog

from core.chatbot import ChatbotService
from core.errors import UnavailableError
from core.ports.recovery import Recovery
from core.recording import MultiDatabaseService
from core.sender import Sender

BATCH = 200  # rows of a kind taken over in one sweep
FORGET_EVERY = timedelta(minutes=10)
FORGET_BATCH = 5000

log = structlog.get_logger(service="sweeper")


@dataclass(slots=True)
class Pulse:
    """Since when this replica has reached the store without a break, in monotonic seconds."""

    last: float | None = None
    steady_since: float | None = None

    def beat(self, longest_gap: float) -> None:
        """The store was reached. After a long gap it counts from now on."""
        now = time.monotonic()
        if self.last is not None and now - self.last > longest_gap:
            self.steady_since = now
        self.last = now

    def steady(self, *, longest_gap: float, lasting: float) -> bool:
        """Whether the store was reached so long without a break; since the start counts too."""
        now = time.monotonic()
        if self.last is None or now - self.last > longest_gap:
            return False
        return self.steady_since is None or now - self.steady_since >= lasting


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeper:
    """Three loops a replica runs beside its work. `timeout`: how long a replica may be silent.

    When the store was away for all, all were silent: after a break the others get as long as that
    to show that they live, or what they are posting would be posted twice.
    """

    recovery: Recovery
    chatbot: ChatbotService
    sender: Sender
    records: MultiDatabaseService
    timeout: timedelta
    _pulse: Pulse = field(default_factory=Pulse)

    async def run(self) -> None:
        """Beat, sweep and forget until cancelled."""
        await _try(self.beat)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_every(self.timeout / 5, self.beat))
            tasks.create_task(_every(self.timeout / 3, self.sweep))
            tasks.create_task(_every(FORGET_EVERY, self.forget))

    async def beat(self) -> None:
        """Show that this replica lives."""
        await self.recovery.heartbeat()
        self._pulse.beat(self._longest_gap)

    async def sweep(self) -> None:
        """Take over messages, postings and unrecorded turns."""
        lasting = self.timeout.total_seconds()
        if not self._pulse.steady(longest_gap=self._longest_gap, lasting=lasting):
            return
        for admitted in await self.recovery.messages(BATCH):
            if self.chatbot.adopt(admitted):
                log.info("message_adopted", message_id=str(admitted.id), attempt=admitted.attempt)
        self.sender.put(await self.recovery.postings(BATCH))
        for exchange in await self.recovery.unrecorded(BATCH):
            self.records.record(exchange)

    @property
    def _longest_gap(self) -> float:
        """Seconds between two beats in which nobody can have been silent for the time-out."""
        return self.timeout.total_seconds() / 2

    async def forget(self) -> None:
        """Delete what is past its time."""
        forgotten = FORGET_BATCH
        while forgotten >= FORGET_BATCH:
            forgotten = await self.recovery.forget(FORGET_BATCH)


async def _every(pause: timedelta, action: Callable[[], Coroutine[Any, Any, None]]) -> None:
    while True:
        await _try(action)
        await asyncio.sleep(pause.total_seconds())


async def _try(action: Callable[[], Coroutine[Any, Any, None]]) -> None:
    try:
        await action()
    except UnavailableError as error:
        log.warning("sweep_failed", sweep=action.__qualname__, reason=str(error))
    except Exception:
        log.exception("sweep_failed", sweep=action.__qualname__)
