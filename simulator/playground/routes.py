"""What the page asks for, and gets."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from aiohttp import web
from pydantic import ValidationError

from simulator.playground.answers import to_json
from simulator.playground.playground import Acting, Playground
from simulator.playground.requests import (
    Act,
    Body,
    Clicking,
    Commanding,
    Faulting,
    Killing,
    Reacting,
    Saying,
)
from simulator.playground.values import ClickOn, File, Pane, PlaygroundError, React, UseCommand

STATIC = Path(__file__).parent / "static"
LARGEST_FILE = 8 * 1024 * 1024
SHOWN_IN_PLACE = ("image/png", "image/jpeg", "image/gif", "image/webp")

Shape = TypeVar("Shape", bound=Body)


@dataclass(frozen=True, slots=True)
class Routes:
    """What answers the page."""

    playground: Playground

    async def page(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "index.html")

    async def state(self, _: web.Request) -> web.Response:
        return to_json(self.playground.state())

    async def file(self, request: web.Request) -> web.Response:
        scene = self.playground.scene(request.match_info["platform"])
        file = scene.file(request.match_info["file"])
        if file is None:
            raise web.HTTPNotFound
        in_place = file.content_type in SHOWN_IN_PLACE
        how = "inline" if in_place else "attachment"
        return web.Response(
            body=file.content,
            content_type=file.content_type if in_place else "application/octet-stream",
            headers={"Content-Disposition": f"{how}; filename*=UTF-8''{quote(file.name, safe='')}"},
        )

    async def say(self, request: web.Request) -> web.Response:
        body = await _body(request, Saying)
        return await self._say(body)

    async def upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        given = form.get("file")
        if not isinstance(given, web.FileField):
            raise PlaygroundError("There is no file in the form.")
        content = given.file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise PlaygroundError(f"A file can have {LARGEST_FILE // 1024**2} MB at most here.")
        body = _validated(
            Saying, {name: value for name, value in form.items() if isinstance(value, str)}
        )
        file = File(name=given.filename, content_type=given.content_type, content=content)
        return await self._say(body, file)

    async def command(self, request: web.Request) -> web.Response:
        body = await _body(request, Commanding)
        scene = self.playground.scene(body.platform)
        use = UseCommand(channel=body.channel, person=body.person, text=body.text)
        return await self._act(body, "command", body.text, lambda: scene.command(use))

    async def click(self, request: web.Request) -> web.Response:
        body = await _body(request, Clicking)
        scene = self.playground.scene(body.platform)
        click = ClickOn(
            channel=body.channel, message=body.message, button=body.button, person=body.person
        )
        label = _label(scene.pane(), click)
        return await self._act(body, "click", label, lambda: scene.click(click))

    async def react(self, request: web.Request) -> web.Response:
        body = await _body(request, Reacting)
        await self.playground.scene(body.platform).react(
            React(channel=body.channel, message=body.message, emoji=body.emoji, person=body.person)
        )
        return web.Response(status=204)

    async def fault(self, request: web.Request) -> web.Response:
        body = await _body(request, Faulting)
        await self.playground.scene(body.platform).fault(body.kind)
        return web.Response(status=204)

    async def kill(self, request: web.Request) -> web.Response:
        await _body(request, Killing)
        self.playground.bot.kill()
        return web.Response(status=204)

    async def _say(self, body: Saying, *files: File) -> web.Response:
        if not body.text.strip() and not files:
            raise PlaygroundError("Write something first.")
        return to_json({"trace": await self.playground.say(body, *files)}, status=201)

    async def _act(self, act: Act, kind: str, text: str, acting: Acting) -> web.Response:
        return to_json({"trace": await self.playground.act(act, kind, text, acting)}, status=201)


def _label(pane: Pane, click: ClickOn) -> str:
    """What a button says."""
    for message in pane.messages:
        if (message.channel, message.id) == (click.channel, click.message):
            for button in (one for row in message.buttons for one in row):
                if button.id == click.button:
                    return button.label
    raise PlaygroundError("This button is not there any more.")


async def _body(request: web.Request, shape: type[Shape]) -> Shape:
    try:
        return shape.model_validate_json(await request.read())
    except ValidationError as error:
        raise PlaygroundError(_sentence(error)) from None


def _validated(shape: type[Shape], values: Mapping[str, str]) -> Shape:
    try:
        return shape.model_validate(values)
    except ValidationError as error:
        raise PlaygroundError(_sentence(error)) from None


def _sentence(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(map(str, problem["loc"]))
    return f"{place}: {problem['msg']}." if place else f"{problem['msg']}."
