"""Clear "thinking" away where the answer went another way."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from adapters.platforms.discord.handles import Deferral, Handle, OpenHandle, OpenHandles
from adapters.platforms.discord.webhooks import ExpiredError, Webhooks
from core.errors import PlatformError
from core.ports.clock import Clock

EVERY = 20.0
"""Seconds between two looks."""

BEFORE_END = timedelta(minutes=1)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearThinking:
    """After 15 minutes Discord says of an unanswered interaction that the bot did not respond.

    It is not true where another replica answered, which had no handle and posted a normal message.
    """

    handles: OpenHandles
    webhooks: Webhooks
    clock: Clock

    async def keep_clear(self) -> None:
        """Look after all interactions, for ever."""
        while True:
            await asyncio.sleep(EVERY)
            for handle, opened in self.handles.unanswered(self.clock() + BEFORE_END):
                await self._clear(handle, opened)

    async def _clear(self, handle: Handle, opened: OpenHandle) -> None:
        opened.is_lost = True
        if handle.deferral is Deferral.CLICK:
            return
        try:
            await self.webhooks.delete_original(handle)
        except (ExpiredError, PlatformError) as error:
            log.info("discord.thinking_not_cleared", reason=str(error))
