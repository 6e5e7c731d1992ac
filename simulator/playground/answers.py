"""How the playground answers: JSON, and a sentence when something cannot be done."""

from collections.abc import Awaitable, Callable

import orjson
from aiohttp import web

from simulator.playground.values import PlaygroundError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def answer_misuse(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say what is wrong with a request."""
    try:
        return await handler(request)
    except PlaygroundError as error:
        return to_json({"error": str(error)}, status=422)
    except web.HTTPRequestEntityTooLarge:
        return to_json({"error": "That is too large for the playground."}, status=413)
    except web.HTTPNotFound:
        return to_json({"error": "There is no such page here."}, status=404)
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        return to_json({"error": f"This address takes {allowed}."}, status=405)


def to_json(value: object, *, status: int = 200) -> web.Response:
    """Answer with JSON that no cache keeps."""
    return web.Response(
        status=status,
        body=orjson.dumps(value),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
