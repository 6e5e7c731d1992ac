"""Telegram by long polling or a webhook, and the Bot API."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Self, TypeVar

import structlog
from aiohttp import web
from pydantic import ValidationError

from adapters.platforms.telegram.clicks import Clicked
from adapters.platforms.telegram.client import WHO_AM_I, BotApi
from adapters.platforms.telegram.config import TelegramConfig
from adapters.platforms.telegram.files import LIMIT, Downloads
from adapters.platforms.telegram.intake import Intake
from adapters.platforms.telegram.pace import pace_of
from adapters.platforms.telegram.patience import Patience
from adapters.platforms.telegram.payload import Person
from adapters.platforms.telegram.places import Me
from adapters.platforms.telegram.polling import Polling
from adapters.platforms.telegram.private import PrivateReplies
from adapters.platforms.telegram.registration import announce_commands, keep_webhook, stop_webhook
from adapters.platforms.telegram.render import TEXT_LIMIT
from adapters.platforms.telegram.request import library_bot
from adapters.platforms.telegram.sending import Sending, remembering_html
from adapters.platforms.telegram.webhook import Webhook
from core.budgets import LocalBudgets
from core.errors import PlatformError, TokenRejectedError, UnconfirmedError
from core.messages import Attachment, Capability, Conversation, Delivery, Platform, Posting
from core.pacing import Pacing, no_pace
from core.ports.budgets import Budgets
from core.ports.platform import Receive

WEBHOOK_CHECK_SECONDS = 60.0

Result = TypeVar("Result")

log = structlog.get_logger()


def _utc_now() -> datetime:
    return datetime.now(UTC)


class TelegramAdapter:
    """One Telegram bot. `close` it at the end.

    `budgets` are shared with the other replicas; without them, or where no pace is kept, this
    process keeps to Telegram's pauses by itself. `clock` measures stretches of time, in seconds;
    `now` is the time of day.
    """

    platform = Platform.TELEGRAM
    capabilities = Capability.MARKDOWN | Capability.THREADS | Capability.BUTTONS | Capability.TYPING
    text_limit = TEXT_LIMIT
    file_limit = LIMIT

    def __init__(
        self,
        config: TelegramConfig,
        *,
        budgets: Budgets | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _utc_now,
        webhook_check_seconds: float = WEBHOOK_CHECK_SECONDS,
    ) -> None:
        self._config = config
        self._clock = clock
        self._now = now
        self._webhook_check_seconds = webhook_check_seconds
        self._api = BotApi(config)
        self._bot = library_bot(config, self._api)
        self._downloads = Downloads(api=self._api, config=config)
        self._clicked = Clicked()
        self._sending = Sending(
            api=self._api,
            pacing=_pacing(config, budgets, clock),
            to_html=remembering_html(),
        )
        self._private = PrivateReplies(sending=self._sending, clicked=self._clicked, now=now)
        self._webhook = Webhook(path=config.webhook_path, secrets=config.webhook_secrets)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        """What to add to the HTTP application; nothing while updates are polled."""
        return self._webhook.routes if self._config.has_webhook else ()

    async def listen(self, receive: Receive) -> None:
        """Learn who the bot is, then poll, or wait for Telegram's requests."""
        me = await _patiently(self._introduce)
        self._private.username = me.username
        log.info(
            "telegram.connected", bot=me.id, username=me.username, write_to=f"t.me/{me.username}"
        )
        await announce_commands(self._bot)
        intake = Intake(me=me, now=self._now, clicked=self._clicked)
        if self._config.has_webhook:
            await self._wait_for_requests(intake, receive)
        else:
            await stop_webhook(self._bot)
            polling = Polling(api=self._api, intake=intake, receive=receive, clock=self._clock)
            await polling.run()

    async def send(self, posting: Posting) -> Delivery:
        """Post once; what is for one person only, where only they see it."""
        if self._private.concerns(posting):
            return await self._private.post(posting)
        return await self._sending.post(posting)

    async def show_typing(self, conversation: Conversation) -> None:
        """Show it for five seconds. It takes no turn of a message."""
        await self._sending.show_typing(conversation)

    def fetch(self, attachment: Attachment) -> AsyncGenerator[bytes, None]:
        """Read a file that came with a message."""
        return self._downloads.fetch(attachment)

    async def close(self) -> None:
        """Drop the connections to Telegram. A later call opens new ones."""
        await self._api.close()

    async def _introduce(self) -> Me:
        """Ask for no more than we need: the library refuses an answer that lacks any field."""
        try:
            bot = Person.model_validate(await self._api.call(WHO_AM_I, {}))
        except ValidationError as error:
            raise UnconfirmedError("the answer to getMe names no bot") from error
        return Me(id=bot.id, username=bot.username or "")

    async def _wait_for_requests(self, intake: Intake, receive: Receive) -> None:
        self._webhook.intake, self._webhook.receive = intake, receive
        try:
            while True:
                await _patiently(self._keep_webhook)
                await asyncio.sleep(self._webhook_check_seconds)
        finally:
            self._webhook.receive = None

    async def _keep_webhook(self) -> None:
        await keep_webhook(self._bot, self._config)


def _pacing(config: TelegramConfig, budgets: Budgets | None, clock: Callable[[], float]) -> Pacing:
    """Pauses are obeyed in any case; without a pace they are not worth asking a store for."""
    local = LocalBudgets(clock=clock)
    if not config.keeps_limits:
        return Pacing(budgets=local, pace_of=no_pace, clock=clock)
    return Pacing(budgets=budgets or local, pace_of=pace_of, clock=clock)


async def _patiently(step: Callable[[], Awaitable[Result]]) -> Result:
    """Repeat a step until it succeeds; a refused token is for the caller."""
    patience = Patience()
    while True:
        try:
            return await step()
        except TokenRejectedError:
            raise
        except PlatformError as error:
            await patience.wait(error)
