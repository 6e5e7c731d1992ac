"""The Bot API over HTTP: `/bot{token}/{method}` and `/file/bot{token}/{path}`."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import orjson
from aiohttp import web

from simulator.telegram.methods import methods_of
from simulator.telegram.parameters import read_parameters
from simulator.telegram.refusals import Json, RefusedError
from simulator.telegram.world import World

HEADERS = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request of the bot, as it was understood."""

    method: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to one call: a status, or no answer; `accepts`: it takes effect all the same.

    `note` says in words what was planned.
    """

    status: int | None = None
    description: str = "as planned"
    retry_after: int | None = None
    scope: str | None = None
    readable: bool = True
    accepts: bool = False
    hangs: bool = False
    note: str = ""


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A call and its answer: `status` begins with its number; without one the connection was cut.

    `at` and `ended` are in seconds of `time.perf_counter()`.
    """

    method: str
    at: float
    parameters: Json = field(default_factory=dict)
    status: str = ""
    note: str = ""
    ended: float = 0.0


@dataclass(kw_only=True)
class BotApi:
    """One bot's methods. Every call but a poll is kept in `calls`, an unknown one in `unserved`.

    `arrivals` are the names of all methods called, whatever the answer was. `on_answered` hears of
    every call once it is over.
    """

    token: str
    world: World
    on_answered: Callable[[Exchange], None] | None = None

    def __post_init__(self) -> None:
        self.calls: list[Call] = []
        self.unserved: list[str] = []
        self.arrivals: list[str] = []
        self.faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self.over = asyncio.Event()
        self._methods = methods_of(self.world)

    @property
    def me(self) -> Json:
        """The bot, as `getMe` describes it."""
        return self.world.me

    @property
    def longest_poll(self) -> float:
        """The seconds that a poll may wait."""
        return self.world.longest_poll

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one HTTP request."""
        if request.path.startswith("/file/"):
            return self._download(request)
        method = request.path.rpartition("/")[2]
        self.arrivals.append(method)
        faults = self.faults.get(method.lower())
        fault = faults.popleft() if faults else None
        exchange = Exchange(method=method, at=time.perf_counter(), note=fault.note if fault else "")
        try:
            return await self._exchange(exchange, request, fault)
        finally:
            if self.on_answered is not None:
                exchange.ended = time.perf_counter()
                self.on_answered(exchange)

    async def _exchange(
        self, exchange: Exchange, request: web.BaseRequest, fault: Fault | None
    ) -> web.StreamResponse:
        try:
            self._admit(request)
            exchange.parameters = await read_parameters(request)
            if fault is None or fault.accepts:
                result = await self._call(exchange.method, exchange.parameters)
            response = _ok(result) if fault is None else await self._misbehave(fault, request)
        except RefusedError as refused:
            exchange.status = f"{refused.code} {refused}"
            return _refusal(refused)
        if request.transport is not None and not request.transport.is_closing():
            exchange.status = str(response.status)
        return response

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
        extra: Json = {} if fault.retry_after is None else {"retry_after": fault.retry_after}
        extra |= {} if fault.scope is None else {"scope": fault.scope}
        return _refusal(RefusedError(fault.status, fault.description, **extra))

    def _admit(self, request: web.BaseRequest) -> None:
        bot = request.path.rpartition("/")[0]
        if bot != f"/bot{self.token}":
            raise RefusedError(401, "Unauthorized")

    def _download(self, request: web.BaseRequest) -> web.Response:
        path = request.path.removeprefix(f"/file/bot{self.token}/")
        stored = self.world.files.by_path.get(path)
        if stored is None:
            return _refusal(RefusedError(404, "Not Found"))
        return web.Response(
            body=stored.upload.content, headers={"Content-Type": "application/octet-stream"}
        )


def _ok(result: object) -> web.Response:
    return web.Response(body=orjson.dumps({"ok": True, "result": result}), headers=HEADERS)


def _refusal(refused: RefusedError) -> web.Response:
    answer = {"ok": False, "error_code": refused.code, "description": str(refused)}
    if refused.parameters:
        answer["parameters"] = refused.parameters
    return web.Response(status=refused.code, body=orjson.dumps(answer), headers=HEADERS)
