"""The platforms whose tokens are set, each kept running by itself."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

import structlog
from aiohttp import web
from pydantic import SecretStr

from adapters.stores.postgres.connection import Database
from adapters.stores.postgres.seen import PostgresSeen
from bots.clock import utc_now
from bots.settings import Settings
from core.errors import BotError, ConfigurationError, TokenRejectedError
from core.messages import Platform
from core.ports.budgets import Budgets
from core.ports.platform import ChatAdapter, Receive

if TYPE_CHECKING:  # an SDK takes half a second and 30 MB: only what is configured is loaded
    from adapters.platforms.discord.adapter import DiscordAdapter
    from adapters.platforms.discord.config import DiscordConfig
    from adapters.platforms.slack.adapter import SlackAdapter
    from adapters.platforms.slack.config import SlackConfig
    from adapters.platforms.telegram.adapter import TelegramAdapter
    from adapters.platforms.telegram.config import TelegramConfig

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=1)
LONGEST_TOKEN_PAUSE = timedelta(minutes=5)  # an admin has to act

log = structlog.get_logger(service="platforms")


class OpenAdapter(ChatAdapter, Protocol):
    """An adapter whose connections close with its context."""

    async def __aenter__(self) -> Self:
        """Open it."""

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None:
        """Close its connections."""


Opener = Callable[[Settings, Database, Budgets], OpenAdapter | None]


class Status(Protocol):
    """Where a platform's state is shown."""

    def set(self, part: str, status: str) -> None:
        """Say `up`, or `down: reason`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platforms:
    """The running adapters and the HTTP routes they need."""

    adapters: Mapping[Platform, ChatAdapter]
    routes: Sequence[web.RouteDef]

    async def listen(self, receive: Receive, status: Status) -> None:
        """Listen on all of them until cancelled; none can stop another."""
        async with asyncio.TaskGroup() as tasks:
            for adapter in self.adapters.values():
                tasks.create_task(_keep_listening(adapter, receive, status))


@asynccontextmanager
async def open_platforms(
    settings: Settings, database: Database, budgets: Budgets, status: Status
) -> AsyncIterator[Platforms]:
    """Make the adapters of the platforms that are configured. Libraries load only if needed.

    One whose settings cannot be right is reported and left out; the others serve.
    """
    openers: Mapping[Platform, Opener] = {
        Platform.SLACK: _slack,
        Platform.DISCORD: _discord,
        Platform.TELEGRAM: _telegram,
    }
    adapters: dict[Platform, ChatAdapter] = {}
    routes: list[web.RouteDef] = []
    async with AsyncExitStack() as stack:
        for platform, opener in openers.items():
            try:
                adapter = opener(settings, database, budgets)
            except ConfigurationError as error:
                log.error("platform_disabled", platform=platform.value, reason=str(error))
                status.set(platform.value, f"disabled: {error}")
                continue
            if adapter is not None:
                adapters[platform] = await stack.enter_async_context(adapter)
                routes.extend(getattr(adapter, "routes", ()))
        if not adapters:
            log.warning(
                "no_platform",
                cure="set SLACK_BOT_TOKEN, DISCORD_TOKEN or TELEGRAM_BOT_TOKEN",
            )
        yield Platforms(adapters=adapters, routes=routes)


async def _keep_listening(adapter: ChatAdapter, receive: Receive, status: Status) -> None:
    name = adapter.platform.value
    pauses = Pauses()
    while True:
        status.set(name, "up")
        began = datetime.now(UTC)
        try:
            await adapter.listen(receive)
        except TokenRejectedError as error:
            pause = pauses.next(LONGEST_TOKEN_PAUSE)
            log.error("token_rejected", platform=name, reason=str(error), retry_in=pause.seconds)
            status.set(name, f"down: the token was refused ({error})")
        except (BotError, OSError, TimeoutError) as error:
            pause = pauses.after(datetime.now(UTC) - began)
            log.warning("platform_lost", platform=name, reason=_reason(error))
            status.set(name, f"down: {type(error).__name__}")
        except Exception as error:  # one platform's fault must not reach the others
            pause = pauses.after(datetime.now(UTC) - began)
            log.exception("platform_failed", platform=name)
            status.set(name, f"down: {type(error).__name__}")
        await asyncio.sleep(pause.total_seconds())


@dataclass(slots=True)
class Pauses:
    """How long to wait before a platform is tried again: longer and longer."""

    last: timedelta = FIRST_PAUSE

    def after(self, lasted: timedelta) -> timedelta:
        """Begin anew after a connection that had lasted."""
        if lasted > LONGEST_PAUSE:
            self.last = FIRST_PAUSE
        return self.next(LONGEST_PAUSE)

    def next(self, longest: timedelta) -> timedelta:
        """Double the pause up to a limit."""
        pause, self.last = self.last, min(self.last * 2, longest)
        return pause


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__


def slack_config(settings: Settings) -> "SlackConfig | None":
    """Slack's settings, None where it is not connected. Raises `ConfigurationError`."""
    if settings.slack_bot_token is None:
        return None
    from adapters.platforms.slack.config import SlackConfig

    return SlackConfig.from_settings(
        bot_token=settings.slack_bot_token.get_secret_value(),
        signing_secret=_secret(settings.slack_signing_secret),
        app_token=_secret(settings.slack_app_token),
        api_url=settings.slack_api_url,
        limits=settings.slack_limits,
    )


def telegram_config(settings: Settings) -> "TelegramConfig | None":
    """Telegram's settings, None where it is not connected. Raises `ConfigurationError`."""
    if settings.telegram_bot_token is None:
        return None
    from adapters.platforms.telegram.config import TelegramConfig

    return TelegramConfig(
        token=settings.telegram_bot_token.get_secret_value(),
        api_url=settings.telegram_api_url,
        webhook_secrets=tuple(
            one.strip() for one in _secret(settings.telegram_webhook_secret).split(",") if one
        ),
        public_url=settings.public_url,
        limits=settings.telegram_limits,
    )


def discord_config(settings: Settings) -> "DiscordConfig | None":
    """Discord's settings, None where it is not connected. Raises `ConfigurationError`."""
    if settings.discord_token is None:
        return None
    from adapters.platforms.discord.config import DiscordConfig

    return DiscordConfig(
        token=settings.discord_token.get_secret_value(),
        api_url=settings.discord_api_url,
        gateway_url=settings.discord_gateway_url,
        application_id=settings.discord_application_id,
        public_key=settings.discord_public_key,
    )


def _slack(settings: Settings, _: Database, budgets: Budgets) -> "SlackAdapter | None":
    config = slack_config(settings)
    if config is None:
        return None
    from adapters.platforms.slack.adapter import SlackAdapter

    return SlackAdapter(config, clock=utc_now, budgets=budgets)


def _telegram(settings: Settings, _: Database, budgets: Budgets) -> "TelegramAdapter | None":
    config = telegram_config(settings)
    if config is None:
        return None
    from adapters.platforms.telegram.adapter import TelegramAdapter

    return TelegramAdapter(config, budgets=budgets)


def _discord(settings: Settings, database: Database, _: Budgets) -> "DiscordAdapter | None":
    """Discord says in every answer how much is left: discord.py keeps to that."""
    config = discord_config(settings)
    if config is None:
        return None
    from adapters.platforms.discord.adapter import DiscordAdapter

    seen = PostgresSeen(database=database, platform=Platform.DISCORD)
    return DiscordAdapter(config, last_seen=seen, began=seen.began)


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
