"""What Telegram knows of the bot: where its updates go, and its menu of commands."""

import asyncio
import hashlib
import hmac
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    WebhookInfo,
)
from telegram.error import TelegramError

from adapters.platforms.telegram.config import TelegramConfig
from adapters.platforms.telegram.intake import KINDS
from adapters.platforms.telegram.request import core_errors
from core.commands import COMMANDS
from core.errors import PlatformError

SCOPES = (BotCommandScopeAllPrivateChats(), BotCommandScopeAllGroupChats())
CONNECTIONS = 40
COURTESY_SECONDS = 10

log = structlog.get_logger()


async def announce_commands(bot: Bot) -> None:
    """Set the menu of commands where it is not as it should be: a courtesy, which may fail."""
    menu = tuple(BotCommand(one.name, one.description) for one in COMMANDS)
    for scope in SCOPES:
        with _tolerated("setMyCommands"):
            async with asyncio.timeout(COURTESY_SECONDS):
                await _set_menu(bot, menu, scope)


async def stop_webhook(bot: Bot) -> None:
    """Have updates kept for polling, which is refused while a webhook is set."""
    with _tolerated("deleteWebhook"):
        await bot.delete_webhook()


async def keep_webhook(bot: Bot, config: TelegramConfig) -> None:
    """Have updates sent to us. Nothing is set that is set already: every replica starts so.

    Raises what `ChatAdapter.send` may.
    """
    address = webhook_address(config)
    with core_errors():
        info = await bot.get_webhook_info()
        if info.last_error_message:
            log.warning(
                "telegram.webhook_trouble",
                reason=info.last_error_message,
                pending=info.pending_update_count,
            )
        if not _is_as_wanted(info, address):
            await bot.set_webhook(
                address,
                allowed_updates=KINDS,
                max_connections=CONNECTIONS,
                secret_token=config.webhook_secrets[0],
            )
            log.info("telegram.webhook_set")


def webhook_address(config: TelegramConfig) -> str:
    """Our address with a mark of its secret, which Telegram does not show: a new one is noticed.

    Only who has the bot's token could test a guess of the secret against the mark.
    """
    secret = config.webhook_secrets[0].encode()
    mark = hmac.new(config.token.encode(), secret, hashlib.sha256).hexdigest()[:8]
    return f"{config.public_url}{config.webhook_path}?v={mark}"


async def _set_menu(bot: Bot, menu: Sequence[BotCommand], scope: BotCommandScope) -> None:
    if await bot.get_my_commands(scope=scope) != menu:
        await bot.set_my_commands(menu, scope=scope)


def _is_as_wanted(info: WebhookInfo, address: str) -> bool:
    return (
        info.url == address
        and set(info.allowed_updates) == set(KINDS)
        and info.max_connections == CONNECTIONS
    )


@contextmanager
def _tolerated(method: str) -> Iterator[None]:
    try:
        with core_errors():
            yield
    except (PlatformError, TelegramError, TimeoutError) as error:
        log.debug("telegram.not_prepared", method=method, reason=str(error))
