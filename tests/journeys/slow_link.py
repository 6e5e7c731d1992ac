"""A link to a server that can be made slow."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

CHUNK = 65536


@dataclass(slots=True, kw_only=True)
class SlowLink:
    """Passes bytes on in both directions, `delay` seconds after they came in order."""

    port: int
    delay: float = 0.0
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, far_writer))
                both.create_task(self._pass(far_reader, writer))
        except* OSError:
            pass
        finally:
            writer.close()
            self._tasks.discard(task)

    def cut(self) -> None:
        """End every connection."""
        for task in self._tasks:
            task.cancel()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(CHUNK):
                await asyncio.sleep(self.delay)
                writer.write(data)
                await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def slow_link(port: int) -> AsyncIterator[tuple[SlowLink, int]]:
    """A link to a port of this machine, and the port it listens on."""
    link = SlowLink(port=port)
    server = await asyncio.start_server(link.carry, "127.0.0.1", 0)
    try:
        yield link, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        link.cut()
        await server.wait_closed()
