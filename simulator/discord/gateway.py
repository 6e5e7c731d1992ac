"""The gateway: sessions, their connections and what each has still to get."""

import asyncio
import zlib
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from simulator.discord.objects import JSON
from simulator.discord.world import World, dump

GUILDS = 1 << 0
GUILD_MESSAGES = 1 << 9
DIRECT_MESSAGES = 1 << 12
MESSAGE_CONTENT = 1 << 15

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 0, 1, 2, 6, 9, 10, 11
HEARTBEAT_MS = 41_250
RESUMABLE_FOR = 60.0
LONGEST_BUFFER = 10_000


@dataclass(slots=True, eq=False)
class Connection:
    """One socket. Frames are written by its own task, so that nobody waits for it."""

    socket: web.WebSocketResponse
    request: web.BaseRequest
    compressor: Any = None
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
        if self.compressor is None:
            await self.socket.send_frame(frame, WSMsgType.TEXT)
            return
        packed = self.compressor.compress(frame) + self.compressor.flush(zlib.Z_SYNC_FLUSH)
        await self.socket.send_bytes(packed)

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


class Gateway:
    """All sessions. Every one gets every event its intents ask for.

    So many of the next connections get 503 (`refusals`), or are closed at once (`hang_ups`).
    `identified` has the intents of each session that began.
    """

    def __init__(self, world: World, token: str) -> None:
        self.world = world
        self.token = token
        self.address = ""
        self.identified: list[int] = []
        self.resumed = 0
        self.refusals = 0
        self.hang_ups = 0
        self._sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()
        self._numbers = count(1)
        self._changed = asyncio.Event()

    @property
    def connected(self) -> int:
        """How many sessions have a connection."""
        return sum(session.connection is not None for session in self._sessions.values())

    def dispatch(
        self, event: str, payload: bytes, *, intent: int, whole: bytes | None = None
    ) -> None:
        """Tell all sessions. `whole` is for those that may read every message's content."""
        for session in tuple(self._sessions.values()):
            if session.connection is None and self._is_over(session):
                del self._sessions[session.id]
            elif session.intents & intent:
                readable = whole if whole and session.intents & MESSAGE_CONTENT else payload
                session.dispatch(event, readable)

    async def has_connected(self, number: int) -> None:
        """Wait until so many sessions have a connection."""
        while self.connected < number:
            self._changed.clear()
            await self._changed.wait()

    def cut(self) -> None:
        """Break all connections off; their sessions can be resumed."""
        for connection in tuple(self._connections):
            connection.cut()

    def forget(self) -> None:
        """Break all connections off, and know their sessions no more."""
        self._sessions.clear()
        self.cut()

    def invalidate(self) -> None:
        """Tell all bots that their session is over."""
        sessions = tuple(self._sessions.values())
        self._sessions.clear()
        for session in sessions:
            if session.connection is not None:
                session.connection.send(dump({"op": INVALID_SESSION, "d": False}))

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve a connection until it ends."""
        if self.refusals > 0:
            self.refusals -= 1
            return web.Response(status=503)
        socket = web.WebSocketResponse(max_msg_size=1 << 16, compress=False)
        await socket.prepare(request)
        if self.hang_ups > 0:
            self.hang_ups -= 1
            await socket.close(code=4000)
            return socket
        zipped = request.query.get("compress") == "zlib-stream"
        connection = Connection(socket, request, zlib.compressobj(1) if zipped else None)
        self._connections.add(connection)
        try:
            async with asyncio.TaskGroup() as tasks:
                writer = tasks.create_task(connection.write())
                connection.send(dump({"op": HELLO, "d": {"heartbeat_interval": HEARTBEAT_MS}}))
                await self._listen(connection)
                writer.cancel()
        finally:
            self._connections.discard(connection)
            self._leave(connection)
        return socket

    async def _listen(self, connection: Connection) -> None:
        async for received in connection.socket:
            if received.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                continue
            said = orjson.loads(received.data)
            match said.get("op"):
                case 1:
                    connection.send(b'{"op":11,"d":null}')
                case 2:
                    await self._identify(connection, said["d"])
                case 6:
                    await self._resume(connection, said["d"])

    async def _identify(self, connection: Connection, said: JSON) -> None:
        if said.get("token") != self.token:
            await connection.socket.close(code=4004, message=b"Authentication failed.")
            return
        intents = int(said.get("intents", 0))
        self.identified.append(intents)
        session = Session(f"session-{next(self._numbers)}", intents, connection)
        ready = {
            "v": 10,
            "user": self.world.bot.to_json(),
            "guilds": [{"id": self.world.guild, "unavailable": True}],
            "session_id": session.id,
            "resume_gateway_url": self.address,
            "shard": [0, 1],
            "application": {"id": self.world.bot.id, "flags": 0},
            "private_channels": [],
        }
        session.dispatch("READY", dump(ready))
        if intents & GUILDS:
            session.dispatch("GUILD_CREATE", dump(self.world.guild_json()))
        self._sessions[session.id] = session
        self._changed.set()

    async def _resume(self, connection: Connection, said: JSON) -> None:
        session = self._sessions.get(said.get("session_id", ""))
        if said.get("token") != self.token:
            await connection.socket.close(code=4004, message=b"Authentication failed.")
        elif session is None or self._is_over(session):
            connection.send(dump({"op": INVALID_SESSION, "d": False}))
        else:
            self.resumed += 1
            session.connection = connection
            self._changed.set()
            for sequence, frame in session.sent:
                if sequence > int(said.get("seq") or 0):
                    connection.send(frame)
            session.dispatch("RESUMED", b'{"_trace":[]}')

    def _is_over(self, session: Session) -> bool:
        now = asyncio.get_running_loop().time()
        return session.connection is None and now - session.left_at > RESUMABLE_FOR

    def _leave(self, connection: Connection) -> None:
        for session in tuple(self._sessions.values()):
            if session.connection is connection:
                session.connection = None
                session.left_at = asyncio.get_running_loop().time()
                if connection.socket.close_code in (1000, 1001):
                    del self._sessions[session.id]
