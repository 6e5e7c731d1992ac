"""The gateway: https://discord.com/developers/docs/events/gateway."""

import asyncio
from itertools import count

import orjson
from aiohttp import WSMsgType, web

from simulator.discord.meddling import Meddling
from simulator.discord.objects import JSON, dump
from simulator.discord.sessions import Connection, Session, packing
from simulator.discord.witness import Dispatched, Witness
from simulator.discord.world import World

GUILDS = 1 << 0
GUILD_MESSAGES = 1 << 9
GUILD_REACTIONS = 1 << 10
DIRECT_MESSAGES = 1 << 12
DIRECT_REACTIONS = 1 << 13
MESSAGE_CONTENT = 1 << 15
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15
ALWAYS = -1
"""The intent of what every session gets."""

RECONNECT, INVALID_SESSION, HELLO = 7, 9, 10
UNKNOWN_ERROR, UNKNOWN_OPCODE, DECODE_ERROR = 4000, 4001, 4002
AUTHENTICATION_FAILED, ALREADY_AUTHENTICATED, DISALLOWED_INTENTS = 4004, 4005, 4014
HEARTBEAT_MS = 41_250
RESUMABLE_FOR = 60.0


class Gateway:
    """All sessions. Every one gets every event its intents ask for.

    So many of the next connections get 503 (`refusals`), or are closed at once (`hang_ups`).
    `identified` has the intents of each session that began, `disallowed` the intents that the
    application has not been granted. While it `is_mute` heartbeats are not acknowledged.
    """

    def __init__(self, world: World, token: str) -> None:
        self.world = world
        self.token = token
        self.address = ""
        self.identified: list[int] = []
        self.resumed = 0
        self.refusals = 0
        self.hang_ups = 0
        self.disallowed = 0
        self.is_mute = False
        self.heartbeat_ms = HEARTBEAT_MS
        self.meddling = Meddling()
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
        self.meddling.pass_on(event, lambda: self._dispatch(event, payload, intent, whole))

    def _dispatch(self, event: str, payload: bytes, intent: int, whole: bytes | None) -> None:
        for session in tuple(self._sessions.values()):
            if session.connection is None and self._is_over(session):
                del self._sessions[session.id]
            elif intent == ALWAYS or session.intents & intent:
                readable = whole if whole and session.intents & MESSAGE_CONTENT else payload
                session.dispatch(event, readable)
        if self.world.witness is not None:
            self._show(event, payload, intent, self.world.witness)

    def _show(self, event: str, payload: bytes, intent: int, witness: Witness) -> None:
        sessions = tuple(self._sessions.values())
        wanted = [one for one in sessions if intent == ALWAYS or one.intents & intent]
        reached = sum(one.connection is not None for one in wanted)
        witness.dispatched(
            Dispatched(
                event=event,
                payload=payload,
                wanted=len(wanted),
                reached=reached,
                sessions=len(sessions),
            )
        )

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

    def invalidate(self, *, resumable: bool = False) -> None:
        """Tell all bots that their session is over, or only to resume it."""
        connections = tuple(self._connections)
        if not resumable:
            self._sessions.clear()
        for connection in connections:
            connection.send(dump({"op": INVALID_SESSION, "d": resumable}))

    def reconnect(self) -> None:
        """Ask all bots to connect anew and to resume."""
        for connection in tuple(self._connections):
            connection.send(dump({"op": RECONNECT, "d": None}))

    async def hang_up(self, code: int) -> None:
        """Close all connections with a code; 4007 and 4009 end the sessions too."""
        if code in (4007, 4009):
            self._sessions.clear()
        for connection in tuple(self._connections):
            connection.is_hung_up = True
            await connection.socket.close(code=code)

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
        try:
            pack = packing(request.query.get("compress", ""))
        except (ValueError, ImportError):
            await socket.close(code=UNKNOWN_ERROR, message=b"Unknown compression.")
            return socket
        connection = Connection(socket, request, pack)
        self._connections.add(connection)
        try:
            async with asyncio.TaskGroup() as tasks:
                writer = tasks.create_task(connection.write())
                connection.send(dump({"op": HELLO, "d": {"heartbeat_interval": self.heartbeat_ms}}))
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
            try:
                said = orjson.loads(received.data)
                await self._hear(connection, said.get("op"), said.get("d"))
            except (orjson.JSONDecodeError, AttributeError, TypeError):
                await connection.socket.close(code=DECODE_ERROR, message=b"Decode error.")

    async def _hear(self, connection: Connection, op: object, said: JSON) -> None:
        match op:
            case 1:
                if not self.is_mute:
                    connection.send(b'{"op":11,"d":null}')
            case 2:
                await self._identify(connection, said)
            case 6:
                await self._resume(connection, said)
            case 3 | 4 | 8:  # presence, voice and members: nothing that is shown here
                pass
            case _:
                await connection.socket.close(code=UNKNOWN_OPCODE, message=b"Unknown opcode.")

    async def _identify(self, connection: Connection, said: JSON) -> None:
        if said.get("token") != self.token:
            await _close(connection, AUTHENTICATION_FAILED, b"Authentication failed.")
            return
        if any(session.connection is connection for session in self._sessions.values()):
            await _close(connection, ALREADY_AUTHENTICATED, b"Already authenticated.")
            return
        if int(said.get("intents", 0)) & self.disallowed:
            await _close(connection, DISALLOWED_INTENTS, b"Disallowed intent(s).")
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
            await _close(connection, AUTHENTICATION_FAILED, b"Authentication failed.")
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
                is_over = connection.socket.close_code in (1000, 1001)
                if is_over and not connection.is_hung_up:
                    del self._sessions[session.id]


async def _close(connection: Connection, code: int, reason: bytes) -> None:
    await connection.socket.close(code=code, message=reason)
