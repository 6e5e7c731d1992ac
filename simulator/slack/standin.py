"""Slack on 127.0.0.1, as far as a bot can tell."""

import asyncio
import secrets
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Self

from aiohttp import web

from simulator.outage import outage
from simulator.slack.api import WebApi
from simulator.slack.background import Background
from simulator.slack.deliveries import RETRY_DELAYS, Attempt, Deliveries
from simulator.slack.faults import Fault, Trouble
from simulator.slack.workspace import Json, Workspace, to_event, to_message
from simulator.standin import Asked, Posted


class SlackStandIn:
    """One team with one app in it, entered as an async context manager.

    `targets` are the addresses of the bots; each event goes to all of them with `every_target`,
    else to one after the other. With `both_events` a mention arrives as `app_mention` and as
    `message`, as it does where an app may read channels. A posting with a known `client_msg_id`
    is shown again: Slack promises nothing else.
    """

    def __init__(
        self,
        targets: Iterable[str] = (),
        *,
        both_events: bool = True,
        every_target: bool = False,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        port: int = 0,
    ) -> None:
        self.asked: list[Asked] = []
        self.posted: list[Posted] = []
        self.both_events = both_events
        self.every_target = every_target
        self.workspace = Workspace()
        self.signing_secret = secrets.token_hex(16)
        self.deliveries = Deliveries(
            signing_secret=self.signing_secret, targets=list(targets), retry_delays=retry_delays
        )
        self.api = WebApi(
            workspace=self.workspace,
            token=f"xoxb-{secrets.token_hex(12)}",
            on_posted=self._note,
        )
        self._port = port
        self._replies: defaultdict[tuple[str, str], list[Posted]] = defaultdict(list)
        self._arrival = asyncio.Event()
        self._runner = web.ServerRunner(
            web.Server(self.api.handle, access_log=None), shutdown_timeout=1
        )
        self._background = Background()

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self._background.stop()
        finally:
            self.deliveries.close()
            self.api.faults.end()
            await self._runner.cleanup()

    @property
    def targets(self) -> list[str]:
        """The bots' addresses; change them at any time."""
        return self.deliveries.targets

    @targets.setter
    def targets(self, targets: Iterable[str]) -> None:
        self.deliveries.targets = list(targets)

    @property
    def attempts(self) -> list[Attempt]:
        """Every delivery of an event that has ended."""
        return self.deliveries.attempts

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings that point `trialogue up` here."""
        return {
            "SLACK_BOT_TOKEN": self.api.token,
            "SLACK_SIGNING_SECRET": self.signing_secret,
            "SLACK_API_URL": f"http://127.0.0.1:{self._port}/api/",
        }

    async def ask(
        self,
        text: str,
        *,
        channel: str = "general",
        person: str = "ada",
        copies: int = 1,
        thread: Asked | None = None,
    ) -> Asked:
        """Mention the bot, in the thread of another message where one is given."""
        place = self.workspace.channel(channel)
        asked, message = self._write(text, place, person, thread=thread, mention=True)
        kinds: list[Json] = [{"type": "app_mention"}]
        if self.both_events:
            kinds.append({"type": "message", "channel_type": "channel"})
        for kind in kinds:
            self.announce({**message, **kind}, copies=copies)
        return asked

    async def tell(self, text: str, *, person: str = "ada", copies: int = 1) -> Asked:
        """Write to the bot directly."""
        place = self.workspace.direct(person)
        asked, message = self._write(text, place, person, thread=None, mention=False)
        self.announce({**message, "type": "message", "channel_type": "im"}, copies=copies)
        return asked

    def announce(self, event: Json, *, copies: int = 1) -> str:
        """Deliver any event and return its id; the copies count as Slack's retries.

        Nobody hears of it while there are no targets.
        """
        event_id = self.workspace.next_event_id()
        body = to_event(event_id, event)
        one = [None] if self.targets else []
        for target in self.targets if self.every_target else one:
            for number in range(copies):
                self._background.start(
                    self.deliveries.deliver(event_id, body, target=target, first=number)
                )
        return event_id

    def replies_to(self, asked: Asked) -> Sequence[Posted]:
        """What the bot posted in a message's thread."""
        root = self.workspace.roots[asked.channel, asked.id]
        return self._replies[asked.channel, root]

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

    def fail_next(
        self,
        *,
        status: int = 200,
        error: str | None = None,
        retry_after: int | None = None,
        count: int = 1,
    ) -> None:
        """Refuse the next postings; without an `error` the answer has no body."""
        fault = Fault(trouble=Trouble.STATUS, status=status, error=error, retry_after=retry_after)
        self.api.faults.plan(fault, count)

    def accept_then_reset(self, count: int = 1) -> None:
        """Show the next postings, and cut the connection instead of answering."""
        self.api.faults.plan(Fault(trouble=Trouble.RESET, accepts=True), count)

    def hang(self, count: int = 1, *, accepts: bool = False) -> None:
        """Never answer the next postings."""
        self.api.faults.plan(Fault(trouble=Trouble.HANG, accepts=accepts), count)

    def _write(
        self, text: str, channel: str, person: str, *, thread: Asked | None, mention: bool
    ) -> tuple[Asked, Json]:
        ts = self.workspace.next_ts()
        root = self.workspace.roots[thread.channel, thread.id] if thread else None
        message = to_message(
            text, user=self.workspace.person(person), ts=ts, thread=root, mention=mention
        )
        message["channel"] = channel
        self.workspace.add(channel, message, root or ts)
        asked = Asked(id=ts, channel=channel, text=text, at=time.perf_counter())
        self.asked.append(asked)
        return asked, message

    def _note(self, posted: Posted) -> None:
        self.posted.append(posted)
        if posted.reply_to:
            self._replies[posted.channel, posted.reply_to].append(posted)
        self._arrival.set()
