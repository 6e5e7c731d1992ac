"""Telegram on 127.0.0.1, as far as a bot can tell."""

import asyncio
import contextlib
import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Self

from aiohttp import web

from simulator.outage import outage
from simulator.standin import Asked, Posted
from simulator.telegram.api import BotApi, Call
from simulator.telegram.chats import Chats
from simulator.telegram.clock import SimulatedClock
from simulator.telegram.faults import PlannedFaults
from simulator.telegram.pace import Pace
from simulator.telegram.people import People
from simulator.telegram.refusals import Json
from simulator.telegram.updates import Updates
from simulator.telegram.webhook import Webhook
from simulator.telegram.world import Answered, World

LONGEST_POLL_SECONDS = 50.0


class TelegramStandIn(People, PlannedFaults):
    """One bot's Bot API server, entered as an async context manager.

    A second poller ends the first one's poll with 409, as Telegram does. With `shared_polling`
    every poller gets every update by its own offset, so that two processes see the same events;
    nothing is forgotten then. `longest_poll` caps the seconds that a poll may ask to wait.
    `webhook_mirrors` are addresses that get every update beside the one that the bot has set. With
    `webhook.parallel_chats` the updates of one chat are not sent one after the other; with
    `world.pace.enforced` a bot that is too fast is refused with 429.
    """

    def __init__(
        self,
        *,
        token: str | None = None,
        username: str = "trialogue_bot",
        shared_polling: bool = False,
        longest_poll: float = LONGEST_POLL_SECONDS,
        port: int = 0,
        webhook_mirrors: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.asked: list[Asked] = []
        self.posted: list[Posted] = []
        self.username = username
        self.token = token or f"{secrets.randbelow(10**9) + 10**9}:{secrets.token_urlsafe(26)}"
        self.clock = SimulatedClock()
        self.updates = Updates(clock=self.clock, shared=shared_polling)
        self.webhook = Webhook(
            updates=self.updates,
            clock=self.clock,
            mirrors=webhook_mirrors,
        )
        self.world = World(
            me=_description(self.token, username),
            clock=self.clock,
            chats=Chats(clock=self.clock),
            updates=self.updates,
            webhook=self.webhook,
            pace=Pace(clock=self.clock),
            on_posted=self._note,
            longest_poll=longest_poll,
        )
        self.api = BotApi(token=self.token, world=self.world)
        self._port = port
        self._replies: defaultdict[tuple[str, str | None], list[Posted]] = defaultdict(list)
        self._arrival = asyncio.Event()
        self._runner = web.ServerRunner(web.Server(self.api.handle, access_log=None))
        self._deliveries: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = int(self._runner.addresses[0][1])
        # Test fixtures are torn down by another task, which could not leave a TaskGroup.
        self._deliveries = asyncio.get_running_loop().create_task(self.webhook.run())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.updates.close()
        self.api.over.set()
        await self._runner.cleanup()
        if self._deliveries is not None:
            self._deliveries.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._deliveries

    @property
    def url(self) -> str:
        """The server's address, without the token's path."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings that point `trialogue up` here."""
        return {"TELEGRAM_BOT_TOKEN": self.token, "TELEGRAM_API_URL": self.url}

    @property
    def calls(self) -> list[Call]:
        """Every call of the bot but its polls."""
        return self.api.calls

    @property
    def unserved(self) -> list[str]:
        """The methods that were called and are not served."""
        return self.api.unserved

    @property
    def answers(self) -> list[Answered]:
        """The answers to clicks, with and without a text."""
        return self.world.answers

    @property
    def edits(self) -> list[Posted]:
        """The postings that were changed, as they were after each change."""
        return self.world.edits

    def replies_to(self, asked: Asked) -> Sequence[Posted]:
        """What the bot posted as a reply to a message, or said of a click."""
        return self._replies[asked.channel, asked.id]

    def disconnect(self) -> None:
        """Cut every connection; a poll that waits on one is over."""
        for connection in self._runner.server.connections if self._runner.server else ():
            connection.force_close()
        self.updates.take_over("connection cut")

    def unreachable(self) -> AbstractAsyncContextManager[None]:
        """Refuse connections for the time of the block; what is known stays known."""
        return outage(self._runner, port=self._port)

    async def answered(self, count: int, *, timeout: float) -> None:
        """Wait until so many postings were accepted."""
        try:
            async with asyncio.timeout(timeout):
                while len(self.posted) < count:
                    self._arrival.clear()
                    await self._arrival.wait()
        except TimeoutError:
            raise TimeoutError(f"{len(self.posted)} of {count} postings arrived") from None

    def _note(self, posted: Posted) -> None:
        self.posted.append(posted)
        self._replies[posted.channel, posted.reply_to].append(posted)
        self._arrival.set()


def _description(token: str, username: str) -> Json:
    """All fields of getMe: libraries insist on them."""
    return {
        "id": int(token.partition(":")[0]),
        "is_bot": True,
        "first_name": "Trialogue",
        "username": username,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
    }
