"""Every way in which the bot is connected: the real adapter, and the platform it talks to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from adapters.platforms.slack.adapter import SlackAdapter
from core.messages import IncomingMessage
from core.ports.platform import ChatAdapter
from simulator.discord import DiscordStandIn
from simulator.slack import SlackStandIn
from simulator.standin import StandIn
from simulator.telegram import TelegramStandIn
from tests.contract.inbox import Inbox, until
from tests.platforms import discord as discord_bots
from tests.platforms import slack as slack_bots
from tests.platforms import telegram as telegram_bots
from tests.platforms.test_slack_transports import QUICK, configured

RETRIES = (0.05, 0.1, 0.2, 0.3, *[0.5] * 120)
"""Seconds: those of Slack in smaller steps."""

Ready = Callable[[], Awaitable[None]]


@dataclass(kw_only=True)
class Transport:
    """An adapter that is served and does not listen yet; `ready` waits until events reach it."""

    name: str
    stand_in: StandIn
    adapter: ChatAdapter
    ready: Ready
    inbox: Inbox = field(default_factory=Inbox)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[asyncio.Task[None]]:
        """The adapter connected, in a task of its own."""
        async with asyncio.TaskGroup() as tasks:
            listener = tasks.create_task(self.adapter.listen(self.inbox))
            try:
                await self.ready()
                yield listener
            finally:
                listener.cancel()

    async def mentioned(self, text: str = "how?") -> IncomingMessage:
        """A person's mention of the bot, as it arrived."""
        await self.stand_in.ask(text)
        return await self.inbox.next()

    async def commanded(self, text: str = "/ask how?", person: str = "ada") -> IncomingMessage:
        """A person's use of a command, as it arrived."""
        await self.stand_in.command(text, person=person)
        return await self.inbox.next()


@asynccontextmanager
async def _slack(name: str) -> AsyncIterator[Transport]:
    sockets = name == "slack-sockets"
    async with (
        SlackStandIn(
            retry_delays=RETRIES, both_events=False, socket_mode=sockets, echoes=True
        ) as slack,
        SlackAdapter(configured(slack), clock=lambda: datetime.now(UTC), pace=QUICK) as adapter,
        slack_bots.served(list(adapter.routes)) as base,
    ):

        async def ready() -> None:
            slack.targets = [base]
            await until(lambda: "auth.test" in slack.api.calls)
            if sockets:
                await until(lambda: len(slack.api.sockets.open) == 2)

        yield Transport(name=name, stand_in=slack, adapter=adapter, ready=ready)


@asynccontextmanager
async def _discord(name: str) -> AsyncIterator[Transport]:
    inbox = Inbox()
    async with (
        DiscordStandIn() as discord,
        discord_bots.adapter_for(discord, last_seen=inbox.seen) as adapter,
        discord_bots.serving(adapter) as address,
    ):

        async def ready() -> None:
            await discord.connected(discord.gateway.connected + 1)
            if name == "discord-endpoint":
                await discord.verify_endpoint(address)

        yield Transport(name=name, stand_in=discord, adapter=adapter, ready=ready, inbox=inbox)


@asynccontextmanager
async def _telegram(name: str) -> AsyncIterator[Transport]:
    async with TelegramStandIn(longest_poll=1) as telegram:
        telegram.webhook.retry_delays = (0.05,)
        webhook = name == "telegram-webhook"
        opened = telegram_bots.served if webhook else telegram_bots.adapter_for

        async def ready() -> None:
            await until(lambda: telegram.webhook.target if webhook else telegram.calls)

        async with opened(telegram) as adapter:
            yield Transport(name=name, stand_in=telegram, adapter=adapter, ready=ready)


OPEN: Mapping[str, Callable[[str], AbstractAsyncContextManager[Transport]]] = {
    "slack-http": _slack,
    "slack-sockets": _slack,
    "discord-gateway": _discord,
    "discord-endpoint": _discord,
    "telegram-polling": _telegram,
    "telegram-webhook": _telegram,
}
TRANSPORTS: Sequence[str] = tuple(OPEN)
MESSAGES: Sequence[str] = tuple(name for name in OPEN if name != "discord-endpoint")
"""An endpoint for interactions hears of commands and clicks only."""
