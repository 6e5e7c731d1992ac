"""Telegram by long polling and the Bot API."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Self

import structlog
from pydantic import ValidationError
from telegram import Bot

from adapters.platforms.telegram.answers import MovedError
from adapters.platforms.telegram.client import BotApi
from adapters.platforms.telegram.config import TelegramConfig
from adapters.platforms.telegram.events import COMMANDS, NO_TOPIC, Me
from adapters.platforms.telegram.patience import Patience
from adapters.platforms.telegram.payload import Person
from adapters.platforms.telegram.polling import Polling
from adapters.platforms.telegram.render import TEXT_LIMIT, to_html, to_plain
from adapters.platforms.telegram.request import core_errors, library_bot
from core.errors import PlatformError, TokenRejectedError, UnconfirmedError
from core.messages import Capability, Delivery, Platform, Posting
from core.ports.platform import Receive

GENERAL_TOPIC = "1"
REMEMBERED_TEXTS = 256

log = structlog.get_logger()


class TelegramAdapter:
    """One Telegram bot. `close` it at the end."""

    platform = Platform.TELEGRAM
    capabilities = Capability.MARKDOWN | Capability.THREADS
    text_limit = TEXT_LIMIT

    def __init__(
        self, config: TelegramConfig, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._api = BotApi(config)
        self._bot = library_bot(config, self._api)
        # Answers from the knowledge repeat, and reading CommonMark costs more than posting it.
        self._to_html = lru_cache(REMEMBERED_TEXTS)(to_html)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def listen(self, receive: Receive) -> None:
        """Learn who the bot is, then poll."""
        me = await self._introduce()
        log.info("telegram.connected", bot=me.id, username=me.username)
        await Polling(api=self._api, me=me, receive=receive, clock=self._clock).run()

    async def send(self, posting: Posting) -> Delivery:
        """Post once; a second time only to learn that the group has moved."""
        message = self._message(posting)
        try:
            sent = await self._api.call("sendMessage", message)
        except MovedError as moved:
            log.info("telegram.group_moved", channel=posting.conversation.channel, to=moved.channel)
            sent = await self._api.call("sendMessage", message | {"chat_id": _id(moved.channel)})
        return _delivery(sent)

    async def close(self) -> None:
        """Drop the connections to Telegram. A later call opens new ones."""
        await self._api.close()

    def _message(self, posting: Posting) -> dict[str, object]:
        message: dict[str, object] = {
            "chat_id": _id(posting.conversation.channel),
            "link_preview_options": {"is_disabled": True},
        }
        if posting.plain:
            message["text"] = to_plain(posting.text)
        else:
            message |= {"text": self._to_html(posting.text), "parse_mode": "HTML"}
        if posting.conversation.thread not in {"", NO_TOPIC, GENERAL_TOPIC}:
            message["message_thread_id"] = _id(posting.conversation.thread)
        if posting.reply_to:
            # The question may have been deleted by now: its answer is posted all the same.
            message["reply_parameters"] = {
                "message_id": _id(posting.reply_to),
                "allow_sending_without_reply": True,
            }
        return message

    async def _introduce(self) -> Me:
        patience = Patience()
        while True:
            try:
                me = await _who_am_i(self._api)
            except TokenRejectedError:
                raise
            except PlatformError as error:
                await patience.wait(error)
            else:
                await _prepare(self._bot)
                return me


async def _who_am_i(api: BotApi) -> Me:
    """Ask for no more than we need: the library refuses an answer that lacks any field."""
    try:
        bot = Person.model_validate(await api.call("getMe", {}))
    except ValidationError as error:
        raise UnconfirmedError("the answer to getMe names no bot") from error
    return Me(id=bot.id, username=bot.username or "")


async def _prepare(bot: Bot) -> None:
    """Polling is refused while a webhook is set; the menu of commands is a courtesy."""
    with _tolerated("deleteWebhook"):
        await bot.delete_webhook()
    with _tolerated("setMyCommands"):
        await bot.set_my_commands(tuple(COMMANDS.items()))


@contextmanager
def _tolerated(method: str) -> Iterator[None]:
    try:
        with core_errors():
            yield
    except PlatformError as error:
        log.info("telegram.not_prepared", method=method, reason=str(error))


def _id(text: str) -> int | str:
    return int(text) if text.removeprefix("-").isdecimal() else text


def _delivery(sent: object) -> Delivery:
    """The new message's id; an answer that names none is a posting all the same."""
    number = sent.get("message_id") if isinstance(sent, dict) else None
    return Delivery(message_ids=() if number is None else (str(number),))
