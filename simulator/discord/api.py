"""The REST API: https://discord.com/developers/docs/resources/message and around."""

import re
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web

from simulator.discord.gateway import DIRECT_MESSAGES, GUILD_MESSAGES, Gateway
from simulator.discord.objects import JSON, Channel, application, failure
from simulator.discord.world import World, dump

LONGEST_CONTENT = 2_000
LONGEST_NONCE = 25
LONGEST_PAGE = 100
NONCE_SECONDS = 180.0

INVALID_FORM, EMPTY_MESSAGE, UNKNOWN_CHANNEL, MISSING_ACCESS = 50035, 50006, 10003, 50001

PREFIX = "/api/v10"
CHANNEL = re.compile(r"/channels/([0-9]+)(/messages|/typing)?")
PINGS = re.compile(r"@(everyone|here)|<@!?([0-9]+)>|<@&([0-9]+)>")

# So generous that nothing waits for them; a client that finds none sends one call at a time.
LIMITS = {
    "X-RateLimit-Limit": "100000",
    "X-RateLimit-Remaining": "99999",
    "X-RateLimit-Reset-After": "1.0",
    "X-RateLimit-Bucket": "generous",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The trouble of one posting. With `accepts` it is shown all the same; status 0 is a reset."""

    status: int = 0
    accepts: bool = False
    body: bytes = b'{"message":"it was asked for","code":0}'
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A call of the bot, as it is recorded."""

    method: str
    path: str
    status: int


OnPosted = Callable[[Channel, JSON, JSON], None]
"""Hears of a new message of the bot: its channel, the message and what was asked."""


class Api:
    """Answers the bot's calls. `nonce_seconds` is how long a nonce is remembered."""

    def __init__(self, world: World, gateway: Gateway, *, token: str, on_posted: OnPosted) -> None:
        self.nonce_seconds = NONCE_SECONDS
        self.requests: list[Request] = []
        self.unserved: list[str] = []
        self.faults: deque[Fault] = deque()
        self.read_faults: deque[Fault] = deque()
        self.pinged: list[str] = []
        self._world = world
        self._gateway = gateway
        self.token = token
        self._on_posted = on_posted
        self._nonces: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer any request to the server, the gateway's too."""
        if request.path == "/gateway":
            return await self._gateway.serve(request)
        response = await self._answer(request)
        path = request.path.removeprefix(PREFIX)
        self.requests.append(Request(method=request.method, path=path, status=response.status))
        return response

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        path = request.path.removeprefix(PREFIX)
        if path == request.path:
            return self._unserved(request)
        if path == "/gateway" and request.method == "GET":
            return _json(dump({"url": self._gateway.address}))
        if request.headers.get("Authorization") != f"Bot {self.token}":
            return _json(dump(failure("401: Unauthorized")), status=401)
        found = CHANNEL.fullmatch(path)
        if found:
            return await self._channel(request, found.group(1), found.group(2) or "")
        return await self._account(request, path)

    async def _account(self, request: web.BaseRequest, path: str) -> web.Response:
        match request.method, path:
            case "GET", "/users/@me":
                return _json(dump(self._world.bot.to_json()))
            case "GET", "/oauth2/applications/@me":
                return _json(dump(application(self._world.bot)))
            case "GET", "/gateway/bot":
                return _json(dump(self._gateway_for_bots()))
            case "POST", "/users/@me/channels":
                return self._open_direct(orjson.loads(await request.read()))
            case _:
                return self._unserved(request)

    async def _channel(self, request: web.BaseRequest, identifier: str, part: str) -> web.Response:
        channel = self._world.channels.get(identifier)
        match request.method, part:
            case "POST", "/messages":
                return await self._post(request, channel)
            case ("GET", "/messages" | "") if channel is None:
                return _unknown_channel()
            case "GET", _ if channel and channel.is_hidden:
                return _json(dump(failure("Missing Access", MISSING_ACCESS)), status=403)
            case "GET", "/messages" if channel:
                return self._read(request, channel)
            case "GET", "" if channel:
                return _json(dump(channel.to_json()))
            case "POST", "/typing":
                return web.Response(status=204)
            case _:
                return self._unserved(request)

    async def _post(self, request: web.BaseRequest, channel: Channel | None) -> web.Response:
        said: Any = await _body(request)
        fault = self.faults.popleft() if self.faults else None
        if fault and not fault.accepts:
            return _as_planned(fault, request)
        if channel is None:
            return _unknown_channel()
        refusal = self._refusal(said, channel)
        if refusal is not None:
            return _json(dump(refusal), status=400)
        shown = self._accept(said, channel)
        return _as_planned(fault, request) if fault else _json(shown, headers=LIMITS)

    def _refusal(self, said: Any, channel: Channel) -> JSON | None:
        """Why Discord would not take a message, None when it would."""
        if not isinstance(said, dict) or not isinstance(said.get("content", ""), str):
            return _invalid("content", "BASE_TYPE_BAD_TYPE")
        if len(said.get("content", "")) > LONGEST_CONTENT:
            return _invalid("content", "BASE_TYPE_BAD_LENGTH")
        if not said.get("content", "").strip():
            return failure("Cannot send an empty message", EMPTY_MESSAGE)
        if len(str(said.get("nonce") or "")) > LONGEST_NONCE:
            return _invalid("nonce", "NONCE_TYPE_INVALID")
        reference = said.get("message_reference") or {"fail_if_not_exists": False}
        exists = self._world.has(channel, str(reference.get("message_id", "")))
        if reference.get("fail_if_not_exists", True) and not exists:
            return _invalid("message_reference", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE")
        return None

    def _accept(self, said: JSON, channel: Channel) -> bytes:
        """Show a message, or return the one that has its nonce."""
        nonce = str(said["nonce"]) if said.get("nonce") else None
        earlier = self._earlier(nonce) if nonce and said.get("enforce_nonce") else None
        if earlier is not None:
            return earlier
        reference = said.get("message_reference") or {}
        reply_to = str(reference.get("message_id", ""))
        exists = bool(reply_to) and self._world.has(channel, reply_to)
        composed = self._world.compose(
            channel,
            self._world.bot,
            said["content"].strip(),
            reply_to=reply_to if exists else None,
        )
        shown = self._world.keep(channel, composed)
        if nonce:
            composed["nonce"] = said["nonce"]
            shown = dump(composed)
            self._nonces[nonce] = (time.monotonic(), shown)
        self.pinged.extend(_pinged(said))
        intent = GUILD_MESSAGES if channel.guild else DIRECT_MESSAGES
        event = dump(self._world.as_event(channel, composed))
        self._gateway.dispatch("MESSAGE_CREATE", event, intent=intent)
        self._on_posted(channel, composed, said)
        return shown

    def _earlier(self, nonce: str) -> bytes | None:
        oldest = time.monotonic() - self.nonce_seconds
        while self._nonces and next(iter(self._nonces.values()))[0] < oldest:
            self._nonces.popitem(last=False)
        found = self._nonces.get(nonce)
        return found[1] if found else None

    def _read(self, request: web.BaseRequest, channel: Channel) -> web.Response:
        if self.read_faults:
            return _as_planned(self.read_faults.popleft(), request)
        query = request.query
        after, before = query.get("after"), query.get("before")
        page = self._world.read(
            channel,
            after=int(after) if after else None,
            before=int(before) if before else None,
            limit=min(int(query.get("limit", "50")), LONGEST_PAGE),
        )
        return _json(page)

    def _open_direct(self, said: JSON) -> web.Response:
        person = self._world.known(str(said.get("recipient_id", "")))
        if person is None or person.bot:
            return _json(dump(failure("Unknown User", 10013)), status=404)
        return _json(dump(self._world.direct_channel(person).to_json()))

    def _gateway_for_bots(self) -> JSON:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return {"url": self._gateway.address, "shards": 1, "session_start_limit": limit}

    def _unserved(self, request: web.BaseRequest) -> web.Response:
        self.unserved.append(f"{request.method} {request.path}")
        return _json(dump(failure("404: Not Found")), status=404)


def _as_planned(fault: Fault, request: web.BaseRequest) -> web.Response:
    if fault.status == 0:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)
    headers = {**dict(fault.headers), "Content-Type": fault.content_type}
    return web.Response(status=fault.status, body=fault.body, headers=headers)


def _json(body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    # discord.py reads JSON only where the content type is this and nothing else.
    return web.Response(status=status, body=body, headers=headers, content_type="application/json")


async def _body(request: web.BaseRequest) -> Any:
    try:
        return orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        return None


def _unknown_channel() -> web.Response:
    return _json(dump(failure("Unknown Channel", UNKNOWN_CHANNEL)), status=404)


def _invalid(field: str, code: str) -> JSON:
    errors = {field: {"_errors": [{"code": code, "message": "Invalid."}]}}
    return failure("Invalid Form Body", INVALID_FORM, errors)


def _pinged(said: JSON) -> list[str]:
    """Whom a message notifies: everybody it names, unless it says otherwise."""
    allowed = said.get("allowed_mentions") or {"parse": ["everyone", "users", "roles"]}
    parsed = allowed.get("parse", [])
    pinged = []
    if said.get("message_reference") and allowed.get("replied_user"):
        pinged.append("replied_user")
    for found in PINGS.finditer(said["content"]):
        everyone, user, role = found.groups()
        if everyone and "everyone" in parsed:
            pinged.append(everyone)
        elif user and ("users" in parsed or user in allowed.get("users", [])):
            pinged.append(user)
        elif role and ("roles" in parsed or role in allowed.get("roles", [])):
            pinged.append(role)
    return pinged
