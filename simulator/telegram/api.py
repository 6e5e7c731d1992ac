"""The Bot API over HTTP: `/bot{token}/{method}`, as far as it is served."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import orjson
from aiohttp import web

from core.text import utf16_length
from simulator.standin import Posted
from simulator.telegram.chats import Chat, Chats
from simulator.telegram.markup import Json, MarkupError, parse_html
from simulator.telegram.updates import PollingConflictError, Updates

TEXT_LIMIT = 4_096
LONGEST_POLL_SECONDS = 50.0
HEADERS = {"Content-Type": "application/json"}


class RefusedError(Exception):
    """An answer that is not `ok`."""

    def __init__(self, code: int, description: str, **parameters: object) -> None:
        super().__init__(description)
        self.code = code
        self.parameters = parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request of the bot, as it was understood."""

    method: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to one call: a status, or no answer; `accepts`: it takes effect all the same."""

    status: int | None = None
    description: str = "as planned"
    retry_after: int | None = None
    readable: bool = True
    accepts: bool = False
    hangs: bool = False


@dataclass(kw_only=True)
class BotApi:
    """One bot's methods. Every call but a poll is kept in `calls`, an unknown one in `unserved`.

    `arrivals` are the names of all methods called, whatever the answer was.
    """

    token: str
    me: Json
    chats: Chats
    updates: Updates
    on_posted: Callable[[Posted], None]
    longest_poll: float = LONGEST_POLL_SECONDS

    def __post_init__(self) -> None:
        self.calls: list[Call] = []
        self.unserved: list[str] = []
        self.arrivals: list[str] = []
        self.faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self.over = asyncio.Event()
        self._methods: Mapping[str, Callable[[Json], Awaitable[object]]] = {
            "getme": self._get_me,
            "getupdates": self._get_updates,
            "sendmessage": self._send_message,
            "deletewebhook": self._agree,
            "setmycommands": self._agree,
            "sendchataction": self._agree,
        }

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one HTTP request."""
        method = request.path.rpartition("/")[2]
        self.arrivals.append(method)
        faults = self.faults.get(method.lower())
        fault = faults.popleft() if faults else None
        try:
            self._admit(request)
            parameters = await _parameters(request)
            if fault is None:
                return _ok(await self._call(method, parameters))
            if fault.accepts:
                await self._call(method, parameters)
        except RefusedError as refused:
            return _refusal(refused)
        return await self._misbehave(fault, request)

    async def _call(self, method: str, parameters: Json) -> object:
        served = self._methods.get(method.lower())
        if served is None:
            self.unserved.append(method)
            raise RefusedError(404, "Not Found: method not found")
        if method.lower() != "getupdates":
            self.calls.append(Call(method=method, parameters=parameters))
        return await served(parameters)

    async def _misbehave(self, fault: Fault, request: web.BaseRequest) -> web.StreamResponse:
        if fault.hangs:
            await self.over.wait()
        if fault.status is None:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        if not fault.readable:
            return web.Response(status=fault.status, text="<html>oh no</html>")
        extra = {} if fault.retry_after is None else {"retry_after": fault.retry_after}
        return _refusal(RefusedError(fault.status, fault.description, **extra))

    def _admit(self, request: web.BaseRequest) -> None:
        bot = request.path.rpartition("/")[0]
        if bot != f"/bot{self.token}":
            raise RefusedError(401, "Unauthorized")

    async def _get_me(self, _: Json) -> object:
        return self.me

    async def _agree(self, _: Json) -> object:
        return True

    async def _get_updates(self, parameters: Json) -> object:
        kinds = parameters.get("allowed_updates")
        try:
            found = await self.updates.get(
                offset=_number(parameters, "offset", 0),
                limit=min(max(_number(parameters, "limit", 100), 1), 100),
                timeout=min(_number(parameters, "timeout", 0), self.longest_poll),
                kinds=[str(kind) for kind in kinds] if isinstance(kinds, list) else None,
            )
        except PollingConflictError:
            raise RefusedError(
                409,
                "Conflict: terminated by other getUpdates request; "
                "make sure that only one bot instance is running",
            ) from None
        return orjson.Fragment(b"[" + b",".join(found) + b"]")

    async def _send_message(self, parameters: Json) -> object:
        chat = self._chat(parameters)
        text, entities = _text(parameters)
        topic = _topic(parameters, chat)
        reply_to = _reply_to(parameters, chat)
        message = self.chats.message(chat, self.me, text, topic=topic)
        if entities:
            message["entities"] = entities
        self.on_posted(
            Posted(
                id=str(message["message_id"]),
                channel=str(chat.id),
                reply_to=None if reply_to is None else str(reply_to),
                text=text,
                at=time.perf_counter(),
            )
        )
        return message

    def _chat(self, parameters: Json) -> Chat:
        chat = self.chats.by_id.get(_number(parameters, "chat_id", 0))
        if chat is None:
            raise RefusedError(400, "Bad Request: chat not found")
        if chat.moved_to is not None:
            raise RefusedError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.moved_to,
            )
        if chat.is_closed:
            raise RefusedError(403, "Forbidden: bot was blocked by the user")
        return chat


def _text(parameters: Json) -> tuple[str, list[Json]]:
    source = str(parameters.get("text") or "").strip()
    mode = parameters.get("parse_mode")
    if mode not in {None, "", "HTML"}:
        raise RefusedError(400, "Bad Request: unsupported parse_mode")
    try:
        text, entities = parse_html(source) if mode else (source, [])
    except MarkupError as error:
        raise RefusedError(400, f"Bad Request: can't parse entities: {error}") from None
    if not text.strip():
        raise RefusedError(400, "Bad Request: message text is empty")
    if len(text) > TEXT_LIMIT // 2 and utf16_length(text) > TEXT_LIMIT:
        raise RefusedError(400, "Bad Request: message is too long")
    return text, entities


def _topic(parameters: Json, chat: Chat) -> int | None:
    topic = _number(parameters, "message_thread_id", 0)
    if topic and topic not in chat.topics:
        raise RefusedError(400, "Bad Request: message thread not found")
    return topic or None


def _reply_to(parameters: Json, chat: Chat) -> int | None:
    reply = parameters.get("reply_parameters")
    if not isinstance(reply, dict):
        return None
    number = _number(reply, "message_id", 0)
    if number in chat.messages:
        return number
    if reply.get("allow_sending_without_reply") is True:
        return None
    raise RefusedError(400, "Bad Request: message to be replied not found")


def _number(parameters: Json, name: str, default: int) -> int:
    value = parameters.get(name, default)
    try:
        return int(str(value))
    except ValueError:
        raise RefusedError(400, f"Bad Request: {name} must be a number") from None


async def _parameters(request: web.BaseRequest) -> Json:
    """JSON, a form or the query string; in the last two, structures are JSON within a field."""
    if request.content_type == "application/json":
        try:
            body = orjson.loads(await request.read())
        except orjson.JSONDecodeError:
            body = None
        if not isinstance(body, dict):
            raise RefusedError(400, "Bad Request: can't parse JSON object")
        return body
    fields = {**request.query, **(await request.post() if request.method == "POST" else {})}
    return {name: _structure(value) for name, value in fields.items()}


def _structure(value: object) -> object:
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


def _ok(result: object) -> web.Response:
    return web.Response(body=orjson.dumps({"ok": True, "result": result}), headers=HEADERS)


def _refusal(refused: RefusedError) -> web.Response:
    answer = {"ok": False, "error_code": refused.code, "description": str(refused)}
    if refused.parameters:
        answer["parameters"] = refused.parameters
    return web.Response(status=refused.code, body=orjson.dumps(answer), headers=HEADERS)
