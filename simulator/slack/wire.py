"""POST requests over keep-alive connections, at a fraction of a general client's cost.

The stand-in shares its processor with the bot that a benchmark measures.
"""

import asyncio
import re
from collections import defaultdict
from dataclasses import dataclass, field
from urllib.parse import urlsplit

HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
NO_RETRY = re.compile(rb"\r\nx-slack-no-retry:[ \t]*1", re.IGNORECASE)

BROKEN = (OSError, EOFError, ValueError, asyncio.LimitOverrunError)
"""What `Wire.post` raises when there was no HTTP answer; `TimeoutError` is an `OSError`."""

Address = tuple[str, int]
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where requests go, with the part of their head that never changes."""

    address: Address
    head: bytes

    @classmethod
    def of(cls, url: str, *headers: str) -> "Endpoint":
        """Read an `http://host:port/path` address."""
        parts = urlsplit(url)
        host, port = parts.hostname or "127.0.0.1", parts.port or 80
        lines = [f"POST {parts.path or '/'} HTTP/1.1", f"Host: {host}:{port}", *headers, ""]
        return cls(address=(host, port), head="\r\n".join(lines).encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What matters of a response to a delivery."""

    status: int
    no_retry: bool
    body: bytes = b""


@dataclass(slots=True)
class Wire:
    """Connections that wait for their next request."""

    _idle: defaultdict[Address, list[Connection]] = field(default_factory=lambda: defaultdict(list))

    async def post(self, endpoint: Endpoint, headers: bytes, body: bytes) -> Answer:
        """Send one request; `headers` are whole lines."""
        reader, writer = await self._connect(endpoint.address)
        reusable = False
        try:
            writer.write(
                b"%bContent-Length: %d\r\n%b\r\n%b" % (endpoint.head, len(body), headers, body)
            )
            head = await reader.readuntil(HEAD_END)
            length, content = LENGTH.search(head), b""
            if length:
                content = await reader.readexactly(int(length[1]))
                reusable = b"onnection: close" not in head
            no_retry = NO_RETRY.search(head) is not None
            return Answer(status=int(head[9:12]), no_retry=no_retry, body=content)
        finally:
            if reusable:
                self._idle[endpoint.address].append((reader, writer))
            else:
                writer.transport.abort()

    def close(self) -> None:
        """Drop the idle connections."""
        for connections in self._idle.values():
            for _, writer in connections:
                writer.transport.abort()
        self._idle.clear()

    async def _connect(self, address: Address) -> Connection:
        idle = self._idle[address]
        while idle:
            reader, writer = idle.pop()
            if not (reader.at_eof() or writer.is_closing()):
                return reader, writer
            writer.transport.abort()
        return await asyncio.open_connection(*address)
