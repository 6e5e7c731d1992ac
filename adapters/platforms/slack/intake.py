"""Handing over what Slack delivers, the same for each way in which it comes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from adapters.platforms.slack.events import to_message
from adapters.platforms.slack.fields import Json, identifier_in
from adapters.platforms.slack.interactions import to_click, to_command
from core.errors import UnavailableError
from core.messages import IncomingMessage, ReplyHandle
from core.ports.clock import Clock
from core.ports.platform import Receive

SECONDS_TO_ANSWER = 2.5
"""Slack gives up on a command or click after three seconds, and never delivers it again."""

TRY_AGAIN = "Sorry, I cannot take this right now. If no answer follows, please try again."

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Intake:
    """One app's deliveries. What it takes is committed; the rest is Slack's to deliver again.

    `bot_user_id`, `team` and `app_id` may be learned later; until then nothing is refused by them.
    """

    clock: Clock
    apologize: Callable[[ReplyHandle, str], Coroutine[None, None, None]]
    bot_user_id: str = ""
    team: str = ""
    app_id: str = ""
    _receive: Receive | None = None
    _tasks: asyncio.TaskGroup | None = None

    @asynccontextmanager
    async def open(self, receive: Receive) -> AsyncIterator[None]:
        """Take what is delivered while the context lasts."""
        async with asyncio.TaskGroup() as tasks:
            self._receive, self._tasks = receive, tasks
            try:
                yield
            finally:
                self._receive = self._tasks = None

    async def take_event(self, payload: Json) -> bool:
        """Take an `event_callback`. False: it has to be delivered again."""
        if self._receive is None:
            return False
        if self._is_anothers(payload):
            return True
        message = to_message(payload, self.bot_user_id, self.team)
        return message is None or await self._hand_over(self._receive, message)

    async def take_command(self, form: Json) -> bool:
        """Take a slash command. False: the person has to be told."""
        if self._is_anothers(form):
            return True
        message = to_command(form, self.clock())
        return message is None or await self._hand_over_in_time(message)

    async def take_interaction(self, payload: Json) -> None:
        """Take a click, or tell the person that it was not; other interactions are ignored."""
        if payload.get("type") != "block_actions" or self._is_anothers(payload):
            return
        message = to_click(payload, self.clock())
        if message is None or await self._hand_over_in_time(message):
            return
        if message.handle is not None and self._tasks is not None:
            self._tasks.create_task(self.apologize(message.handle, TRY_AGAIN))

    async def _hand_over_in_time(self, message: IncomingMessage) -> bool:
        """Hand over, and go on behind an answer that Slack will not wait for."""
        if self._receive is None or self._tasks is None:
            return False
        handing = self._tasks.create_task(self._hand_over(self._receive, message))
        await asyncio.wait({handing}, timeout=SECONDS_TO_ANSWER)
        return handing.done() and not handing.cancelled() and handing.result()

    async def _hand_over(self, receive: Receive, message: IncomingMessage) -> bool:
        try:
            await receive(message)
        except UnavailableError:
            return False
        except Exception:
            log.exception("slack.not_received", dedupe_key=message.dedupe_key)
            return False
        return True

    def _is_anothers(self, payload: Json) -> bool:
        """Whether this is for another app, as when tokens of two apps were mixed up."""
        app = identifier_in(payload, "api_app_id")
        if not app or not self.app_id or app == self.app_id:
            return False
        log.warning("slack.other_app", app=app, expected=self.app_id)
        return True
