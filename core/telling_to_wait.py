"""Tell a person once that something has to be waited for, unless their answer is there sooner."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog

from core.errors import UnavailableError
from core.ports.inbox import Admitted
from core.ports.outbox import Outbox
from core.sender import Sender

AFTER = timedelta(seconds=0.5)
AGAIN_AFTER = timedelta(seconds=1)
"""When the line could not be queued: its store was away too, and brings the answer as well."""

WAIT = "One moment: something I need is restarting. Your answer follows by itself."

log = structlog.get_logger(service="chatbot_service")


@dataclass(frozen=True, slots=True, kw_only=True)
class TellToWait:
    """`tasks` outlive every block that is waited for."""

    outbox: Outbox
    sender: Sender
    tasks: asyncio.TaskGroup
    after: timedelta = AFTER

    @contextmanager
    def unless_over(self, admitted: Admitted, *, private: bool) -> Iterator[None]:
        """Tell the author, in `private` if that is how the answer comes, if the block lasts.

        Nothing is told after it; what is being written down then is not cut off.
        """
        over = asyncio.Event()
        telling = self._tell(admitted, private and not admitted.conversation.direct, over)
        try:
            self.tasks.create_task(telling)
        except RuntimeError:  # the group is being cancelled, and the block with it
            telling.close()
        try:
            yield
        finally:
            over.set()

    async def _tell(self, admitted: Admitted, private: bool, over: asyncio.Event) -> None:
        pause = self.after
        while not await _is_set(over, pause):
            try:
                self.sender.put(await self.outbox.notice(admitted, WAIT, private=private))
            except UnavailableError:
                pause = AGAIN_AFTER
            except Exception:  # the answer goes on without it
                log.exception("not_told_to_wait", message_id=str(admitted.id))
                return
            else:
                return


async def _is_set(event: asyncio.Event, within: timedelta) -> bool:
    try:
        async with asyncio.timeout(within.total_seconds()):
            await event.wait()
    except TimeoutError:
        return False
    return True
