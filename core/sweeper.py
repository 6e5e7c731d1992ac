"""Show that this replica lives, and pick up what others left."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from core.chatbot import ChatbotService
from core.errors import UnavailableError
from core.files import KeepFiles
from core.ports.feedback import Votes
from core.ports.recovery import Recovery
from core.ports.threads import Exchange, Turn
from core.privacy.erase import ErasePerson
from core.recording import MultiDatabaseService
from core.sender import Sender
from core.troubles import TellOfTroubles
from core.usage.counting import FLUSH_EVERY, FlushCounts

BATCH = 200  # rows of a kind taken over in one sweep
FORGET_EVERY = timedelta(minutes=10)
FORGET_BATCH = 5000
TELL_EVERY = timedelta(minutes=1)
EXPIRE_EVERY = timedelta(hours=1)

log = structlog.get_logger(service="sweeper")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeper:
    """Loops that a replica runs beside its work. `timeout`: how long a replica may be silent.

    `votes` are those that a second store is to have, where there is one.
    """

    recovery: Recovery
    chatbot: ChatbotService
    sender: Sender
    records: MultiDatabaseService
    flush_counts: FlushCounts
    timeout: timedelta
    files: KeepFiles
    votes: Votes | None = None
    erase: ErasePerson | None = None
    tell_of_troubles: TellOfTroubles | None = None

    async def run(self) -> None:
        """Beat, sweep, forget, expire and flush until cancelled."""
        beat = self.timeout / 5
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_every(beat, self.recovery.heartbeat))
            tasks.create_task(_every(self.timeout / 3, self.sweep))
            tasks.create_task(_every(self.timeout / 3, self.catch_up))
            tasks.create_task(_every(self.timeout / 3, self.mirror_votes))
            tasks.create_task(_every(self.timeout / 3, self.finish_erasures))
            tasks.create_task(_every(TELL_EVERY, self.tell_admins))
            tasks.create_task(_every(FORGET_EVERY, self.forget))
            tasks.create_task(_every(EXPIRE_EVERY, self.expire))
            tasks.create_task(_every(FLUSH_EVERY, self.flush))
            tasks.create_task(_every(FORGET_EVERY, self.sweep_files))

    async def sweep(self) -> None:
        """Take over messages and postings."""
        adopted = sum(map(self.chatbot.adopt, await self.recovery.messages(BATCH)))
        if adopted:
            log.info("messages_adopted", messages=adopted)
        self.sender.put(await self.recovery.postings(BATCH))
        if refunded := await self.recovery.refund_expired(BATCH):
            log.warning("reservations_expired", reservations=refunded)

    async def catch_up(self) -> None:
        """Write the turns that could not be written, batch after batch while that goes well."""
        await self._catch_up(self.recovery.unrecorded)
        await self._catch_up(self.recovery.late_turns)

    async def _catch_up(self, left: Callable[[int], Awaitable[Sequence[Exchange | Turn]]]) -> None:
        while said := await left(BATCH):
            written = await self.records.catch_up(said)
            if len(said) < BATCH or not written:
                return

    async def mirror_votes(self) -> None:
        """Bring votes to the second store, batch after batch while that goes well."""
        while self.votes is not None and (votes := await self.votes.unrecorded(BATCH)):
            written = await self.records.mirror(votes)
            if written:
                await self.votes.mark(written)
            if len(votes) < BATCH or not written:
                return

    async def finish_erasures(self) -> None:
        """Go on with erasures that some store was away for, or that came too soon for something."""
        if self.erase is not None:
            await self.erase.sweep()

    async def tell_admins(self) -> None:
        """Tell the admins of what was given up."""
        if self.tell_of_troubles is not None:
            await self.tell_of_troubles()

    async def forget(self) -> None:
        """Delete what is past its time."""
        forgotten = FORGET_BATCH
        while forgotten >= FORGET_BATCH:
            forgotten = await self.recovery.forget(FORGET_BATCH)

    async def expire(self) -> None:
        """Delete what organizations do not keep any longer, and put away what is old."""
        expired = FORGET_BATCH
        while expired >= FORGET_BATCH:
            expired = await self.recovery.expire(FORGET_BATCH)
        moved = FORGET_BATCH
        while moved >= FORGET_BATCH:
            moved = await self.recovery.cool(FORGET_BATCH)

    async def flush(self) -> None:
        """Bring counts to where they are kept."""
        await self.flush_counts()

    async def sweep_files(self) -> None:
        """Delete files that are past their time, and what unfinished ones left."""
        await self.files.sweep()


async def _every(pause: timedelta, action: Callable[[], Coroutine[Any, Any, None]]) -> None:
    while True:
        try:
            await action()
        except UnavailableError as error:
            log.warning("sweep_failed", sweep=action.__qualname__, reason=str(error))
        except Exception:
            log.exception("sweep_failed", sweep=action.__qualname__)
        await asyncio.sleep(pause.total_seconds())
