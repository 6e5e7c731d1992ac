"""Read files in a process of their own, so that none can harm the bot or keep it waiting."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from adapters.documents.frames import LENGTH, Answer, length_of, pack_file, unpack_answer
from core.errors import UserError
from core.ports.documents import GivenFile, Reading
from core.processes import bare_environment

WITHIN = timedelta(seconds=90)
LARGEST = 64 * 1024 * 1024
"""Bytes of a file of any kind."""
TOO_LARGE = "{name}: the file has more than {most} MB."
TOO_LONG = "{name}: reading it takes too long."
ENDED = "{name}: it cannot be read: it needs too much memory or time, or is damaged."

log = structlog.get_logger(service="documents")


@dataclass(slots=True)
class ChildReader:
    """`ReadsFiles` in a child, which is started when there is something to read.

    One that a file has ended is replaced by another for the next file.
    """

    within: timedelta = WITHIN
    _child: asyncio.subprocess.Process | None = None
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def read(self, file: GivenFile) -> Reading:
        if len(file.content) > LARGEST:
            raise UserError(TOO_LARGE.format(name=file.name, most=LARGEST // 1024**2))
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(self.within.total_seconds()):
                    answer = await self._ask(file)
            except TimeoutError as error:
                raise UserError(TOO_LONG.format(name=file.name)) from error
            except (OSError, EOFError, ValueError) as error:
                raise UserError(ENDED.format(name=file.name)) from error
        if answer.reading is None:
            raise UserError(answer.refusal or ENDED.format(name=file.name))
        return answer.reading

    async def close(self) -> None:
        """End the child, whatever it is doing."""
        child, self._child = self._child, None
        if child is not None:
            with suppress(ProcessLookupError):
                child.kill()
            # Its pipes are read to their ends, so that nothing of them is left open.
            await child.communicate()

    async def _ask(self, file: GivenFile) -> Answer:
        try:
            child = self._child or await self._start()
            assert child.stdin is not None  # noqa: S101 - both are pipes
            assert child.stdout is not None  # noqa: S101
            child.stdin.write(pack_file(file))
            await child.stdin.drain()
            length = length_of(await child.stdout.readexactly(LENGTH.size))
            return unpack_answer(await child.stdout.readexactly(length))
        except BaseException:
            await self.close()
            raise

    async def _start(self) -> asyncio.subprocess.Process:
        self._child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "adapters.documents.child",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=bare_environment(),
        )
        return self._child


@asynccontextmanager
async def open_reader() -> AsyncIterator[ChildReader]:
    """A reader whose child ends with the block."""
    reader = ChildReader()
    try:
        yield reader
    finally:
        await reader.close()
