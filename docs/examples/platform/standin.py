"""Courier on 127.0.0.1, in memory: what its servers do, as far as the adapter can tell."""

import itertools
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Self

import orjson
from aiohttp import web

from simulator.standin import Asked, Posted

Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class CourierStandIn:
    """One team and one bot."""

    def __init__(self) -> None:
        self.token = secrets.token_hex(16)
        self.asked: list[Asked] = []
        self.posted: list[Posted] = []
        self.revoked = False
        self._keys: dict[str, str] = {}
        self._waiting: list[Json] = []
        self._numbers = itertools.count(1)
        self._faults: list[Callable[[], web.Response]] = []
        self._resets = 0
        app = web.Application(middlewares=[self._check])
        app.router.add_get("/messages", self._deliver)
        app.router.add_post("/messages", self._post)
        app.router.add_post("/messages/{number}/done", self._done)
        self._runner = web.AppRunner(app, access_log=None)

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings of a bot."""
        port = self._runner.addresses[0][1]
        return {"COURIER_TOKEN": self.token, "COURIER_API_URL": f"http://127.0.0.1:{port}"}

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def ask(
        self, text: str, *, channel: str = "general", person: str = "ada", copies: int = 1
    ) -> Asked:
        """Mention the bot."""
        said = f"@trialogue {text}"
        return self._say(said, channel=channel, person=person, copies=copies, shown=text)

    async def tell(self, text: str, *, person: str = "ada") -> Asked:
        """Write to the bot directly."""
        return self._say(text, channel=f"direct-{person}", person=person, direct=True)

    async def command(
        self, text: str, *, channel: str = "general", person: str = "ada", copies: int = 1
    ) -> Asked:
        """Use a command."""
        return self._say(text, channel=channel, person=person, copies=copies)

    def replies_to(self, asked: Asked) -> Sequence[Posted]:
        """What the bot posted in answer to a message."""
        return [posted for posted in self.posted if posted.reply_to == asked.id]

    def refuse_next(self, status: int, headers: Mapping[str, str] | None = None) -> None:
        """Answer the next posting with an error."""
        self._faults.append(lambda: web.Response(status=status, headers=headers))

    def accept_then_reset(self, count: int = 1) -> None:
        """Show the next postings, and cut their connections."""
        self._resets += count

    def overhear(self, text: str, *, is_bot: bool = False) -> None:
        """Let somebody write what is not for the bot, or let another bot write."""
        self._say(text, channel="general", person="grace", is_bot=is_bot)
        self.asked.pop()

    def _say(
        self,
        text: str,
        *,
        channel: str,
        person: str,
        copies: int = 1,
        shown: str | None = None,
        **about: bool,
    ) -> Asked:
        number = next(self._numbers)
        message = {
            "number": number,
            "room": channel,
            "team": "team-1",
            "person": f"person-{person}",
            "name": person.title(),
            "text": text,
            "at": time.time(),
            **about,
        }
        self._waiting.extend([message] * copies)
        asked = Asked(id=str(number), channel=channel, text=shown or text, at=time.perf_counter())
        self.asked.append(asked)
        return asked

    @web.middleware
    async def _check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self.revoked or request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.Response(status=401)
        return await handler(request)

    async def _deliver(self, _: web.Request) -> web.Response:
        return web.json_response({"messages": self._waiting})

    async def _done(self, request: web.Request) -> web.Response:
        done = int(request.match_info["number"])
        self._waiting = [message for message in self._waiting if message["number"] != done]
        return web.json_response({})

    async def _post(self, request: web.Request) -> web.Response:
        if self._faults:
            return self._faults.pop(0)()
        said = orjson.loads(await request.read())
        if said["key"] not in self._keys:
            self._keys[said["key"]] = self._show(said)
        if self._resets:
            self._resets -= 1
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"number": self._keys[said["key"]]})

    def _show(self, said: Json) -> str:
        number = str(next(self._numbers))
        only_for = said["only_for"]
        self.posted.append(
            Posted(
                id=number,
                channel=said["room"],
                reply_to=said["reply_to"],
                text=said["text"],
                at=time.perf_counter(),
                visible_to=only_for.removeprefix("person-") if only_for else None,
            )
        )
        return number
