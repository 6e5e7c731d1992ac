"""The bot as its users run it: a process of its own, that can be stopped and killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bots.embedded import Addresses

REPOSITORY = Path(__file__).parent.parent
HEARS_CTRL_C = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""What is started in the background of a shell ignores it, and so would what the tests start."""

START_WITHIN = 90.0
STOP_WITHIN = 60.0
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "COVERAGE_PROCESS_START")


def bot_environment(
    addresses: Addresses, *platforms: Mapping[str, str], port: int, **more: str
) -> dict[str, str]:
    """The settings of a bot on a test's databases and stand-ins, and nothing of ours."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment |= {
        "POSTGRES_DSN": addresses.postgres_dsn,
        "POSTGRES_OWNER_DSN": addresses.postgres_owner_dsn,
        "REDIS_URL": addresses.redis_url,
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": str(port),
        "ACCESS": "open",
        "REPLICA_TIMEOUT": "2",
    }
    for platform in platforms:
        environment |= platform
    return environment | more


@dataclass(frozen=True, slots=True, kw_only=True)
class BotProcess:
    """A running bot. `log` is the file its lines go to."""

    process: asyncio.subprocess.Process
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Where its HTTP routes are."""
        return f"http://127.0.0.1:{self.port}"

    async def kill(self) -> None:
        """Kill it with -9."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """Ask it to stop, and return its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOP_WITHIN):
            return await self.process.wait()

    def lines(self) -> str:
        """Everything it logged."""
        return self.log.read_text(encoding="utf-8")

    async def ready(self) -> None:
        """Wait until it takes events."""
        async with asyncio.timeout(START_WITHIN), aiohttp.ClientSession() as session:
            while True:
                if self.process.returncode is not None:
                    raise AssertionError(f"the bot ended while starting:\n{self.lines()}")
                try:
                    async with session.get(f"{self.url}/ready") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)


async def start_bot(
    environment: Mapping[str, str], log: Path, *, command: Sequence[str] = ("-m", "bots", "serve")
) -> BotProcess:
    """Start a bot without waiting for it. The caller ends it."""
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            env=environment,
            cwd=REPOSITORY,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    return BotProcess(process=process, port=int(environment["HTTP_PORT"]), log=log)


@asynccontextmanager
async def running_bot(
    environment: Mapping[str, str], log: Path, *, command: Sequence[str] = ("-m", "bots", "serve")
) -> AsyncIterator[BotProcess]:
    """A bot that is ready; it is killed at the end if it still runs."""
    bot = await start_bot(environment, log, command=command)
    try:
        await bot.ready()
        yield bot
    finally:
        await bot.kill()
