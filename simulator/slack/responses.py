"""The addresses that come with commands and clicks.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses: five uses within
30 minutes. The bare words of refusal are those that incoming webhooks answer with.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from simulator.slack import postings
from simulator.slack.calls import is_true, read_arguments
from simulator.slack.chat import Chat
from simulator.slack.clock import SimulatedClock
from simulator.slack.workspace import TEAM, Json

COMMANDS, ACTIONS = "/commands/", "/actions/"
USES = 5
LASTS = 1800.0


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    """One address. `asked` is the trigger it came with; `message` the one with the button."""

    asked: str
    channel: str
    user: str
    until: float
    message: str | None = None
    uses: int = 0


@dataclass(slots=True, kw_only=True)
class Responses:
    """All addresses. `on_response` hears of each message, with the trigger it answers."""

    chat: Chat
    clock: SimulatedClock
    on_response: Callable[[str, str, str], None]
    address: str = ""
    refused: list[str] = field(default_factory=list)
    issued: dict[str, ResponseUrl] = field(default_factory=dict)

    def issue(self, asked: str, channel: str, user: str, *, message: str | None = None) -> str:
        """Make an address for a command, or for a click below a message."""
        path = f"{ACTIONS if message else COMMANDS}{TEAM}/{secrets.token_hex(8)}"
        until = self.clock.now() + LASTS
        self.issued[path] = ResponseUrl(
            asked=asked, channel=channel, user=user, until=until, message=message
        )
        return self.address + path

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Take one message."""
        url, arguments = self.issued.get(request.path), await read_arguments(request)
        if url is None:
            return self._refuse(404, "no_service")
        if url.until <= self.clock.now():
            return self._refuse(404, "expired_url")
        if url.uses >= USES:
            return self._refuse(404, "used_url")
        if arguments is None:
            return self._refuse(400, "invalid_payload")
        url.uses += 1
        problem = self.show(url, arguments)
        return self._refuse(400, problem) if problem else web.Response(text="ok")

    def answer(self, path: str, arguments: Json) -> str | None:
        """Show what a bot said in its acknowledgement; that is no use of the address."""
        return self.show(self.issued[path.removeprefix(self.address)], arguments)

    def show(self, url: ResponseUrl, arguments: Json) -> str | None:
        """Show a message; the word of refusal if there is a problem with it."""
        if url.message and is_true(arguments.get("delete_original")):
            if self._original(url) is not None:
                self.chat.workspace.remove(url.channel, url.message)
            return None
        problem = postings.content_problem(arguments) or postings.thread_problem(
            url.channel, arguments.get("thread_ts"), self.chat.workspace
        )
        if problem:
            return problem
        if url.message and is_true(arguments.get("replace_original")):
            self._replace(url, arguments)
            return None
        public = arguments.get("response_type") == "in_channel"
        message = self.chat.accept(
            {**arguments, "channel": url.channel}, visible_to=None if public else url.user
        )
        self.on_response(url.asked, url.channel, str(message["ts"]))
        return None

    def _replace(self, url: ResponseUrl, arguments: Json) -> None:
        message = self._original(url)
        if message is not None:
            message["text"] = arguments.get("text", "")
            message["blocks"] = postings.read_blocks(arguments) or []

    def _original(self, url: ResponseUrl) -> Json | None:
        """The message with the button; None once it is deleted."""
        place, workspace = (url.channel, str(url.message)), self.chat.workspace
        return workspace.messages.get(place) or workspace.ephemeral.get(place)

    def _refuse(self, status: int, word: str) -> web.Response:
        self.refused.append(word)
        return web.Response(status=status, text=word)
