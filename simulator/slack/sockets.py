"""Socket Mode's server: https://docs.slack.dev/apis/events-api/using-socket-mode.

The frames follow that page and the fixtures of slack_sdk's tests/slack_sdk_async/socket_mode.
"""

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from uuid import uuid4

import orjson
from aiohttp import WSMsgType, web

from simulator.slack.calls import RefusalError
from simulator.slack.deliveries import SECONDS_TO_ACKNOWLEDGE, Attempt, Channel, Parcel
from simulator.slack.workspace import APP, Json

PATH = "/link/"
MOST_SOCKETS = 10
REASONS = {"http_timeout": "timeout", "connection_failed": "connection_failed"}


@dataclass(slots=True, eq=False)
class Socket:
    """One open socket. A silent one neither reads nor answers pings."""

    request: web.BaseRequest
    response: web.WebSocketResponse
    number: int
    leaving: bool = False
    silent: bool = False
    awaited: dict[str, asyncio.Future[bytes]] = field(default_factory=dict)

    async def send(self, frame: Json) -> None:
        """Send a frame; a socket that is gone is no error."""
        try:
            await self.response.send_str(orjson.dumps(frame).decode())
        except ConnectionError:
            self.leaving = True

    async def read(self) -> None:
        """Read acknowledgements until the bot is gone."""
        async for frame in self.response:
            if self.silent:
                continue
            if frame.type is WSMsgType.PING:
                await self.response.pong(frame.data)
            if frame.type is WSMsgType.TEXT:
                self._acknowledge(orjson.loads(frame.data))

    def _acknowledge(self, answer: Json) -> None:
        future = self.awaited.pop(str(answer.get("envelope_id")), None)
        if future is not None and not future.done():
            payload = answer.get("payload")
            future.set_result(orjson.dumps(payload) if payload else b"")

    def end(self) -> None:
        """Nothing more will be acknowledged."""
        self.leaving = True
        for future in self.awaited.values():
            future.cancel()


@dataclass(slots=True, kw_only=True)
class Sockets:
    """An app's sockets; each parcel goes to one of them.

    `opened` counts all there were, `fewest` is how few were left when one had ended.
    """

    address: str = ""
    open: list[Socket] = field(default_factory=list)
    opened: int = 0
    fewest: int = MOST_SOCKETS
    _tickets: set[str] = field(default_factory=set)
    _turn: int = 0

    def issue(self, _arguments: Json) -> Json:
        """Serve `apps.connections.open`."""
        if not self.address:
            raise RefusalError("internal_error")
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        return {"url": f"{self.address}{PATH}?ticket={ticket}&app_id={APP}"}

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve one socket. Its address is good once."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403)
        self._tickets.remove(ticket)
        response = web.WebSocketResponse(autoping=False)
        await response.prepare(request)
        self.opened += 1
        socket = Socket(request, response, self.opened)
        if len(self.open) >= MOST_SOCKETS:
            await socket.send({"type": "disconnect", "reason": "too_many_websockets"})
            await response.close()
            return response
        self.open.append(socket)
        try:
            await socket.send(self._hello())
            await socket.read()
        finally:
            self.open.remove(socket)
            socket.end()
            self.fewest = min(self.fewest, len(self.open))
        return response

    async def attempt(
        self, parcel: Parcel, *, target: str | None, number: int, reason: str
    ) -> Attempt:
        """Send one envelope and wait for its acknowledgement."""
        del target
        at, socket = time.perf_counter(), self._next()
        acknowledged, answer, problem = False, b"", "connection_failed"
        if socket is not None:
            envelope = _envelope(parcel, number, reason)
            future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
            socket.awaited[str(envelope["envelope_id"])] = future
            await socket.send(envelope)
            done, _ = await asyncio.wait({future}, timeout=SECONDS_TO_ACKNOWLEDGE)
            problem = "connection_failed" if future.cancelled() else "http_timeout"
            if done and not future.cancelled():
                acknowledged, answer, problem = True, future.result(), ""
        return Attempt(
            event_id=parcel.id,
            number=number,
            target=f"socket {socket.number}" if socket else "no socket",
            status=200 if acknowledged else None,
            reason=problem,
            at=at,
            seconds=time.perf_counter() - at,
            answer=answer,
        )

    async def disconnect(
        self, reason: str = "refresh_requested", *, which: int | None = None, after: float = 0.0
    ) -> None:
        """Announce the end of one socket, or of all, and end it; a `warning` leaves it open."""
        chosen = list(self.open) if which is None else [self.open[which]]
        for socket in chosen:
            socket.leaving = reason != "warning"
            await socket.send(
                {"type": "disconnect", "reason": reason, "debug_info": {"host": "stand-in"}}
            )
        if reason == "warning":
            return
        await asyncio.sleep(after)
        for socket in chosen:
            await socket.response.close()

    def cut(self) -> None:
        """Break all connections without a word."""
        for socket in list(self.open):
            socket.leaving = True
            if socket.request.transport is not None:
                socket.request.transport.abort()

    def fall_silent(self) -> None:
        """Stop answering on the sockets that are open now, without closing them."""
        for socket in self.open:
            socket.silent = True

    def _next(self) -> Socket | None:
        ready = [socket for socket in self.open if not socket.leaving]
        self._turn += 1
        return ready[self._turn % len(ready)] if ready else None

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.open),
            "debug_info": {
                "host": "applink-stand-in",
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
            "connection_info": {"app_id": APP},
        }


def _envelope(parcel: Parcel, number: int, reason: str) -> Json:
    envelope: Json = {
        "envelope_id": str(uuid4()),
        "type": parcel.channel.value,
        "payload": parcel.payload,
        "accepts_response_payload": parcel.channel is not Channel.EVENT,
    }
    if parcel.channel is Channel.EVENT:
        envelope |= {
            "retry_attempt": number,
            "retry_reason": REASONS.get(reason, reason) if number else "",
        }
    return envelope
