"""Every command behind a prompt in the README and in docs/, run as it stands there, in order.

The platforms are the stand-ins, by settings in the environment; databases are embedded. What needs
Docker is only looked at: no container runs here.
"""

import asyncio
import os
import re
import shlex
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from ruamel.yaml import YAML

from simulator.discord import DiscordStandIn
from simulator.slack import SlackStandIn
from simulator.standin import Asked, StandIn
from simulator.telegram import TelegramStandIn
from tests.bots.documents import REPOSITORY, blocks_of, commands_of, documents, unknown_in
from tests.bots.test_setup import at_terminal
from tests.databases import data_directory
from tests.ports import free_port, free_ports
from tests.process import KEPT

WITHIN = 300.0
COPIED = ("docs", ".env.example", "docker-compose.yml")
DOCUMENTS = [
    one
    for one in documents()
    if commands_of(one) and (one == "README.md" or one.startswith("docs/"))
]
STAND_INS: Mapping[str, Callable[[], Any]] = {
    "docs/connect/slack.md": lambda: SlackStandIn(socket_mode=True),
    "docs/connect/discord.md": DiscordStandIn,
    "docs/connect/telegram.md": TelegramStandIn,
    "docs/tutorial.md": TelegramStandIn,
    "README.md": TelegramStandIn,
}
CONTROL = 7700
"""The port of the simulator's control API in the documents; it is another one here."""

TELEGRAM_URL, TELEGRAM_TOKEN = "TELEGRAM_API_URL", "TELEGRAM_BOT_TOKEN"
COMPOSE_OPTIONS = {
    *("--build", "--detach", "--follow", "--no-deps", "--profile", "--rm", "--user"),
    *("--volume", "--workdir"),
}


@dataclass(kw_only=True)
class Desk:
    """A directory in which somebody follows a document."""

    directory: Path
    environment: dict[str, str]
    control: int
    port: int
    may_be_broken: bool = False
    running: list[asyncio.subprocess.Process] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    async def do(self, command: str) -> None:
        """Do what a command says, and fail if it fails."""
        program, *words = shlex.split(command)
        match [program.removeprefix(".venv/bin/"), *words]:
            case ["make", target]:
                makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
                assert re.search(rf"^{target}:", makefile, re.MULTILINE), command
            case ["docker", "compose", *rest]:
                look_at_compose(rest)
            case ["curl", *rest]:
                await self.curl(rest)
            case ["trialogue", "setup"]:
                await asyncio.to_thread(self.answer_setup)
            case ["trialogue", "simulate", *_]:
                await self.start(f"{command} --port {self.control}", "# Ctrl-C stops.")
            case ["trialogue", "up" | "serve", *_]:
                await self.start(command, "started")
            case ["python", "-m", "pytest", *_]:
                await self.finish(command, REPOSITORY)
            case ["trialogue" | "cp" | "head" | "install" | "printf", *_]:
                await self.finish(command, self.directory)
            case _:
                raise AssertionError(f"nobody has said how to try this: {command}")

    async def finish(self, command: str, directory: Path) -> None:
        process = await self.shell(command, directory)
        async with asyncio.timeout(WITHIN):
            output, _ = await process.communicate()
        self.said.append(output.decode())
        codes = (0, 1) if self.may_be_broken and "doctor" in command else (0,)
        assert process.returncode in codes, f"{command}\n{output.decode()}"

    async def start(self, command: str, word: str) -> None:
        """Start what goes on, and wait for its word that it is there."""
        process = await self.shell(f"exec {command}", self.directory)
        self.running.append(process)
        assert process.stdout is not None
        lines = []
        async with asyncio.timeout(WITHIN):
            async for line in process.stdout:
                lines.append(line.decode())
                if word in lines[-1]:
                    return
        raise AssertionError(f"{command}\n{''.join(lines)}")

    def answer_setup(self) -> None:
        """Answer its questions at a terminal, connecting Telegram."""
        variables = {name: self.environment[name] for name in (TELEGRAM_URL, "HTTP_PORT")}
        with at_terminal(self.directory, variables) as terminal:
            terminal.answer("embedded?")
            terminal.answer("Connect Slack?")
            terminal.answer("Connect Discord?")
            terminal.answer("Connect Telegram?", "y")
            terminal.answer("TELEGRAM_BOT_TOKEN (hidden", self.environment.pop(TELEGRAM_TOKEN))
            terminal.answer("Who may ask?", "open")
            assert terminal.end() == 0, terminal.shown

    async def curl(self, words: Sequence[str]) -> None:
        """Make the request that curl would make, to the control API."""
        data = words[words.index("-d") + 1] if "-d" in words else None
        [address] = [word for word in words if word.startswith("http://127.0.0.1:")]
        assert set(words) <= {"-d", data, address}, words
        address = address.replace(f":{CONTROL}/", f":{self.control}/").replace("wait=10", "wait=0")
        method = "POST" if data else "GET"
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, address, data=data) as answer,
        ):
            said = await answer.json()
        assert answer.status in {200, 201}, said
        assert "error" not in said

    async def shell(self, command: str, directory: Path) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_shell(
            command,
            cwd=directory,
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def leave(self) -> None:
        """End what runs, as Ctrl-C does, and see that it ends well."""
        for process in reversed(self.running):
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
            try:
                async with asyncio.timeout(WITHIN):
                    output, _ = await process.communicate()
                assert process.returncode == 0, output.decode()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()


@asynccontextmanager
async def desk(variables: Mapping[str, str]) -> AsyncIterator[Desk]:
    """A directory with the files that the documents name, and nothing set but these."""
    with data_directory() as directory:
        directory.chmod(0o755)
        for name in COPIED:
            source = REPOSITORY / name
            if source.is_dir():
                shutil.copytree(source, directory / name)
            else:
                shutil.copy(source, directory / name)
        programs = directory / ".venv" / "bin"
        programs.mkdir(parents=True)
        for name, arguments in (("trialogue", ["-m", "bots"]), ("python", [])):
            script = programs / name
            words = shlex.join([sys.executable, *arguments])
            script.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
            script.chmod(0o755)
        port = free_port()
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        environment |= {
            "PATH": f"{programs}:{environment['PATH']}",
            "PYTHONPATH": str(REPOSITORY),
            "PYTHONUNBUFFERED": "1",
            "HTTP_PORT": str(port),
            **variables,
        }
        place = Desk(directory=directory, environment=environment, control=free_ports(4), port=port)
        try:
            yield place
        finally:
            await place.leave()


def look_at_compose(words: Sequence[str]) -> None:
    """Options that we know, services that there are, and commands that ours has."""
    text = (REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8")
    services = YAML(typ="safe").load(text)["services"]
    assert {word for word in words if word.startswith("--")} <= COMPOSE_OPTIONS
    action, *rest = [word for word in words if not word.startswith("-")]
    assert action in {"up", "ps", "logs", "run", "stop", "down", "pull", "build"}
    if action == "run":
        service = rest.index("bot")
        for volume in (word for word in rest[:service] if ":" in word):
            assert (REPOSITORY / volume.partition(":")[0]).exists()
        assert not unknown_in(rest[service + 1 :]), words
        rest = ["bot"]
    assert set(rest) <= set(services)


def test_there_is_something_to_try() -> None:
    assert {*STAND_INS, "docs/simulator.md", "docs/deploy.md"} <= set(DOCUMENTS)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("document", DOCUMENTS)
async def test_every_command_works(document: str) -> None:
    async with AsyncExitStack() as stack:
        variables: Mapping[str, str] = {}
        if document in STAND_INS:
            stand_in = await stack.enter_async_context(STAND_INS[document]())
            variables = {**stand_in.environment, **access_in(document)}
        place = await stack.enter_async_context(desk(variables))
        place.may_be_broken = document == "docs/troubleshooting.md"
        for command in commands_of(document):
            await place.do(command)
        if document in STAND_INS:
            await answered(stand_in)


def access_in(document: str) -> Mapping[str, str]:
    """What the document sets ACCESS to, if it does."""
    first = "".join(blocks_of(document, "ini")[:1])
    return dict(re.findall(r"^(ACCESS)=(.+)$", first, re.MULTILINE))


async def answered(stand_in: StandIn) -> None:
    """The document's last step: ask, and be answered with the source."""
    mentioned = await reply_to(await stand_in.ask("I forgot my password"), stand_in)
    assert "it-handbook.md#passwords" in mentioned
    told = await reply_to(await stand_in.tell("How many days of vacation do I have?"), stand_in)
    assert "people.md#vacation" in told


async def reply_to(asked: Asked, stand_in: StandIn) -> str:
    async with asyncio.timeout(WITHIN):
        while not stand_in.replies_to(asked):
            await asyncio.sleep(0.05)
    [reply] = stand_in.replies_to(asked)
    return reply.text


def test_a_command_that_nobody_knows_is_noticed() -> None:
    with pytest.raises(AssertionError):
        look_at_compose(["up", "nonsense"])
    assert unknown_in(["kb", "import", "--nonsense"]) == "--nonsense"
    assert unknown_in(["nonsense"]) == "nonsense"
    assert not unknown_in(["kb", "import", "file.csv", "--embedded"])
