"""Slack's servers: the Web API, and the other addresses that bots call."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from simulator.slack import files, oauth, responses, sockets
from simulator.slack.calls import (
    SCOPES,
    Called,
    Ended,
    RefusalError,
    answer,
    read_arguments,
    refuse,
)
from simulator.slack.chat import Chat
from simulator.slack.clock import SimulatedClock
from simulator.slack.conversations import Conversations
from simulator.slack.faults import HTTP_OK, Fault, Faults
from simulator.slack.files import Files
from simulator.slack.oauth import OAuth
from simulator.slack.pacing import Pacing
from simulator.slack.people import People
from simulator.slack.reactions import Reactions
from simulator.slack.responses import Responses
from simulator.slack.sockets import Sockets
from simulator.slack.streams import Streams
from simulator.slack.surfaces import Assistant, Triggers, Views
from simulator.slack.workspace import Json, Workspace
from simulator.standin import Posted

PREFIX = "/api/"
ACCESS, OPEN = "oauth.v2.access", "apps.connections.open"
RESPONSE = "response_url"
VISIBLE = ("chat.", "reactions.", "assistant.threads.setStatus", "files.complete")

Method = Callable[[Json], Json]
Page = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(slots=True, kw_only=True)
class WebApi:
    """The methods over one workspace. `methods` may be thinned out, as in a simpler server.

    `calls` holds the name of every method called, `recorded` its arguments too, `unknown` the
    names of those that are not served. `on_call` hears of each call that is over, `on_change` of
    those that may have changed what people see.
    """

    workspace: Workspace
    token: str
    app_token: str
    clock: SimulatedClock
    on_posted: Callable[[Posted], None]
    on_response: Callable[[str, str, str], None]
    faults: Faults = field(default_factory=Faults)
    on_call: Callable[[Ended], None] | None = None
    on_change: Callable[[], None] | None = None
    pacing: Pacing = field(default_factory=Pacing)
    token_error: str | None = None
    calls: list[str] = field(default_factory=list)
    recorded: list[Called] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    chat: Chat = field(init=False)
    streams: Streams = field(init=False)
    responses: Responses = field(init=False)
    reactions: Reactions = field(init=False)
    triggers: Triggers = field(default_factory=Triggers)
    views: Views = field(init=False)
    assistant: Assistant = field(init=False)
    files: Files = field(init=False)
    oauth: OAuth = field(init=False)
    sockets: Sockets = field(default_factory=Sockets)
    methods: dict[str, Method] = field(init=False)
    pages: Mapping[str, Page] = field(init=False)

    def __post_init__(self) -> None:
        self.chat = Chat(workspace=self.workspace, on_posted=self.on_posted)
        self.streams = Streams(chat=self.chat, clock=self.clock)
        self.responses = Responses(chat=self.chat, clock=self.clock, on_response=self.on_response)
        self.reactions = Reactions(workspace=self.workspace)
        self.views = Views(triggers=self.triggers, workspace=self.workspace)
        self.assistant = Assistant(workspace=self.workspace)
        self.files = Files(chat=self.chat, token=self.token)
        self.oauth = OAuth(token=self.token, clock=self.clock)
        self.methods = {**self._writing(), **self._reading(), **self._showing()}
        self.pages = {
            responses.COMMANDS: self._respond,
            responses.ACTIONS: self._respond,
            sockets.PATH: self.sockets.handle,
            files.UPLOAD: self.files.receive,
            files.PRIVATE: self.files.download,
            oauth.PATH: self.oauth.authorize,
        }

    @property
    def notified(self) -> list[str]:
        """The mentions in postings that would call somebody."""
        return self.chat.notified

    @property
    def refused(self) -> list[str]:
        """Why postings were refused."""
        return self.chat.refused

    def serve_at(self, address: str) -> None:
        """Say where the server is, for the addresses that it gives away."""
        self.files.move_to(address)
        self.responses.address = address
        self.sockets.address = address.replace("http", "ws", 1)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        if request.path.startswith(PREFIX):
            return await self._call(request, request.path.removeprefix(PREFIX))
        for path, page in self.pages.items():
            if request.path.startswith(path):
                return await page(request)
        return web.Response(status=404)

    async def _call(self, request: web.BaseRequest, name: str) -> web.StreamResponse:
        self.calls.append(name)
        began = time.perf_counter() if self.on_call is not None else 0.0
        method = self.methods.get(name)
        if method is None and name != ACCESS:
            self.unknown.append(name)
            self._tell(Called(method=name, arguments={}, error="unknown_method"), began)
            return refuse("unknown_method")
        arguments = await read_arguments(request)
        if arguments is None:
            self._tell(Called(method=name, arguments={}, error="invalid_json"), began)
            return refuse("invalid_json")
        fault = self.faults.next(name)
        if fault is not None and not fault.accepts:
            called = Called(method=name, arguments=arguments, answered=False)
            self.recorded.append(called)
            return await self._fail(fault, request, called, began)
        response, error = await self._perform(request, name, method, arguments)
        called = Called(method=name, arguments=arguments, error=error, answered=fault is None)
        self.recorded.append(called)
        if self.on_change is not None and error is None and name.startswith(VISIBLE):
            self.on_change()
        if fault is not None:
            return await self._fail(fault, request, called, began)
        self._tell(called, began, status=response.status)
        return response

    async def _perform(
        self, request: web.BaseRequest, name: str, method: Method | None, arguments: Json
    ) -> tuple[web.StreamResponse, str | None]:
        try:
            if method is None:
                return answer({"ok": True, **await self.oauth.access(request)}), None
            self._check_token(request, name, arguments)
            wait = self.pacing.wait(name, arguments)
            if wait:
                body = {"ok": False, "error": "ratelimited"}
                return answer(body, status=429, headers={"Retry-After": str(wait)}), "ratelimited"
            return answer({"ok": True, **method(arguments)}, headers=SCOPES), None
        except RefusalError as refusal:
            return refuse(refusal.error, **refusal.more), refusal.error

    def _check_token(self, request: web.BaseRequest, name: str, arguments: Json) -> None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        given = given or str(arguments.get("token", ""))
        if not given:
            raise RefusalError("not_authed")
        if given not in {self.token, self.app_token}:
            raise RefusalError("invalid_auth")
        if (name == OPEN) != (given == self.app_token):
            raise RefusalError("not_allowed_token_type")
        if self.token_error and given == self.token:
            raise RefusalError(self.token_error)

    async def _respond(self, request: web.BaseRequest) -> web.StreamResponse:
        self.calls.append(RESPONSE)
        began = time.perf_counter() if self.on_call is not None else 0.0
        if "Authorization" in request.headers:
            self.responses.refused.append("a token was sent to a response_url")
        url = self.responses.issued.get(request.path)
        channel = url.channel if url else None
        arguments = await read_arguments(request) if self.on_call is not None else {}
        called = Called(method=RESPONSE, arguments=arguments or {})
        fault = self.faults.next(RESPONSE)
        if fault is not None and not fault.accepts:
            return await self._fail(fault, request, called, began, channel)
        response = await self.responses.handle(request)
        if self.on_change is not None:
            self.on_change()
        if fault is not None:
            return await self._fail(fault, request, called, began, channel)
        self._tell(called, began, status=response.status, channel=channel)
        return response

    async def _fail(
        self,
        fault: Fault,
        request: web.BaseRequest,
        called: Called,
        began: float,
        channel: str | None = None,
    ) -> web.StreamResponse:
        response = await self.faults.answer(fault, request)
        self._tell(called, began, fault=fault, channel=channel)
        return response

    def _tell(
        self,
        called: Called,
        began: float,
        *,
        status: int = HTTP_OK,
        fault: Fault | None = None,
        channel: str | None = None,
    ) -> None:
        if self.on_call is None:
            return
        said = (called.error or "ok") if status == HTTP_OK else str(status)
        self.on_call(
            Ended(
                method=called.method,
                arguments=called.arguments,
                began=began,
                ended=time.perf_counter(),
                status=fault.outcome if fault else said,
                fault=fault.story if fault else "",
                channel=channel,
            )
        )

    def _writing(self) -> dict[str, Method]:
        return {
            "chat.postMessage": self.chat.post,
            "chat.postEphemeral": self.chat.post_ephemeral,
            "chat.update": self.chat.update,
            "chat.delete": self.chat.delete,
            "chat.getPermalink": self.chat.permalink,
            "chat.startStream": self.streams.start,
            "chat.appendStream": self.streams.append,
            "chat.stopStream": self.streams.stop,
            "reactions.add": self.reactions.add,
            "reactions.remove": self.reactions.remove,
            "reactions.get": self.reactions.get,
            "files.getUploadURLExternal": self.files.upload_url,
            "files.completeUploadExternal": self.files.complete,
            "files.info": self.files.info,
        }

    def _reading(self) -> dict[str, Method]:
        people = People(workspace=self.workspace)
        conversations = Conversations(workspace=self.workspace)
        return {
            "auth.test": people.auth_test,
            "users.info": people.info,
            "users.list": people.everybody,
            "users.lookupByEmail": people.by_email,
            "team.info": people.team,
            "bots.info": people.bot,
            "conversations.open": conversations.open,
            "conversations.info": conversations.info,
            "conversations.members": conversations.members,
            "conversations.history": conversations.history,
            "conversations.replies": conversations.replies,
        }

    def _showing(self) -> dict[str, Method]:
        return {
            "views.open": self.views.open,
            "views.push": self.views.open,
            "views.update": self.views.update,
            "views.publish": self.views.publish,
            "assistant.threads.setStatus": self.assistant.set_status,
            "assistant.threads.setTitle": self.assistant.set_title,
            "assistant.threads.setSuggestedPrompts": self.assistant.set_prompts,
            OPEN: self.sockets.issue,
        }
