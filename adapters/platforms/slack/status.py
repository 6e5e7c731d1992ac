"""What is shown in a thread while its answer is under way.

https://docs.slack.dev/reference/methods/assistant.threads.setStatus
"""

from collections import OrderedDict
from dataclasses import dataclass, field

import structlog

from adapters.platforms.slack.webapi import WebApi
from core.errors import PlatformError
from core.messages import Conversation
from core.pacing import Pacing

STATUS = "is looking it up\u2026"
MOST_THREADS = 10_000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Slack clears it when the bot posts to the thread, else after two minutes."""

    web: WebApi
    pacing: Pacing
    _shown: OrderedDict[tuple[str, str], None] = field(default_factory=OrderedDict)

    async def show(self, place: Conversation) -> None:
        """Show it in what postings leave of the pace; outside of a thread there is nowhere to."""
        if not place.thread or not await self.pacing.spares(place):
            return
        self._shown[place.channel, place.thread] = None
        if len(self._shown) > MOST_THREADS:
            self._shown.popitem(last=False)
        await self._set(place, STATUS)

    async def ended(self, place: Conversation, *, seen: bool) -> None:
        """Clear it where the reply was not seen in the thread, so that Slack does not."""
        was_shown = (place.channel, place.thread) in self._shown
        self._shown.pop((place.channel, place.thread), None)
        if not was_shown or seen:
            return
        try:
            await self._set(place, "")
        except PlatformError as problem:
            log.debug("slack.status_not_cleared", reason=str(problem))

    async def _set(self, place: Conversation, status: str) -> None:
        said: dict[str, object] = {
            "channel_id": place.channel,
            "thread_ts": place.thread,
            "status": status,
        }
        await self.web.call("assistant.threads.setStatus", said)
