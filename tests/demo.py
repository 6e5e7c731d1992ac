"""The demo as a newcomer starts it: a process of its own, asked over HTTP."""

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.process import HEARS_CTRL_C, KEPT, REPOSITORY

START_WITHIN = 180.0
STOP_WITHIN = 60.0
SEEN_WITHIN = 90.0

State = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A running demo. `bot` is the process id of its first bot."""

    process: subprocess.Popen[bytes]
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

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Stop it as Ctrl-C does; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(STOP_WITHIN)


@contextmanager
def running_demo(directory: Path, *options: str) -> Iterator[Demo]:
    """A demo that has printed its address; stopped at the end if it still runs."""
    wanted = ("--data-dir", str(directory), "--port", "0", "--json", *options)
    with start_demo(wanted, directory.with_suffix(".errors")) as process:
        line = _first_line(process, directory)
        about = json.loads(line)
        demo = Demo(
            process=process, url=about["url"], bot=about["bot"], directory=Path(about["directory"])
        )
        yield demo
        demo.stop()


@contextmanager
def start_demo(options: Sequence[str], errors: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A demo that has just been started; killed at the end if it still runs."""
    with errors.open("wb") as output:
        process = subprocess.Popen(
            (sys.executable, "-c", HEARS_CTRL_C, "-m", "bots", "demo", *options),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            env={name: os.environ[name] for name in KEPT if name in os.environ},
            cwd=REPOSITORY,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _first_line(process: subprocess.Popen[bytes], directory: Path) -> bytes:
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], START_WITHIN)
    line = process.stdout.readline() if ready else b""
    if not line:
        said = directory.with_suffix(".errors").read_text(encoding="utf-8", errors="replace")
        raise AssertionError(f"the demo did not start:\n{said}")
    return line
