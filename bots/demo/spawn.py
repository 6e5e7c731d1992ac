"""A program in a session of its own that ends when we do."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from bots.embedded.server import KERNEL_TELLS, TETHER

LINE_LIMIT = 1024 * 1024


@asynccontextmanager
async def spawned(
    command: Sequence[str], environment: Mapping[str, str], directory: Path
) -> AsyncIterator[Process]:
    """The process, with its output to be read; killed at the end if it still runs."""
    watched, tie = (-1, -1) if KERNEL_TELLS else os.pipe()
    arguments = (os.getpid(), int(signal.SIGTERM), -1, -1, watched)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(TETHER), *map(str, arguments)),
        *command,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        limit=LINE_LIMIT,
        cwd=directory,
        env=dict(environment),
        pass_fds=() if watched < 0 else (watched,),
        start_new_session=True,  # a Ctrl-C on the terminal is ours to handle
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        for descriptor in (watched, tie):
            if descriptor >= 0:
                os.close(descriptor)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
