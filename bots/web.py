"""The one HTTP server of a process."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from core.errors import UserError

CLOSE_WITHIN = 5.0  # seconds for requests under way
BODY_LIMIT = 1024 * 1024


@asynccontextmanager
async def http_server(
    routes: Sequence[web.RouteDef], *, host: str, port: int
) -> AsyncIterator[None]:
    """Serve these routes. `UserError` when the port is taken."""
    application = web.Application(client_max_size=BODY_LIMIT)
    application.add_routes(routes)
    runner = web.AppRunner(
        application, handle_signals=False, access_log=None, shutdown_timeout=CLOSE_WITHIN
    )
    await runner.setup()
    try:
        await _listen(runner, host, port)
        yield
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise UserError(
            f"Cannot listen on {host}:{port}: {error.strerror or error}. Set HTTP_PORT to a free"
            " port, and HTTP_HOST to an address of this machine."
        ) from error
