"""Show people that their answer is under way, where finding it takes a while."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from core.errors import PlatformError
from core.messages import Capability, Conversation, Kind, Platform
from core.ports.inbox import Admitted
from core.ports.platform import ChatAdapter, ShowsTyping

FIRST_AFTER = 1.0
AGAIN_AFTER = 4.0  # Telegram shows it for five seconds, the others for longer

log = structlog.get_logger(service="chatbot_service")


@dataclass(frozen=True, slots=True, kw_only=True)
class TypingStatus:
    """Times are in seconds. `tasks` outlive every block in which it is shown."""

    adapters: Mapping[Platform, ChatAdapter]
    tasks: asyncio.TaskGroup
    first_after: float = FIRST_AFTER
    again_after: float = AGAIN_AFTER

    @contextmanager
    def shown(self, admitted: Admitted) -> Iterator[None]:
        """Show it until the block ends, however it ends; a quick one costs no more than a timer.

        Nothing that the platform does reaches the block.
        """
        adapter = self._adapter(admitted)
        if adapter is None:
            yield
            return
        started: list[asyncio.Task[None]] = []
        timer = asyncio.get_running_loop().call_later(
            self.first_after, self._start, adapter, admitted.conversation, started
        )
        try:
            yield
        finally:
            timer.cancel()
            for task in started:
                task.cancel()

    def _adapter(self, admitted: Admitted) -> ChatAdapter | None:
        if admitted.message.kind is Kind.CLICK:
            return None
        adapter = self.adapters.get(admitted.conversation.platform)
        if adapter is None or Capability.TYPING not in adapter.capabilities:
            return None
        return adapter

    def _start(
        self, adapter: ChatAdapter, conversation: Conversation, started: list[asyncio.Task[None]]
    ) -> None:
        if not isinstance(adapter, ShowsTyping):
            return
        showing = self._keep_showing(adapter, conversation)
        try:
            started.append(self.tasks.create_task(showing))
        except RuntimeError:  # the group is being cancelled, and the block with it
            showing.close()

    async def _keep_showing(self, adapter: ShowsTyping, conversation: Conversation) -> None:
        try:
            while True:
                await adapter.show_typing(conversation)
                await asyncio.sleep(self.again_after)
        except PlatformError as error:
            log.debug("typing_not_shown", conversation=conversation.key, reason=str(error))
        except Exception:  # a fault of the adapter must not end the group with all that is in it
            log.exception("typing_failed", conversation=conversation.key)
