"""One socket to Slack: envelopes in, acknowledgements out once they are committed."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp
import orjson
import structlog
from aiohttp import ClientWebSocketResponse, WSMsgType

from adapters.platforms.http.body import read_object
from adapters.platforms.slack.fields import Json, identifier_in, object_in, text_in
from adapters.platforms.slack.intake import TRY_AGAIN, Intake
from core.errors import NotPostedError

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Link:
    """A socket from its greeting to its end. `leaving` is set when it needs a successor."""

    socket: ClientWebSocketResponse
    intake: Intake
    leaving: asyncio.Event = field(default_factory=asyncio.Event)
    reason: str = "age"
    _deadline: asyncio.Timeout | None = None

    async def greet(self) -> None:
        """Wait for Slack's hello, which says whose socket it is."""
        frame = await self.socket.receive()
        hello = _read(frame)
        if hello.get("type") != "hello":
            raise NotPostedError(f"the socket began with {_why(hello) or frame.type.name}")
        app = identifier_in(object_in(hello, "connection_info"), "app_id")
        self.intake.app_id = self.intake.app_id or app
        log.info("slack.socket_open", app=app, open=hello.get("num_connections"))

    async def serve(self) -> None:
        """Take what comes until Slack ends it or it is retired; then finish what was begun."""
        try:
            async with asyncio.TaskGroup() as envelopes:
                await self._read_on(envelopes)
        finally:
            self._leave("closed")
            await self.socket.close()

    def retire(self, seconds: float) -> None:
        """Read on only so long: the successor is open."""
        if self._deadline is not None:
            self._deadline.reschedule(asyncio.get_running_loop().time() + seconds)

    async def _read_on(self, envelopes: asyncio.TaskGroup) -> None:
        try:
            async with asyncio.timeout(None) as self._deadline:
                async for frame in self.socket:
                    if frame.type is WSMsgType.ERROR:
                        break
                    message = _read(frame)
                    if message.get("type") == "disconnect":
                        self._leave(_why(message) or "disconnect")
                    elif "envelope_id" in message:
                        envelopes.create_task(self._take(message))
        except TimeoutError:
            log.debug("slack.socket_retired")
        finally:
            self._deadline = None
            self._leave("closed")

    async def _take(self, envelope: Json) -> None:
        payload = object_in(envelope, "payload")
        answer: dict[str, object] = {"envelope_id": envelope["envelope_id"]}
        match envelope.get("type"):
            case "events_api":
                if not await self.intake.take_event(payload):
                    return  # without an acknowledgement Slack delivers it again
            case "slash_commands":
                if not await self.intake.take_command(payload):
                    answer["payload"] = {"response_type": "ephemeral", "text": TRY_AGAIN}
            case "interactive":
                await self.intake.take_interaction(payload)
        await self._acknowledge(answer)

    async def _acknowledge(self, answer: Mapping[str, object]) -> None:
        try:
            await self.socket.send_str(orjson.dumps(answer).decode())
        except (aiohttp.ClientError, OSError) as problem:
            log.info("slack.not_acknowledged", reason=type(problem).__name__)

    def _leave(self, reason: str) -> None:
        if not self.leaving.is_set():
            self.reason = reason
            self.leaving.set()


def _read(frame: aiohttp.WSMessage) -> Json:
    if frame.type is not WSMsgType.TEXT:
        return {}
    return read_object(frame.data.encode(errors="replace")) or {}


def _why(message: Json) -> str:
    return text_in(message, "reason")[:100]
