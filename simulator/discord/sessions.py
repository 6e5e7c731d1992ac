"""A bot's sessions and their connections."""

import asyncio
import zlib
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from aiohttp import WSMsgType, web

LONGEST_BUFFER = 10_000

Pack = Callable[[bytes], bytes]


def packing(name: str) -> Pack | None:
    """What compresses a connection's frames, None for plain text. `ValueError`: not known."""
    match name:
        case "":
            return None
        case "zlib-stream":
            compressor = zlib.compressobj(1)
            return lambda frame: compressor.compress(frame) + compressor.flush(zlib.Z_SYNC_FLUSH)
        case "zstd-stream":
            return _zstandard()
        case _:
            raise ValueError(name)


def _zstandard() -> Pack:
    # It is an optional part of discord.py, which asks for it only where it can be imported.
    zstandard: Any = import_module("zstandard")
    compressor = zstandard.ZstdCompressor().compressobj()
    flush = zstandard.COMPRESSOBJ_FLUSH_BLOCK
    return lambda frame: bytes(compressor.compress(frame) + compressor.flush(flush))


@dataclass(slots=True, eq=False)
class Connection:
    """One socket. Frames are written by its own task, so that nobody waits for it.

    `is_hung_up` says that it is Discord that closed it, which ends no session.
    """

    socket: web.WebSocketResponse
    request: web.BaseRequest
    pack: Pack | None = None
    is_hung_up: bool = False
    frames: deque[bytes] = field(default_factory=deque)
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def send(self, frame: bytes) -> None:
        """Queue a frame."""
        self.frames.append(frame)
        self.wake.set()

    async def write(self) -> None:
        """Write what is queued, until the connection is gone."""
        with suppress(ConnectionError):
            while True:
                await self.wake.wait()
                self.wake.clear()
                while self.frames:
                    await self._write(self.frames.popleft())

    async def _write(self, frame: bytes) -> None:
        if self.pack is None:
            await self.socket.send_frame(frame, WSMsgType.TEXT)
        else:
            await self.socket.send_bytes(self.pack(frame))

    def cut(self) -> None:
        """Break the connection off without a word."""
        if self.request.transport is not None:
            self.request.transport.abort()


@dataclass(slots=True, eq=False)
class Session:
    """What a bot identified for. It outlives its connection for a minute."""

    id: str
    intents: int
    connection: Connection | None = None
    sequence: int = 0
    sent: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=LONGEST_BUFFER))
    left_at: float = 0.0

    def dispatch(self, event: str, payload: bytes) -> None:
        """Send an event, and keep it for a resume."""
        self.sequence += 1
        frame = b'{"op":0,"t":"%s","s":%d,"d":%s}' % (event.encode(), self.sequence, payload)
        self.sent.append((self.sequence, frame))
        if self.connection is not None:
            self.connection.send(frame)
