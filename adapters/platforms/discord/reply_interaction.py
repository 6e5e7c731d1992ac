"""Reply to an interaction by its handle, while that is good."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.platforms.discord.handles import (
    EPHEMERAL,
    Deferral,
    Handle,
    OpenHandle,
    OpenHandles,
)
from adapters.platforms.discord.webhooks import (
    UNKNOWN_INTERACTION,
    ExpiredError,
    Webhooks,
)
from core.errors import RejectedError
from core.messages import Posting, ReplyHandle

DEFERRED_WITHIN = 4.0
"""Seconds to wait for the acknowledgement: a reply must not come before it."""

SETTLES = 3.0
"""Seconds after an HTTP acknowledgement in which Discord may not know the interaction yet."""

SETTLING = (0.1, 0.3, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyInteraction:
    """The first posting takes the place of "thinking", all others follow it."""

    handles: OpenHandles
    webhooks: Webhooks

    async def __call__(
        self, posting: Posting, handle: ReplyHandle, body: Mapping[str, object]
    ) -> Mapping[str, Any] | None:
        """The message, None when the handle is no way any more. Errors as of `send`."""
        opened = self.handles.usable(handle)
        known = Handle.unpack(handle.value)
        if opened is None or posting.visible_to not in (None, known.person):
            return None
        try:
            async with asyncio.timeout(DEFERRED_WITHIN):
                await opened.deferred.wait()
            return await self._patiently(opened, known, posting, body)
        except (ExpiredError, TimeoutError):
            opened.is_lost = True
            return None

    def edits(self, posting: Posting) -> bool:
        """Whether a posting is one that the same call again does not repeat."""
        opened = self.handles.usable(posting.handle) if posting.handle else None
        return opened is not None and opened.original == posting.id

    def follows(self, posting: Posting) -> bool:
        """Whether a posting went, or goes, behind the first one."""
        opened = self.handles.usable(posting.handle) if posting.handle else None
        return opened is not None and opened.is_used and opened.original != posting.id

    async def _patiently(
        self, opened: OpenHandle, handle: Handle, posting: Posting, body: Mapping[str, object]
    ) -> Mapping[str, Any]:
        if opened.is_lost:
            raise ExpiredError(UNKNOWN_INTERACTION)
        for wait in SETTLING:
            try:
                return await self._post(opened, handle, posting, body)
            except ExpiredError:
                if asyncio.get_running_loop().time() - opened.answered_at > SETTLES:
                    raise
            await asyncio.sleep(wait)
        return await self._post(opened, handle, posting, body)

    async def _post(
        self, opened: OpenHandle, handle: Handle, posting: Posting, body: Mapping[str, object]
    ) -> Mapping[str, Any]:
        is_private = posting.visible_to is not None or handle.deferral is Deferral.PRIVATE
        if handle.deferral is not Deferral.CLICK and opened.may_edit(posting.id):
            if is_private == (handle.deferral is Deferral.PRIVATE):
                return await self._edit(opened, handle, posting, body)
            # Everybody would see it there: "thinking" must go before something private follows.
            await self.webhooks.delete_original(handle)
        opened.is_used = True
        flags = {"flags": EPHEMERAL} if is_private else {}
        return await self.webhooks.follow_up(handle, {**body, **flags})

    async def _edit(
        self, opened: OpenHandle, handle: Handle, posting: Posting, body: Mapping[str, object]
    ) -> Mapping[str, Any]:
        opened.is_used, opened.original = True, posting.id
        try:
            return await self.webhooks.edit_original(handle, body)
        except RejectedError:
            opened.is_used, opened.original = False, None
            raise
