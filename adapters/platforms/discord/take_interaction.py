"""Take an interaction: commit it and acknowledge it within its three seconds."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog

from adapters.platforms.discord.handles import (
    EPHEMERAL,
    Deferral,
    Handle,
    OpenHandle,
    OpenHandles,
)
from adapters.platforms.discord.interactions import Interaction
from adapters.platforms.discord.webhooks import ExpiredError, Webhooks
from core.errors import PlatformError, UnavailableError
from core.messages import IncomingMessage
from core.ports.platform import Receive

COMMIT_WITHIN = 1.5
"""Seconds after which an interaction is acknowledged although it is not committed yet."""

MESSAGE = 4
TRY_AGAIN = "I cannot take this just now. Please try again in a minute."
TRY_AGAIN_CALLBACK: Mapping[str, object] = {
    "type": MESSAGE,
    "data": {"content": TRY_AGAIN, "flags": EPHEMERAL, "allowed_mentions": {"parse": []}},
}

Acknowledge = Callable[[Mapping[str, object]], Awaitable[None]]
"""Give an interaction's initial response, by the way it came."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeInteraction:
    """Interactions are delivered once: one that cannot be committed is answered visibly."""

    receive: Receive
    handles: OpenHandles
    webhooks: Webhooks

    async def __call__(self, interaction: Interaction, acknowledge: Acknowledge) -> None:
        """Return when nothing is left to do but to reply. Raises nothing of its own."""
        opened = self.handles.open(interaction.handle)
        async with asyncio.TaskGroup() as tasks:
            commit = tasks.create_task(self._commit(interaction.message))
            await asyncio.wait({commit}, timeout=COMMIT_WITHIN)
            is_refused = commit.done() and not commit.result()
            callback = TRY_AGAIN_CALLBACK if is_refused else interaction.deferral.to_callback()
            opened.is_used = opened.is_used or is_refused
            await _acknowledged(opened, acknowledge(callback), interaction.id)
        if not commit.result() and not is_refused:
            await self._ask_to_try_again(Handle.unpack(interaction.handle.value), opened)

    async def _commit(self, message: IncomingMessage) -> bool:
        try:
            await self.receive(message)
        except UnavailableError:
            return False
        except Exception:
            log.exception("discord.interaction_failed", interaction_id=message.message_id)
            return False
        return True

    async def _ask_to_try_again(self, handle: Handle, opened: OpenHandle) -> None:
        if opened.is_used or opened.is_lost:
            return
        opened.is_used = True
        is_click = handle.deferral is Deferral.CLICK
        say = self.webhooks.follow_up if is_click else self.webhooks.edit_original
        try:
            await say(handle, {"content": TRY_AGAIN, "flags": EPHEMERAL})
        except (ExpiredError, PlatformError) as error:
            log.warning("discord.interaction_unanswered", reason=str(error))


async def _acknowledged(opened: OpenHandle, call: Awaitable[None], interaction_id: str) -> None:
    try:
        await call
    except (ExpiredError, PlatformError, ConnectionError) as error:
        opened.is_lost = True
        log.warning(
            "discord.interaction_unacknowledged",
            interaction_id=interaction_id,
            reason=str(error) or type(error).__name__,
        )
    finally:
        opened.answered_at = asyncio.get_running_loop().time()
        opened.deferred.set()
