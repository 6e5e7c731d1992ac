"""The REST API: which route answers a call, and what was called."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from simulator.discord.buckets import Buckets
from simulator.discord.calls import Call, Route, json_response, read_call, refused
from simulator.discord.faults import Fault, Faults, as_planned
from simulator.discord.files import PREFIX as FILES
from simulator.discord.files import Files
from simulator.discord.gateway import Gateway
from simulator.discord.objects import dump
from simulator.discord.witness import Served

__all__ = ["Api", "Fault", "Request"]

PREFIX = "/api/v10"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A call of the bot, as it is recorded."""

    method: str
    path: str
    status: int


class Api:
    """Answers the bot's calls. What no route serves is refused, and kept in `unserved`.

    `buckets` limit the calls once they have numbers.
    """

    def __init__(
        self, routes: Sequence[Route], *, gateway: Gateway, files: Files, token: str
    ) -> None:
        self.requests: list[Request] = []
        self.unserved: list[str] = []
        self.buckets = Buckets()
        self.troubles = Faults()
        self.faults = self.troubles.posts
        self.read_faults = self.troubles.reads
        self._routes = routes
        self._gateway = gateway
        self._files = files
        self.token = token

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer any request to the server, the gateway's and the CDN's too."""
        if request.path == "/gateway":
            return await self._gateway.serve(request)
        if request.path.startswith(FILES):
            return self._files.serve(request)
        response = await self._answer(request)
        path = request.path.removeprefix(PREFIX)
        self.requests.append(Request(method=request.method, path=path, status=response.status))
        return response

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        path = request.rel_url.raw_path.removeprefix(PREFIX)
        if path == request.rel_url.raw_path:
            return self._unserved(request)
        if path == "/gateway" and request.method == "GET":
            return json_response(dump({"url": self._gateway.address}))
        is_known = request.headers.get("Authorization") == f"Bot {self.token}"
        for route in self._routes:
            found = route.pattern.fullmatch(path) if route.method == request.method else None
            if found is not None:
                if route.needs_token and not is_known:
                    break
                return await self._serve(request, route, path, found.groups())
        if not is_known:
            return refused(401, "401: Unauthorized")
        return self._unserved(request)

    async def _serve(
        self, request: web.BaseRequest, route: Route, path: str, parts: Sequence[str]
    ) -> web.Response:
        began = time.perf_counter()
        call = await read_call(request, path, parts)
        response, fault = await self._take(request, route, call)
        witness = self._gateway.world.witness
        if witness is not None:
            status, ended = response.status, time.perf_counter()
            witness.served(Served(call=call, status=status, fault=fault, began=began, ended=ended))
        return response

    async def _take(
        self, request: web.BaseRequest, route: Route, call: Call
    ) -> tuple[web.Response, Fault | None]:
        parts = call.parts
        key = f"{route.method} {route.pattern.pattern} {parts[0] if parts else ''}"
        limits = self.buckets.headers(key)
        if limits is None:
            return self.buckets.refusal(key), None
        fault = self.troubles.take(request.method, call.path)
        if fault is not None and not fault.accepts:
            return await as_planned(fault, request), fault
        response = route.handle(call)
        response.headers.update(limits)
        if fault is not None and response.status < 400:
            return await as_planned(fault, request), fault
        return response, None

    def _unserved(self, request: web.BaseRequest) -> web.Response:
        self.unserved.append(f"{request.method} {request.path}")
        return refused(404, "404: Not Found")
