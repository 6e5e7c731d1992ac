"""A database server as a child process that cannot outlive us."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals

from bots.embedded.directory import User
from bots.embedded.logfile import LogFile
from core.errors import ConfigurationError

TETHER = Path(__file__).with_name("tether.py")
PROBE_SECONDS = 0.01
READY_SECONDS = 120  # recovery after a crash reads the log since the last checkpoint
STOP_SECONDS = 20
KERNEL_TELLS = sys.platform == "linux"
# No setting of the person's environment (PGDATA, PGPORT, LC_ALL, TZ, ...) reaches a server.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run, as whom, and how it is ended.

    `given` is its standard input: a place for passwords that no other user can see. `death_signal`
    is sent when we die, `stop_signal` when we stop it. `held` are descriptors that it inherits.
    """

    name: str
    command: tuple[str, ...]
    user: User
    log: LogFile
    stop_signal: Signals
    death_signal: Signals
    given: bytes = b""
    held: tuple[int, ...] = ()


async def spawn(program: Program) -> tuple[Process, int]:
    """Start a program, tied to this process; also the descriptor that ties it (-1: none)."""
    watched, tie = (-1, -1) if KERNEL_TELLS else os.pipe()
    arguments = (os.getpid(), int(program.death_signal), program.user.uid, program.user.gid)
    held = program.held if watched < 0 else (*program.held, watched)
    with _standard_input(program.given) as given, _appending(program.log) as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(TETHER), *map(str, arguments), str(watched)),
            *program.command,
            stdin=given,
            stdout=output,
            stderr=output,
            cwd="/",
            env=ENVIRONMENT,
            pass_fds=held,
            start_new_session=True,  # a Ctrl-C on the terminal is ours to handle, not theirs
        )
    if watched >= 0:
        os.close(watched)
    return process, tie


async def run_to_end(program: Program) -> int:
    """Run a program that ends by itself: its exit code. Cancelled, it is stopped."""
    process, tie = await spawn(program)
    try:
        return await process.wait()
    except asyncio.CancelledError:
        process.send_signal(program.stop_signal)
        raise
    finally:
        if tie >= 0:
            os.close(tie)


@dataclass(slots=True, kw_only=True)
class Server:
    """A program that serves: `answers` says whether a connection gets an answer."""

    program: Program
    answers: Callable[[], Awaitable[bool]]
    process: Process | None = field(default=None, init=False)
    tie: int = field(default=-1, init=False)

    async def start(self) -> None:
        """Start and wait until a connection is answered; ConfigurationError when it ends first."""
        self.process, self.tie = await spawn(self.program)
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._until_ready(self.process)
        except TimeoutError:
            await self.stop()
            raise self._failed("did not get ready") from None
        except BaseException:
            await self.stop()
            raise

    async def _until_ready(self, process: Process) -> None:
        while not await self.answers():
            if process.returncode is not None:
                raise self._failed("ended")
            await asyncio.sleep(PROBE_SECONDS)

    async def wait(self) -> int:
        """Wait until it ends by itself: its exit code."""
        return await self.process.wait() if self.process is not None else 0

    async def stop(self) -> None:
        """End it in its orderly way; at once if that takes too long or we may not wait."""
        process, self.process = self.process, None
        if process is None:
            return
        try:
            if process.returncode is None:
                process.send_signal(self.program.stop_signal)
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except ProcessLookupError:
            pass
        except TimeoutError:
            process.send_signal(self.program.death_signal)
            await process.wait()
        except asyncio.CancelledError:
            process.send_signal(self.program.death_signal)
            raise
        finally:
            if self.tie >= 0:
                os.close(self.tie)
                self.tie = -1

    def _failed(self, how: str) -> ConfigurationError:
        log = self.program.log
        return ConfigurationError(
            f"{self.program.name} {how} while starting: {log.last_line()} (log: {log.path})"
        )


@contextmanager
def _standard_input(given: bytes) -> Iterator[int]:
    if not given:
        yield DEVNULL
        return
    reading, writing = os.pipe()
    try:
        os.write(writing, given)  # far below what a pipe holds
        os.close(writing)
        yield reading
    finally:
        os.close(reading)


@contextmanager
def _appending(log: LogFile) -> Iterator[int]:
    descriptor = log.open()
    try:
        yield descriptor
    finally:
        os.close(descriptor)
