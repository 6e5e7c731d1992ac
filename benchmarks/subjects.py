"""What is measured: the product, and two echo bots for each platform."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

REPOSITORY = Path(__file__).parent.parent
BOT_CORE, OTHER_CORES = {0}, {1}
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A bot to start: its arguments after `python`."""

    name: str
    command: Sequence[str]


def subjects(platform: str) -> Sequence[Subject]:
    """The bots to compare on a platform."""
    echo = ("-m", f"benchmarks.{platform}_echo")
    return (
        Subject(name="Trialogue, the full way", command=("-m", "bots", "serve")),
        Subject(name="library echo, as its README shows", command=(*echo, "readme")),
        Subject(name="library echo, tuned", command=(*echo, "tuned")),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A bot on a core of its own."""

    process: psutil.Process

    def cpu_seconds(self) -> float:
        """Processor time it has used so far."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def memory(self) -> float:
        """Resident memory in megabytes."""
        return float(self.process.memory_info().rss) / MEGABYTE


@asynccontextmanager
async def run_subject(
    subject: Subject, environment: Mapping[str, str], log: Path
) -> AsyncIterator[Running]:
    """Start a bot pinned to the first core, and end it."""
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *subject.command,
            env={**os.environ, **environment},
            cwd=REPOSITORY,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        pin(process.pid, BOT_CORE)
        yield Running(process=psutil.Process(process.pid))
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(10):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


def pin(pid: int, cores: set[int]) -> None:
    """Keep a process on some cores, where the system can and has two."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(pid, cores)


def pin_others() -> None:
    """Keep ourselves, and what we start from now on, off the bot's core."""
    pin(os.getpid(), OTHER_CORES)
