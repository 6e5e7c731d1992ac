"""Slack over signed HTTP requests or Socket Mode, and the Web API."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from itertools import chain, repeat
from types import TracebackType
from typing import Self

import aiohttp
import structlog
from aiohttp import web

from adapters.platforms.slack.config import SlackConfig
from adapters.platforms.slack.edge import Edge
from adapters.platforms.slack.files import LIMIT, Downloads
from adapters.platforms.slack.intake import Intake
from adapters.platforms.slack.pace import pace_of
from adapters.platforms.slack.posting import Postman
from adapters.platforms.slack.render import TEXT_LIMIT
from adapters.platforms.slack.responses import Responses
from adapters.platforms.slack.sockets import Pace, Sockets
from adapters.platforms.slack.status import Status
from adapters.platforms.slack.webapi import TIMEOUT, WebApi
from core.budgets import LocalBudgets
from core.errors import PlatformError, RateLimitedError, TokenRejectedError
from core.messages import Attachment, Capability, Conversation, Delivery, Platform, Posting
from core.pacing import Pacing, no_pace
from core.ports.budgets import Budgets
from core.ports.clock import Clock
from core.ports.platform import Receive

IDENTIFY_AGAIN = (1.0, 5.0, 30.0, 300.0)
"""Seconds between attempts to learn who the bot is; the last one repeats."""

log = structlog.get_logger()


class SlackAdapter:
    """One Slack app. Mount its `routes` before `listen`, and `close` it at the end.

    `budgets` are shared with the other replicas; without them, or where no pace is kept, this
    process keeps to Slack's pauses by itself.
    """

    platform = Platform.SLACK
    capabilities = (
        Capability.MARKDOWN
        | Capability.THREADS
        | Capability.BUTTONS
        | Capability.EPHEMERAL
        | Capability.TYPING
    )
    text_limit = TEXT_LIMIT
    file_limit = LIMIT

    def __init__(
        self,
        config: SlackConfig,
        *,
        clock: Clock,
        budgets: Budgets | None = None,
        timeout: aiohttp.ClientTimeout = TIMEOUT,
        pace: Pace | None = None,
    ) -> None:
        self._web = WebApi(token=config.bot_token, address=config.api_url, timeout=timeout)
        self._downloads = Downloads(web=self._web)
        pacing = _pacing(config, budgets)
        self._status = Status(web=self._web, pacing=pacing)
        self._postman = Postman(
            web=self._web, responses=Responses(web=self._web, clock=clock), pacing=pacing
        )
        self._intake = Intake(clock=clock, apologize=self._postman.apologize, app_id=config.app_id)
        self._edge = Edge(
            secrets=[secret.encode() for secret in config.signing_secrets],
            clock=clock,
            intake=self._intake,
        )
        self._sockets = None
        if config.app_token:
            self._sockets = Sockets(
                web=self._web,
                app_token=config.app_token,
                intake=self._intake,
                pace=pace or Pace(),
            )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        """The endpoint for Slack's requests; none where they come over sockets."""
        return () if self._sockets else self._edge.routes

    async def listen(self, receive: Receive) -> None:
        """Take events from now on. Who the bot is may be learned later: events say it too."""
        try:
            async with self._intake.open(receive), asyncio.TaskGroup() as tasks:
                if self._sockets is not None:
                    tasks.create_task(self._sockets.run())
                await self._identify()
                await self._web.until_refused()
        except ExceptionGroup as group:
            refused = group.subgroup(TokenRejectedError)
            if refused is None:
                raise
            raise _first(refused) from None

    async def send(self, posting: Posting) -> Delivery:
        """Post below the message that began the thread, or as the posting says."""
        delivery = await self._postman.send(posting)
        await self._status.ended(posting.conversation, seen=posting.visible_to is None)
        return delivery

    async def show_typing(self, conversation: Conversation) -> None:
        """Show a status in the thread. It takes no turn of a posting."""
        await self._status.show(conversation)

    async def find(self, posting: Posting) -> Delivery | None:
        """Look for a posting that may have been posted."""
        return await self._postman.find(posting)

    def fetch(self, attachment: Attachment) -> AsyncGenerator[bytes, None]:
        """Read a file that came with a message."""
        return self._downloads.fetch(attachment)

    async def close(self) -> None:
        """Drop the connections to Slack. A later call opens new ones."""
        await self._web.close()

    async def _identify(self) -> None:
        for pause in chain(IDENTIFY_AGAIN, repeat(IDENTIFY_AGAIN[-1])):
            try:
                await self._ask_who_it_is()
            except TokenRejectedError:
                raise
            except RateLimitedError as problem:
                await asyncio.sleep(max(pause, problem.retry_after.total_seconds()))
            except PlatformError as problem:
                log.warning("slack.identity_unknown", reason=str(problem), retry_in=pause)
                await asyncio.sleep(pause)
            else:
                return

    async def _ask_who_it_is(self) -> None:
        answer = await self._web.call("auth.test")
        self._intake.bot_user_id = str(answer.get("user_id") or "")
        self._intake.team = str(answer.get("team_id") or "")
        log.info("slack.connected", bot=self._intake.bot_user_id, team=answer.get("team_id"))


def _pacing(config: SlackConfig, budgets: Budgets | None) -> Pacing:
    """Pauses are obeyed in any case; without a pace they are not worth asking a store for."""
    if not config.keeps_limits:
        return Pacing(budgets=LocalBudgets(), pace_of=no_pace)
    return Pacing(budgets=budgets or LocalBudgets(), pace_of=pace_of)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
