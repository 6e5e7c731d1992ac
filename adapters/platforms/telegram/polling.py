"""Long polling: persist, then advance."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from aiohttp import ClientTimeout

from adapters.platforms.telegram.answers import WebhookSetError
from adapters.platforms.telegram.client import BotApi
from adapters.platforms.telegram.intake import KINDS, Intake
from adapters.platforms.telegram.patience import Patience
from adapters.platforms.telegram.payload import number_of
from core.errors import PlatformError, TokenRejectedError, UnavailableError, UnconfirmedError
from core.messages import IncomingMessage
from core.ports.platform import Receive

POLL_SECONDS = 25
TIMEOUT = ClientTimeout(total=POLL_SECONDS + 60, connect=10, sock_read=POLL_SECONDS + 15)
BATCH = 100

RENUMBERED_SECONDS = 6 * 24 * 3600
"""After a week without updates Telegram numbers them anew, perhaps below our offset."""

NO_POLL_SECONDS = 0.05
"""A server that answers sooner than this with nothing does not know long polling."""

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Polling:
    """One bot's queue of updates on the server.

    Asking with an offset confirms every update before it, so the offset moves only when all of a
    batch is committed.
    """

    api: BotApi
    intake: Intake
    receive: Receive
    clock: Callable[[], float]
    offset: int | None = None
    quiet_since: float = 0.0
    patience: Patience = field(default_factory=Patience)

    async def run(self) -> None:
        """Poll until cancelled.

        `TokenRejectedError` when the token is no longer good, `WebhookSetError` when somebody has
        set a webhook: both are for the start to mend.
        """
        self.quiet_since = self.clock()
        while True:
            try:
                await self._round()
            except (TokenRejectedError, WebhookSetError):
                raise
            except (PlatformError, UnavailableError) as error:
                await self.patience.wait(error)
            else:
                self.patience.restore()

    async def _round(self) -> None:
        asked_at = self.clock()
        updates = await self._fetch()
        if not updates:
            await self._rest(asked_at)
            return
        await self._hand_over(updates)
        self.quiet_since = self.clock()
        self._advance(updates)

    async def _fetch(self) -> Sequence[object]:
        parameters: dict[str, object] = {
            "timeout": POLL_SECONDS,
            "limit": BATCH,
            "allowed_updates": KINDS,
        }
        if self.offset is not None:
            parameters["offset"] = self.offset
        updates = await self.api.call("getUpdates", parameters, timeout=TIMEOUT)
        if not isinstance(updates, list):
            raise UnconfirmedError("the answer to getUpdates is no list")
        return updates

    async def _rest(self, asked_at: float) -> None:
        now = self.clock()
        if now - self.quiet_since > RENUMBERED_SECONDS:
            self.offset, self.quiet_since = None, now
        await asyncio.sleep(max(0, NO_POLL_SECONDS - (now - asked_at)))

    async def _hand_over(self, updates: Sequence[object]) -> None:
        """Commit a batch: in order within a chat, all chats side by side.

        A chat that fails does not stop the others; then all of them are handed over again.
        """
        chats: dict[str, list[IncomingMessage]] = {}
        for update in updates:
            message = self.intake.read(update)
            if message is not None:
                chats.setdefault(message.conversation.channel, []).append(message)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._commit(messages)) for messages in chats.values()]
        for failure in filter(None, (task.result() for task in tasks)):
            raise failure

    async def _commit(self, messages: Sequence[IncomingMessage]) -> UnavailableError | None:
        try:
            for message in messages:
                await self.receive(message)
        except UnavailableError as error:
            return error
        return None

    def _advance(self, updates: Sequence[object]) -> None:
        numbers = [number for number in map(number_of, updates) if number is not None]
        if not numbers:
            raise UnconfirmedError("no update in the batch has a number")
        self.offset = max(numbers) + 1
