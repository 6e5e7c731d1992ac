"""The demo as a newcomer starts it: a process of its own, asked over HTTP."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.process import KEPT, REPOSITORY

START_WITHIN = 90.0
STOP_WITHIN = 60.0
SEEN_WITHIN = 30.0

State = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A running demo. `bot` is the process id of its first bot."""

    process: asyncio.subprocess.Process
    url: str
    bot: int
    directory: Path

    async def state(self) -> State:
        """What the page is told when it is opened."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/api/state") as got:
            state: State = await got.json()
            return state

    async def post(self, path: str, **body: object) -> tuple[int, State]:
        """Ask for something as the page does; the status and what was answered."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}/api/{path}", json=body) as answer,
        ):
            return answer.status, await answer.json(content_type=None) or {}

    async def until(self, seen: Callable[[State], Any]) -> Any:
        """Look until something is to be seen, and return it."""
        try:
            async with asyncio.timeout(SEEN_WITHIN):
                while not (found := seen(await self.state())):
                    await asyncio.sleep(0.05)
                return found
        except TimeoutError:
            raise AssertionError("it was not to be seen in time") from None

    async def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Stop it as Ctrl-C does; its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(STOP_WITHIN):
            return await self.process.wait()


@asynccontextmanager
async def running_demo(directory: Path, *options: str) -> AsyncIterator[Demo]:
    """A demo that has printed its address; stopped at the end if it still runs."""
    process = await start_demo(("--data-dir", str(directory), "--port", "0", "--json", *options))
    try:
        async with asyncio.timeout(START_WITHIN):
            assert process.stdout is not None
            line = await process.stdout.readline()
        if not line:
            raise AssertionError(f"the demo ended while starting:\n{await _errors(process)}")
        about = json.loads(line)
        demo = Demo(
            process=process, url=about["url"], bot=about["bot"], directory=Path(about["directory"])
        )
        yield demo
        await demo.stop()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def start_demo(options: Sequence[str]) -> asyncio.subprocess.Process:
    """Start a demo without waiting for it. The caller ends it."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bots", "demo", *options),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={name: os.environ[name] for name in KEPT if name in os.environ},
        cwd=REPOSITORY,
    )


async def _errors(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    return (await process.stderr.read()).decode(errors="replace")
