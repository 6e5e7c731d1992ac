"""Slack on 127.0.0.1, as far as a bot can tell."""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Self

from aiohttp import web

from simulator.outage import outage
from simulator.slack.acts import PeopleActs
from simulator.slack.api import WebApi
from simulator.slack.background import Background
from simulator.slack.clock import SimulatedClock
from simulator.slack.deliveries import RETRY_DELAYS, Attempt, Channel, Deliveries, Parcel, Way
from simulator.slack.faults import POSTING, Fault, Trouble
from simulator.slack.posts import Posts
from simulator.slack.workspace import APP, Json, Workspace, to_event
from simulator.standin import Asked, Posted


class SlackStandIn(PeopleActs):
    """One team with one app in it, entered as an async context manager.

    `targets` are the addresses of the bots; each event goes to all of them with `every_target`,
    else to one after the other. With `socket_mode` everything goes over the sockets that bots open
    instead. With `both_events` a mention arrives as `app_mention` and as `message`, as it does
    where an app may read channels; with `echoes` the bot hears of its own messages too. A posting
    with a known `client_msg_id` is shown again: Slack promises nothing else.
    """

    def __init__(  # noqa: PLR0913 - each is a property of the team, known by name
        self,
        targets: Iterable[str] = (),
        *,
        both_events: bool = True,
        every_target: bool = False,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        port: int = 0,
        socket_mode: bool = False,
        echoes: bool = False,
        clock: SimulatedClock | None = None,
    ) -> None:
        self.asked: list[Asked] = []
        self.posted: list[Posted] = []
        self.both_events = both_events
        self.every_target = every_target
        self.socket_mode = socket_mode
        self.echoes = echoes
        self.clock = clock or SimulatedClock()
        self.workspace = Workspace()
        self.signing_secret = secrets.token_hex(16)
        self.deliveries = Deliveries(
            signing_secret=self.signing_secret,
            targets=list(targets),
            retry_delays=retry_delays,
            clock=self.clock,
        )
        self.api = WebApi(
            workspace=self.workspace,
            token=f"xoxb-{secrets.token_hex(12)}",
            app_token=f"xapp-1-{APP}-1-{secrets.token_hex(12)}",
            clock=self.clock,
            on_posted=self._note,
            on_response=self._note_response,
        )
        self._posts = Posts(deliveries=self.deliveries)
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
        self.api.serve_at(f"http://127.0.0.1:{self._port}")
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
            self._posts.close()
            self.api.sockets.cut()
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
    def port(self) -> int:
        """Where it is served."""
        return self._port

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings that point `trialogue up` here."""
        way = (
            {"SLACK_APP_TOKEN": self.api.app_token}
            if self.socket_mode
            else {"SLACK_SIGNING_SECRET": self.signing_secret}
        )
        return {
            "SLACK_BOT_TOKEN": self.api.token,
            **way,
            "SLACK_API_URL": f"http://127.0.0.1:{self._port}/api/",
        }

    def announce(self, event: Json, *, copies: int = 1) -> str:
        """Deliver any event and return its id; the copies count as Slack's retries.

        Nobody hears of it while there are no targets.
        """
        event_id = self.workspace.next_event_id()
        parcel = Parcel(id=event_id, channel=Channel.EVENT, payload=to_event(event_id, event))
        for target in self._targets():
            for number in range(copies):
                self._background.start(self._deliver(parcel, target, number))
        return event_id

    def hand_in(self, parcel: Parcel, response_url: str, *, copies: int = 1) -> None:
        """Deliver a command or an interaction, and show what the bot says to it at once."""
        for target in self._targets():
            for _ in range(copies):
                self._background.start(self._hand_in(parcel, response_url, target))

    def replies_to(self, asked: Asked) -> Sequence[Posted]:
        """What the bot posted in a message's thread, or by the handle of a command or click.

        What it posted to a command in the ordinary way names no message that it answers.
        """
        root = self.workspace.roots.get((asked.channel, asked.id), asked.id)
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
        method: str = POSTING,
    ) -> None:
        """Refuse the next calls; without an `error` the answer has no body."""
        fault = Fault(trouble=Trouble.STATUS, status=status, error=error, retry_after=retry_after)
        self.api.faults.plan(fault, count, method)

    def accept_then_reset(self, count: int = 1, *, method: str = POSTING) -> None:
        """Do what the next calls say, and cut the connection instead of answering."""
        self.api.faults.plan(Fault(trouble=Trouble.RESET, accepts=True), count, method)

    def hang(self, count: int = 1, *, accepts: bool = False, method: str = POSTING) -> None:
        """Never answer the next calls."""
        self.api.faults.plan(Fault(trouble=Trouble.HANG, accepts=accepts), count, method)

    async def _deliver(self, parcel: Parcel, target: str | None, number: int) -> None:
        await self.deliveries.deliver(parcel, self._way(), target=target, first=number)

    async def _hand_in(self, parcel: Parcel, response_url: str, target: str | None) -> None:
        attempt = await self.deliveries.deliver(parcel, self._way(), target=target)
        if attempt is not None and attempt.status == 200:
            self._show_answer(parcel, response_url, attempt.answer)

    def _way(self) -> Way:
        return self.api.sockets if self.socket_mode else self._posts

    def _targets(self) -> Sequence[str | None]:
        if self.socket_mode:
            return [None]
        if self.every_target:
            return list(self.targets)
        return [None] if self.targets else []

    def _note(self, posted: Posted) -> None:
        self.posted.append(posted)
        if posted.reply_to:
            self._replies[posted.channel, posted.reply_to].append(posted)
            self.api.assistant.statuses.pop((posted.channel, posted.reply_to), None)
        self._arrival.set()
        if self.echoes and posted.visible_to is None:
            self._echo(posted)

    def _note_response(self, trigger: str, channel: str, ts: str) -> None:
        """Hold together a command or click and what came by its response_url."""
        posted = next(one for one in reversed(self.posted) if one.id == ts)
        self._replies[channel, trigger].append(posted)

    def _echo(self, posted: Posted) -> None:
        message = self.workspace.messages[posted.channel, posted.id]
        kind = "im" if posted.channel.startswith("D") else "channel"
        self.announce({**message, "channel": posted.channel, "channel_type": kind})
