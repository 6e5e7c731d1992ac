"""The bot's calls as the routes see them, and what they answer."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import BodyPartReader, web

from simulator.discord.objects import JSON, dump, failure

# So generous that nothing waits for them; a client that finds none sends one call at a time.
LIMITS = {
    "X-RateLimit-Limit": "100000",
    "X-RateLimit-Remaining": "99999",
    "X-RateLimit-Reset-After": "1.0",
    "X-RateLimit-Bucket": "generous",
}
INVALID_FORM = 50035


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file in a call; `field` is its name in the form, such as `files[0]`."""

    field: str
    filename: str
    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call. `parts` are the variable parts of its path, `said` is its JSON or None."""

    method: str
    path: str
    parts: Sequence[str]
    query: Mapping[str, str]
    said: Any
    uploads: Sequence[Upload] = ()


Handler = Callable[[Call], web.Response]


@dataclass(frozen=True, slots=True)
class Route:
    """A method of the API. Without `needs_token` the path itself is the permission."""

    method: str
    pattern: re.Pattern[str]
    handle: Handler
    needs_token: bool = True


def route(method: str, path: str, handle: Handler, *, needs_token: bool = True) -> Route:
    """A route whose variable parts are written `{}`, and `{#}` where only ids may stand."""
    pattern = re.escape(path).replace(r"\{\#\}", "([0-9]+)").replace(r"\{\}", "([^/]+)")
    return Route(method, re.compile(pattern), handle, needs_token)


async def read_call(request: web.BaseRequest, path: str, parts: Sequence[str]) -> Call:
    """Read a call's body, JSON or a form with files."""
    said: Any = None
    uploads: tuple[Upload, ...] = ()
    if request.content_type.startswith("multipart/"):
        said, uploads = await _read_form(request)
    elif request.body_exists:
        said = parsed(await request.read())
    return Call(
        method=request.method,
        path=path,
        parts=parts,
        query=request.query,
        said=said,
        uploads=uploads,
    )


def parsed(body: bytes) -> Any:
    """JSON, None when it is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def json_response(
    body: bytes, *, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    """An answer. discord.py reads JSON only where the content type is this and nothing else."""
    return web.Response(status=status, body=body, headers=headers, content_type="application/json")


def shown(value: Any) -> web.Response:
    """An answer with an object."""
    return json_response(dump(value))


def done() -> web.Response:
    """An answer without content."""
    return web.Response(status=204)


def refused(status: int, message: str, code: int = 0) -> web.Response:
    """An error with Discord's code."""
    return json_response(dump(failure(message, code)), status=status)


def invalid(field: str, code: str) -> JSON:
    """The body of an error about a field."""
    errors = {field: {"_errors": [{"code": code, "message": "Invalid."}]}}
    return failure("Invalid Form Body", INVALID_FORM, errors)


async def _read_form(request: web.BaseRequest) -> tuple[Any, tuple[Upload, ...]]:
    said, uploads = None, []
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        content = bytes(await part.read(decode=True))
        if part.name == "payload_json":
            said = parsed(content)
        else:
            uploads.append(
                Upload(
                    field=part.name or "",
                    filename=part.filename or "file",
                    content=content,
                    content_type=part.headers.get("Content-Type", "application/octet-stream"),
                )
            )
    return said, tuple(uploads)
