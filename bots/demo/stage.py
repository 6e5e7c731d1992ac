"""Run all parts of the demo together."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from socket import SO_REUSEADDR, SOL_SOCKET, socket

import click

from bots.demo import world
from bots.demo.admins import appoint
from bots.demo.directory import DemoDirectory
from bots.demo.knowledge import prepare
from bots.demo.process import BotProcess
from bots.demo.words import Progress, invitation
from bots.embedded import Addresses, embedded
from bots.sample.load import Sample, load_sample
from core.errors import UserError
from core.wording import counted
from simulator.playground.playground import Playground
from simulator.playground.requests import Saying
from simulator.playground.scene import Scene
from simulator.playground.server import served

PORT = 8484
"""Where the page is if the port is free: a bookmark stays good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The options of the command. `port` None: PORT if it is free, else any."""

    data_dir: Path | None = None
    port: int | None = None
    reset: bool = False
    browser: bool = False
    as_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The demo in one directory."""

    wishes: Wishes
    directory: DemoDirectory
    sample: Sample
    progress: Progress

    @classmethod
    def of(cls, wishes: Wishes) -> "Demo":
        """Find the directory and read the sample."""
        return cls(
            wishes=wishes,
            directory=DemoDirectory(wishes.data_dir),
            sample=load_sample(),
            progress=Progress(silent=wishes.as_json),
        )

    async def run(self) -> None:
        """Run until it is cancelled."""
        self.directory.check()
        self._check_port()
        if self.wishes.reset:
            await self.directory.reset()
        async with AsyncExitStack() as stack:
            addresses = await self._databases(stack)
            await self._knowledge(addresses)
            opened = world.opened(self.directory, self.sample.people, self.sample.rooms)
            scenes, is_new = await stack.enter_async_context(opened)
            await appoint(addresses, scenes.values(), self.sample.people)
            bot = BotProcess(
                environment=_settings(addresses, scenes), directory=self.directory.path
            )
            playground = Playground(
                scenes=scenes,
                people=self.sample.people,
                suggestions=self.sample.suggestions,
                bot=bot,
            )
            url = await self._page(stack, playground)
            await stack.enter_async_context(bot.running())
            await stack.enter_async_context(world.kept(playground, self.directory))
            await self._bot(bot)
            self.directory.say_where(url)
            stack.callback(self.directory.gone)
            if is_new:
                await self._first_questions(playground)
            self._invite(url, bot)
            await asyncio.Event().wait()

    def _check_port(self) -> None:
        """Say that the wished port is taken before anything is started."""
        port = self.wishes.port
        with socket() as probe:
            probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port or 0))
            except OSError as error:
                raise _unusable(port, error) from error

    async def _databases(self, stack: AsyncExitStack) -> Addresses:
        with self.progress.step("databases", "starting PostgreSQL and Valkey") as done:
            running = embedded(self.directory.path, attach=False)
            addresses = await stack.enter_async_context(running)
            done.words = f"PostgreSQL and Valkey, in {self.directory.shown}"
        return addresses

    async def _knowledge(self, addresses: Addresses) -> None:
        with self.progress.step("knowledge", "bringing the sample in") as done:
            report = await prepare(addresses, self.sample.knowledge)
            entries = report.added + report.changed + report.unchanged
            done.words = (
                f"{counted(entries, 'entry', 'entries')} of a made-up help desk,"
                f" {report.added} of them new"
            )

    async def _page(self, stack: AsyncExitStack, playground: Playground) -> str:
        port = self.wishes.port
        ports = (PORT, 0) if port is None else (port,)
        try:
            return await stack.enter_async_context(served(playground, ports=ports))
        except OSError as error:
            raise _unusable(port, error) from error

    async def _bot(self, bot: BotProcess) -> None:
        with self.progress.step("bot", "connecting to Slack, Discord and Telegram") as done:
            await bot.up()
            done.words = f"process {bot.state().pid}, connected to Slack, Discord and Telegram"

    async def _first_questions(self, playground: Playground) -> None:
        """Somebody asks on each platform, so that there is something to see."""
        questions = zip(playground.scenes.items(), self.sample.suggestions, strict=False)
        for number, ((name, scene), question) in enumerate(questions):
            pane = scene.pane()
            person = self.sample.people[number % len(self.sample.people)].name
            await playground.say(
                Saying(
                    platform=name,
                    channel=pane.channels[0].id,
                    person=person,
                    text=f"{pane.mention} {question}",
                )
            )

    def _invite(self, url: str, bot: BotProcess) -> None:
        if self.wishes.as_json:
            about = {"url": url, "bot": bot.state().pid, "directory": str(self.directory.path)}
            click.echo(json.dumps(about))
        else:
            click.echo(invitation(url, self.sample.suggestions[3], str(bot.log)))
        if self.wishes.browser:
            click.launch(url)


def _unusable(port: int | None, error: OSError) -> UserError:
    return UserError(
        f"Port {port} cannot be used ({error.strerror or error}): give another --port, or none to"
        " have a free one found."
    )


def _settings(addresses: Addresses, scenes: Mapping[str, Scene]) -> dict[str, str]:
    """The settings of the demo's bot. It takes over its own messages soon after a kill."""
    platforms = {
        name: value for scene in scenes.values() for name, value in scene.environment.items()
    }
    return {
        **platforms,
        "POSTGRES_DSN": addresses.postgres_dsn,
        "REDIS_URL": addresses.redis_url,
        "ACCESS": "open",
        "REPLICA_TIMEOUT": "1",
    }
