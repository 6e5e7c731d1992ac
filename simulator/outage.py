"""A platform that cannot be reached for a while."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def outage(runner: web.ServerRunner, *, port: int) -> AsyncIterator[None]:
    """Refuse connections to the runner's one port on 127.0.0.1, and cut those that are open."""
    for site in list(runner.sites):
        await site.stop()
    for connection in runner.server.connections if runner.server else ():
        connection.force_close()
    try:
        yield
    finally:
        await web.TCPSite(runner, "127.0.0.1", port).start()
