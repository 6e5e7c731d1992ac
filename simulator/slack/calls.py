"""A call of the Web API: how its arguments are read, and how it is answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

import orjson
from aiohttp import web

from simulator.slack.workspace import Json

JSON_TYPE = {"Content-Type": "application/json; charset=utf-8"}
SCOPES = {
    "X-OAuth-Scopes": "app_mentions:read,channels:history,chat:write,commands,files:read,"
    "files:write,im:history,im:write,reactions:write,users:read"
}


class RefusalError(Exception):
    """Slack's `ok: false`, with its word for why."""

    def __init__(self, error: str, **more: object) -> None:
        super().__init__(error)
        self.error = error
        self.more = more


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """One call of the bot. `error` is None when it succeeded; a fault leaves `answered` False."""

    method: str
    arguments: Mapping[str, object]
    error: str | None = None
    answered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """One call, once it is over: `began` and `ended` are in `time.perf_counter()` seconds.

    `status` is `ok`, Slack's word of refusal, a status of HTTP other than 200, or what became of
    the connection. `fault` says what was made to go wrong. A reply by a response_url brings its
    `channel`.
    """

    method: str
    arguments: Mapping[str, object]
    began: float
    ended: float
    status: str
    fault: str = ""
    channel: str | None = None


async def read_arguments(request: web.BaseRequest) -> Json | None:
    """The arguments, from wherever the client put them; None when they cannot be read."""
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


def needed(arguments: Json, name: str, error: str = "invalid_arguments") -> str:
    """A text argument that must be there."""
    value = arguments.get(name)
    if not isinstance(value, str) or not value:
        raise RefusalError(error)
    return value


def structure(arguments: Json, name: str, error: str = "invalid_arguments") -> object:
    """An argument that a form carries as JSON; None when it is not there."""
    value = arguments.get(name)
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise RefusalError(error) from None


def is_true(value: object) -> bool:
    """A flag, however it was written."""
    return str(value).lower() in {"1", "true"}


def answer(
    payload: Mapping[str, object], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """A JSON answer as Slack's servers give it."""
    return web.Response(
        body=orjson.dumps(payload), status=status, headers={**JSON_TYPE, **(headers or {})}
    )


def refuse(error: str, **more: object) -> web.Response:
    """An `ok: false`."""
    return answer({"ok": False, "error": error, **more})
