"""Only the playground's own page may use it: other sites open in the same browser may not."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import orjson
from aiohttp import web

HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
TAKEN = ("application/json", "multipart/form-data")
HEADERS = {
    "Cache-Control": "no-cache",  # the next version's files have the same names
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse other hosts' names (DNS rebinding) and other sites' requests; add the headers."""
    problem = _problem(request)
    if problem:
        return web.Response(
            status=403, body=orjson.dumps({"error": problem}), content_type="application/json"
        )
    return await handler(request)


async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Tell the browser what the page needs, and nothing more."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def _problem(request: web.Request) -> str:
    if _host_of(f"//{request.host}") not in HOSTS:
        return "The playground is for this machine only: open it as http://127.0.0.1."
    if request.method in {"GET", "HEAD"}:
        return ""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        return "The playground takes requests of its own page only."
    if request.content_type not in TAKEN:
        return "Send JSON, with Content-Type: application/json."
    if request.content_type == TAKEN[1] and origin is None:
        return "Files are taken from the playground's own page only."
    return ""


def _host_of(address: str) -> str:
    host = urlsplit(address).hostname or ""
    return f"[{host}]" if ":" in host else host
