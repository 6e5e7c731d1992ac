"""Serve the playground's page on this machine."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from simulator.playground.answers import answer_misuse
from simulator.playground.guard import add_headers, guard
from simulator.playground.playground import Playground
from simulator.playground.routes import STATIC, Routes

HOST = "127.0.0.1"
BODY_LIMIT = 16 * 1024 * 1024
CLOSE_WITHIN = 1.0  # seconds


@asynccontextmanager
async def served(playground: Playground, *, ports: Sequence[int] = (0,)) -> AsyncIterator[str]:
    """Serve the page while the context is open; its address.

    The first of the ports that is free is used, 0 is any. `OSError` when none of them is.
    """
    runner = web.AppRunner(
        application(playground),
        handle_signals=False,
        access_log=None,
        shutdown_timeout=CLOSE_WITHIN,
    )
    await runner.setup()
    try:
        await _listen(runner, ports)
        yield f"http://{HOST}:{runner.addresses[0][1]}"
    finally:
        playground.live.close()
        await runner.cleanup()


async def _listen(runner: web.AppRunner, ports: Sequence[int]) -> None:
    *preferred, last = ports
    for port in preferred:
        with suppress(OSError):
            await web.TCPSite(runner, HOST, port).start()
            return
    await web.TCPSite(runner, HOST, last).start()


def application(playground: Playground) -> web.Application:
    """The routes: docs/simulator.md tells of them."""
    application = web.Application(client_max_size=BODY_LIMIT, middlewares=[guard, answer_misuse])
    application.on_response_prepare.append(add_headers)
    routes = Routes(playground)
    application.router.add_get("/", routes.page)
    application.router.add_get("/api/state", routes.state)
    application.router.add_get("/api/live", playground.live.serve)
    application.router.add_get("/api/files/{platform}/{file}", routes.file)
    for path, handler in (
        ("say", routes.say),
        ("upload", routes.upload),
        ("command", routes.command),
        ("click", routes.click),
        ("react", routes.react),
        ("fault", routes.fault),
        ("kill", routes.kill),
    ):
        application.router.add_post(f"/api/{path}", handler)
    application.router.add_static("/static/", STATIC)
    return application
