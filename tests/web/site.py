"""A small site on this machine."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

Answer = bytes | str | web.Response


@dataclass(kw_only=True)
class Site:
    """Pages by their paths, and what was asked for."""

    pages: dict[str, Answer]
    address: str = ""
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)

    async def answer(self, request: web.Request) -> web.Response:
        path = request.path_qs
        self.asked.append(path)
        self.agents.add(request.headers["User-Agent"])
        match self.pages.get(path):
            case web.Response() as response:
                return web.Response(
                    status=response.status, headers=response.headers, body=response.body
                )
            case bytes() as content:
                return web.Response(body=content, content_type="text/html")
            case str() as text:
                kind = "text/plain" if path == "/robots.txt" else "text/html"
                return web.Response(text=text, content_type=kind)
            case _:
                return web.Response(status=404)


@asynccontextmanager
async def open_site(pages: Mapping[str, Answer]) -> AsyncIterator[Site]:
    site = Site(pages=dict(pages))
    application = web.Application()
    application.router.add_get("/{path:.*}", site.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        server = web.TCPSite(runner, "127.0.0.1", 0)
        await server.start()
        host, port = runner.addresses[0][:2]
        site.address = f"http://{host}:{port}"
        yield site
    finally:
        await runner.cleanup()


def page(heading: str, text: str, *links: str) -> str:
    """A page with links."""
    led = "".join(f'<p>See <a href="{link}">{link}</a> too.</p>' for link in links)
    return f"<title>{heading}</title><h1>{heading}</h1><p>{text}</p>{led}"


def moved(where: str) -> web.Response:
    return web.Response(status=302, headers={"Location": where})


def sitemap(*addresses: str) -> web.Response:
    places = "".join(f"<url><loc>{address}</loc></url>" for address in addresses)
    xml = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>'
    return web.Response(text=xml, content_type="application/xml")
