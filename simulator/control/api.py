"""The control API: `/control/{platform}/...`, JSON in and out. `docs/simulator.md` lists it."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TypeVar

import orjson
from aiohttp import web
from pydantic import BaseModel, ValidationError

from simulator.control.platform import (
    CallsBots,
    HasClock,
    MisuseError,
    PlatformControl,
    TakesFiles,
    secrets_of,
    without,
)
from simulator.control.recording import history, named, to_json
from simulator.control.requests import (
    Advance,
    Click,
    Command,
    Fault,
    Message,
    Named,
    Page,
    Targets,
    Upload,
)
from simulator.standin import Posted

BODY_LIMIT = 32 * 1024 * 1024
JSON_LINES = "application/x-ndjson"

Controls = Mapping[str, PlatformControl]
Handler = Callable[[PlatformControl, web.Request], Awaitable[web.Response]]
Body = TypeVar("Body", bound=BaseModel)


def control_application(controls: Controls) -> web.Application:
    """An application that controls these platforms by name."""
    application = web.Application(client_max_size=BODY_LIMIT, middlewares=[_answer_misuse])
    application.router.add_get("/control", _Overview(controls).show)
    for method, path, handler in ROUTES:
        route = _Route(controls, handler)
        application.router.add_route(method, f"/control/{{platform}}{path}", route.handle)
    return application


class _Overview:
    """What there is."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    async def show(self, _: web.Request) -> web.Response:
        platforms = {name: _describe(control) for name, control in self._controls.items()}
        paths = [f"{method} /control/{{platform}}{path}" for method, path, _ in ROUTES]
        return _json({"platforms": platforms, "routes": paths})


class _Route:
    """A handler that is given the platform of the path."""

    def __init__(self, controls: Controls, handler: Handler) -> None:
        self._controls = controls
        self._handler = handler

    async def handle(self, request: web.Request) -> web.Response:
        name = request.match_info["platform"]
        control = self._controls.get(name)
        if control is None:
            known = ", ".join(self._controls)
            raise MisuseError(f"There is no platform {name!r} here, but: {known}.", status=404)
        return await self._handler(control, request)


async def _show(control: PlatformControl, _: web.Request) -> web.Response:
    return _json(_describe(control))


async def _people(control: PlatformControl, _: web.Request) -> web.Response:
    return _json({"people": named(control.people())})


async def _add_person(control: PlatformControl, request: web.Request) -> web.Response:
    name = (await _body(request, Named)).name
    return _json({"name": name, "id": control.add_person(name)}, status=201)


async def _channels(control: PlatformControl, _: web.Request) -> web.Response:
    return _json({"channels": named(control.channels())})


async def _add_channel(control: PlatformControl, request: web.Request) -> web.Response:
    name = (await _body(request, Named)).name
    return _json({"name": name, "id": control.add_channel(name)}, status=201)


async def _write(control: PlatformControl, request: web.Request) -> web.Response:
    message = await _body(request, Message)
    control.add_person(message.person)
    return _json(to_json(await control.write(message)), status=201)


async def _command(control: PlatformControl, request: web.Request) -> web.Response:
    command = await _body(request, Command)
    control.add_person(command.person)
    return _json(to_json(await control.command(command)), status=201)


async def _click(control: PlatformControl, request: web.Request) -> web.Response:
    click = await _body(request, Click)
    posted = _posting(control, click)
    if posted.visible_to not in {None, click.person}:
        raise MisuseError(f"Only {posted.visible_to} sees this posting: click as that person.")
    control.add_person(click.person)
    try:
        asked = await control.stand_in.click(
            posted, click.button, person=click.person, copies=click.copies
        )
    except (LookupError, ValueError) as error:
        there = ", ".join(map(repr, posted.buttons)) or "none"
        raise MisuseError(f"{error}; it was posted with these buttons: {there}.") from error
    return _json(to_json(asked), status=201)


async def _upload(control: PlatformControl, request: web.Request) -> web.Response:
    if not isinstance(control, TakesFiles):
        raise MisuseError("People cannot send files on this platform's stand-in.")
    upload = await _body(request, Upload)
    control.add_person(upload.person)
    return _json(to_json(await control.upload(upload)), status=201)


async def _messages(control: PlatformControl, request: web.Request) -> web.Response:
    page = _page(request)
    found = control.stand_in.asked[page.after :]
    return _json({"messages": [to_json(asked) for asked in found], "next": page.after + len(found)})


async def _postings(control: PlatformControl, request: web.Request) -> web.Response:
    page = _page(request)
    stand_in = control.stand_in
    if page.wait:
        with suppress(TimeoutError):  # the caller sees how many there are
            await stand_in.answered(page.after + page.count, timeout=page.wait)
    found = stand_in.posted[page.after :]
    shown = [to_json(posted) for posted in found if page.reply_to in {None, posted.reply_to}]
    return _json({"postings": shown, "next": page.after + len(found)})


async def _calls(control: PlatformControl, request: web.Request) -> web.Response:
    page, secrets = _page(request), secrets_of(control.stand_in)
    found = control.calls()[page.after :]
    shown = [
        {
            "method": without(secrets, call.method),
            "arguments": without(secrets, call.arguments),
            "status": call.status,
            "error": call.error,
        }
        for call in found
    ]
    return _json({"calls": shown, "next": page.after + len(found)})


async def _unserved(control: PlatformControl, _: web.Request) -> web.Response:
    return _json({"unserved": without(secrets_of(control.stand_in), control.unserved())})


async def _history(control: PlatformControl, request: web.Request) -> web.Response:
    lines = history(request.match_info["platform"], control)
    return web.Response(body=lines, content_type=JSON_LINES)


async def _fault(control: PlatformControl, request: web.Request) -> web.Response:
    fault = (await _body(request, Fault)).root
    if fault.kind not in control.faults:
        there = ", ".join(sorted(control.faults))
        raise MisuseError(f"This stand-in cannot do {fault.kind.value!r}, but: {there}.")
    control.plan(fault)
    return _json({"planned": fault.model_dump(mode="json")}, status=201)


async def _clear_faults(control: PlatformControl, _: web.Request) -> web.Response:
    control.clear_faults()
    return web.Response(status=204)


async def _targets(control: PlatformControl, request: web.Request) -> web.Response:
    if not isinstance(control, CallsBots):
        raise MisuseError("Bots connect to this platform: it needs no address of theirs.")
    targets = await _body(request, Targets)
    await control.point_at(targets.urls)
    return _json(_describe(control))


async def _advance(control: PlatformControl, request: web.Request) -> web.Response:
    if not isinstance(control, HasClock):
        raise MisuseError("This platform's stand-in goes by the real clock.")
    advance = await _body(request, Advance)
    control.advance(advance.seconds)
    return _json({"advanced": advance.seconds})


async def _reset(control: PlatformControl, _: web.Request) -> web.Response:
    await control.reset()
    return _json(_describe(control))


ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "", _show),
    ("GET", "/people", _people),
    ("POST", "/people", _add_person),
    ("GET", "/channels", _channels),
    ("POST", "/channels", _add_channel),
    ("GET", "/messages", _messages),
    ("POST", "/messages", _write),
    ("POST", "/commands", _command),
    ("POST", "/clicks", _click),
    ("POST", "/uploads", _upload),
    ("GET", "/postings", _postings),
    ("GET", "/calls", _calls),
    ("GET", "/unserved", _unserved),
    ("GET", "/history", _history),
    ("POST", "/faults", _fault),
    ("DELETE", "/faults", _clear_faults),
    ("PUT", "/targets", _targets),
    ("POST", "/clock", _advance),
    ("POST", "/reset", _reset),
)


def _describe(control: PlatformControl) -> dict[str, object]:
    stand_in = control.stand_in
    return {
        "settings": dict(stand_in.environment),
        "features": sorted(control.features),
        "faults": sorted(control.faults),
        "asked": len(stand_in.asked),
        "posted": len(stand_in.posted),
        "unserved": len(control.unserved()),
    }


def _posting(control: PlatformControl, click: Click) -> Posted:
    for posted in reversed(control.stand_in.posted):
        if posted.id == click.posting and click.channel in {None, posted.channel}:
            return posted
    raise MisuseError(f"There is no posting {click.posting}: GET postings lists their ids.")


async def _body(request: web.Request, shape: type[Body]) -> Body:
    text = await request.read()
    try:
        return shape.model_validate_json(text or b"{}")
    except ValidationError as error:
        raise MisuseError(_sentence(error)) from None


def _page(request: web.Request) -> Page:
    try:
        return Page.model_validate(dict(request.query))
    except ValidationError as error:
        raise MisuseError(_sentence(error)) from None


def _sentence(error: ValidationError) -> str:
    problems = []
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        place = ".".join(map(str, problem["loc"]))
        problems.append(f"{place}: {problem['msg']}" if place else problem["msg"])
    return "; ".join(problems) + "."


@web.middleware
async def _answer_misuse(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except MisuseError as error:
        return _json({"error": str(error)}, status=error.status)
    except LookupError as error:
        return _json({"error": f"{error.args[0] if error.args else error}."}, status=422)
    except web.HTTPNotFound:
        return _json({"error": "No such route: GET /control lists them all."}, status=404)
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        return _json({"error": f"This route takes {allowed}."}, status=405)


def _json(value: object, *, status: int = 200) -> web.Response:
    return web.Response(
        status=status, body=orjson.dumps(value) + b"\n", content_type="application/json"
    )
