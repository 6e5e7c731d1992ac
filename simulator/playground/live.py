"""What changes, to every page that is open: https://html.spec.whatwg.org/multipage/server-sent-events.html."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson
from aiohttp import web

from simulator.playground.values import Json

TOGETHER = 0.03
"""Seconds in which changes are gathered: a page draws a burst once."""

ALIVE_EVERY = 15.0


@dataclass(slots=True)
class Page:
    """An open page, and what it has not been told yet."""

    panes: set[str] = field(default_factory=set)
    traces: set[int] = field(default_factory=set)
    bot: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True, kw_only=True)
class Live:
    """The pages. What is told is looked up when it is told, never older than the change."""

    pane: Callable[[str], object]
    trace: Callable[[int], object]
    bot: Callable[[], object]
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    _pages: list[Page] = field(default_factory=list)

    def pane_changed(self, platform: str) -> None:
        """A platform may look different."""
        for page in self._pages:
            page.panes.add(platform)
            page.news.set()

    def trace_changed(self, number: int) -> None:
        """A trace has grown."""
        for page in self._pages:
            page.traces.add(number)
            page.news.set()

    def bot_changed(self) -> None:
        """The bot's process is in another state."""
        for page in self._pages:
            page.bot = True
            page.news.set()

    def close(self) -> None:
        """End all streams."""
        self.closing.set()
        for page in self._pages:
            page.news.set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Tell one page until it is closed."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        page = Page()
        self._pages.append(page)
        try:
            await response.write(b": here\n\n")
            while not self.closing.is_set():
                await self._tell(page, response)
        except ConnectionError:
            return response
        finally:
            self._pages.remove(page)
        return response

    async def _tell(self, page: Page, response: web.StreamResponse) -> None:
        try:
            async with asyncio.timeout(ALIVE_EVERY):
                await page.news.wait()
        except TimeoutError:
            await response.write(b": alive\n\n")
            return
        await asyncio.sleep(TOGETHER)
        for news in self._news(page):
            await response.write(b"data: " + orjson.dumps(news) + b"\n\n")

    def _news(self, page: Page) -> list[Json]:
        panes, traces, bot = sorted(page.panes), sorted(page.traces), page.bot
        page.panes, page.traces, page.bot = set(), set(), False
        page.news.clear()
        news: list[Json] = [{"pane": self.pane(name)} for name in panes]
        news += [{"trace": found} for number in traces if (found := self.trace(number))]
        return [*news, {"bot": self.bot()}] if bot else news
