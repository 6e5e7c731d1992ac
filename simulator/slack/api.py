"""The Web API: the methods that are served, and how a call is read."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import orjson
from aiohttp import web

from simulator.slack import postings
from simulator.slack.faults import Faults
from simulator.slack.workspace import BOT, BOT_USER, TEAM, Json, Workspace
from simulator.standin import Posted

PREFIX = "/api/"
JSON_TYPE = {"Content-Type": "application/json; charset=utf-8"}
SCOPES = {"X-OAuth-Scopes": "app_mentions:read,chat:write,im:history,users:read"}

Method = Callable[[web.BaseRequest, Json], Awaitable[web.StreamResponse]]


@dataclass(slots=True, kw_only=True)
class WebApi:
    """The methods over one workspace. `methods` may be thinned out, as in a simpler server.

    `calls` holds the name of every method called, `unknown` of those that are not served.
    `client_msg_id` is taken and ignored: Slack documents no such argument, so that a repeated
    posting is a second message here.
    """

    workspace: Workspace
    token: str
    on_posted: Callable[[Posted], None]
    faults: Faults = field(default_factory=Faults)
    token_error: str | None = None
    calls: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    notified: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    methods: dict[str, Method] = field(init=False)

    def __post_init__(self) -> None:
        self.methods = {
            "auth.test": self._auth_test,
            "chat.postMessage": self._post_message,
            "conversations.replies": self._replies,
            "users.info": self._user_info,
        }

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one call."""
        name = request.path.removeprefix(PREFIX)
        if name == request.path:
            return web.Response(status=404)
        self.calls.append(name)
        method = self.methods.get(name)
        if method is None:
            self.unknown.append(name)
            return _refuse("unknown_method")
        arguments = await _read(request)
        if arguments is None:
            return _refuse("invalid_json")
        problem = self.token_error or self._token_problem(request, arguments)
        return _refuse(problem) if problem else await method(request, arguments)

    def _token_problem(self, request: web.BaseRequest, arguments: Json) -> str | None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        given = given or str(arguments.get("token", ""))
        if not given:
            return "not_authed"
        return None if given == self.token else "invalid_auth"

    async def _auth_test(self, _request: web.BaseRequest, _arguments: Json) -> web.StreamResponse:
        return _answer(
            {
                "ok": True,
                "url": "https://trialogue.slack.com/",
                "team": "Trialogue",
                "user": "trialogue",
                "team_id": TEAM,
                "user_id": BOT_USER,
                "bot_id": BOT,
                "is_enterprise_install": False,
            },
            headers=SCOPES,
        )

    async def _post_message(self, request: web.BaseRequest, arguments: Json) -> web.StreamResponse:
        fault = self.faults.next()
        if fault is not None and not fault.accepts:
            return await self.faults.answer(fault, request)
        problem = postings.problem(arguments, self.workspace)
        if problem:
            self.refused.append(problem)
            return _refuse(problem)
        message = self._accept(arguments)
        if fault is not None:
            return await self.faults.answer(fault, request)
        return _answer(
            {"ok": True, "channel": arguments["channel"], "ts": message["ts"], "message": message}
        )

    def _accept(self, arguments: Json) -> Json:
        channel, ts = str(arguments["channel"]), self.workspace.next_ts()
        thread = arguments.get("thread_ts")
        root = str(thread) if thread else None
        text = postings.shown(arguments)
        message: Json = {
            "type": "message",
            "user": BOT_USER,
            "bot_id": BOT,
            "ts": ts,
            "team": TEAM,
            "text": arguments.get("text", ""),
        }
        if root:
            message["thread_ts"] = root
        self.workspace.add(channel, {**message, **_metadata(arguments)}, root or ts)
        self.notified += postings.called(arguments)
        self.on_posted(
            Posted(id=ts, channel=channel, reply_to=root, text=text, at=time.perf_counter())
        )
        return message

    async def _replies(self, _request: web.BaseRequest, arguments: Json) -> web.StreamResponse:
        channel, ts = str(arguments.get("channel")), str(arguments.get("ts"))
        if not self.workspace.has_channel(channel):
            return _refuse("channel_not_found")
        root = self.workspace.roots.get((channel, ts))
        if root is None:
            return _refuse("thread_not_found")
        messages = self.workspace.threads[channel, root]
        if str(arguments.get("include_all_metadata")).lower() not in {"1", "true"}:
            messages = [{**message} for message in messages]
            for message in messages:
                message.pop("metadata", None)
        return _answer({"ok": True, "messages": messages, "has_more": False})

    async def _user_info(self, _request: web.BaseRequest, arguments: Json) -> web.StreamResponse:
        for name, user in self.workspace.people.items():
            if user == arguments.get("user"):
                profile = {"display_name": name, "real_name": name}
                return _answer({"ok": True, "user": {"id": user, "name": name, "profile": profile}})
        return _refuse("user_not_found")


async def _read(request: web.BaseRequest) -> Json | None:
    """The arguments, from wherever the client put them."""
    arguments: Json = dict(request.query) if request.query_string else {}
    body = await request.read()
    if not body:
        return arguments
    if request.content_type == "application/json":
        try:
            given = orjson.loads(body)
        except orjson.JSONDecodeError:
            return None
        return {**arguments, **given} if isinstance(given, dict) else None
    return {**arguments, **dict(parse_qsl(body.decode(errors="replace")))}


def _metadata(arguments: Json) -> Json:
    metadata = arguments.get("metadata")
    if isinstance(metadata, str):
        metadata = orjson.loads(metadata)
    return {"metadata": metadata} if metadata else {}


def _refuse(error: str) -> web.Response:
    return _answer({"ok": False, "error": error})


def _answer(
    payload: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.Response(body=orjson.dumps(payload), headers={**JSON_TYPE, **(headers or {})})
