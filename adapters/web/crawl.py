"""Read the pages of a site: those below an address that it leads to, or those of its sitemap."""

import asyncio
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from os.path import commonpath
from pathlib import PurePosixPath

from yarl import URL

from adapters.documents.formats import SITEMAP_TYPE, format_of
from adapters.web.fetch import Fetched, Fetcher, FetchError, same_host
from adapters.web.robots import Robots, robots_of
from core.errors import UserError
from core.knowledge.importing.found import Found, Progress, Read, Skipped, no_progress
from core.ports.documents import GivenFile, Reading, ReadsFiles
from core.wording import counted

PAGES = 100
MOST_PAGES = 5_000
LARGEST = 16 * 1024 * 1024  # bytes of one page or document
LARGEST_SITE = 256 * 1024 * 1024  # bytes of all of them
WITHIN = timedelta(minutes=15)
MOST_SITEMAPS = 50
MOST_WAITING = 20_000  # links that are remembered
SITEMAPS = (".xml", ".xml.gz")
NO_TEXT = frozenset(
    (
        *(".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".ico", ".css", ".js", ".mjs", ".json"),
        *(".xml", ".rss", ".atom", ".zip", ".gz", ".tgz", ".mp3", ".mp4", ".webm", ".woff"),
        *(".woff2", ".ttf", ".exe", ".dmg", ".iso", ".xlsx", ".pptx", ".doc", ".xls", ".ppt"),
    )
)
"""Endings of addresses that are not even asked for."""
ROBOTS = "the site's robots.txt asks not to read it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of a site is read at most."""

    pages: int = PAGES
    size: int = LARGEST_SITE
    within: timedelta = WITHIN


@dataclass(slots=True, kw_only=True)
class Crawl:
    """Reads one site, a page at a time, as its robots.txt asks.

    Pages that are `known`, because they were read before, are looked at again, so that it shows
    which are gone.
    """

    fetcher: Fetcher
    reader: ReadsFiles
    limits: Limits = field(default_factory=Limits)
    progress: Progress = no_progress
    _known: Collection[str] = ()
    _looked_again: bool = False
    _left: int = 0
    _follows: bool = False
    _read: list[Read] = field(default_factory=list)
    _skipped: list[Skipped] = field(default_factory=list)

    async def site(self, address: str, *, known: Collection[str] = ()) -> Found:
        """Read a page, and the pages of its host below it that it leads to, and so on."""
        try:
            start = _to_url(address)
        except FetchError as error:
            return Found(skipped=(Skipped(name=address, reason=str(error)),))
        self._follows, self._known = True, known
        return await self._all(start, [start], asked_for=start)

    async def sitemap(self, address: str, *, known: Collection[str] = ()) -> Found:
        """Read the pages that a sitemap names on its own host."""
        try:
            start = _to_url(address)
            async with asyncio.timeout(self.limits.within.total_seconds()):
                pages = await self._listed(start)
        except (UserError, TimeoutError) as error:
            reason = str(error).removeprefix(f"{address}: ") or "it took too long."
            return Found(skipped=(Skipped(name=address, reason=reason),))
        self._known = known
        here = [url for url in pages if same_host(url, start)]
        if not here:
            reason = "it names no page of its own host."
            return Found(skipped=(Skipped(name=address, reason=reason),))
        again = self._again(_common([str(url) for url in here]), set(here))
        found = await self._all(start, [*here, *again])
        elsewhere = len(pages) - len(here)
        notes = (f"{address}: left out {counted(elsewhere, 'page')} on other hosts.",)
        return found + Found(notes=notes) if elsewhere else found

    async def _all(self, site: URL, first: Sequence[URL], asked_for: URL | None = None) -> Found:
        self._left = self.limits.size
        waiting, seen = deque(first), set(first)
        note = ""
        try:
            async with asyncio.timeout(self.limits.within.total_seconds()):
                robots = await robots_of(self.fetcher, site)
                note = await self._go_on(robots, waiting, seen, asked_for)
        except FetchError as error:
            self._skipped.append(Skipped(name=str(site), reason=str(error)))
        except TimeoutError:
            note = f"{self.limits.within.total_seconds():g} seconds were over"
        left = counted(len(waiting), "page")
        notes = (f"{site}: {note}, which left {left} unread.",) if note else ()
        return Found(read=tuple(self._read), skipped=tuple(self._skipped), notes=notes)

    async def _go_on(
        self, robots: Robots, waiting: deque[URL], seen: set[URL], asked_for: URL | None
    ) -> str:
        """Read page after page; what stopped it before the end, if anything did."""
        while waiting:
            if len(self._read) >= self.limits.pages:
                return f"{self.limits.pages} pages were read"
            if self._left <= 0:
                return f"{self.limits.size // 1024**2} MB were read"
            url = waiting.popleft()
            self.progress(str(url), len(self._read), min(self.limits.pages, len(seen)))
            try:
                reading = await self._page(robots, url, seen)
            except UserError as error:
                self._skip(url, error, asked_for=url == asked_for)
                continue
            if self._follows and self._read:
                waiting += self._new(reading.links, seen)
                waiting += self._again(_below(self._read[0].name), seen)
            await asyncio.sleep(robots.delay.total_seconds() if waiting else 0)
        return ""

    def _new(self, links: Sequence[str], seen: set[URL]) -> list[URL]:
        """The links that are to be read too."""
        below = _below(self._read[0].name)
        found = []
        for link in (URL(one) for one in links if one.startswith(below)):
            if link not in seen and len(seen) < MOST_WAITING and _is_text(link):
                seen.add(link)
                found.append(link)
        return found

    def _again(self, below: str, seen: set[URL]) -> list[URL]:
        """The pages that were read before, and that nothing has led to yet."""
        if self._looked_again:
            return []
        self._looked_again = True
        found = {URL(one) for one in self._known if one.startswith(below)} - seen
        seen |= found
        return sorted(found)

    async def _page(self, robots: Robots, url: URL, seen: set[URL]) -> Reading:
        if not robots.allow(url):
            raise FetchError(ROBOTS)
        fetched = await self._fetch(url)
        if str(url) in self._known and fetched.url != url:
            moved = FetchError(f"it has moved to {fetched.url}.", gone=True)
            self._skip(url, moved, asked_for=False)
        if fetched.url != url and fetched.url in seen:
            return Reading()  # it has led to one that is read anyway
        seen.add(fetched.url)
        if not robots.allow(fetched.url):
            raise FetchError(ROBOTS)
        reading = await self.reader.read(
            GivenFile(
                name=str(fetched.url),
                content=fetched.content,
                content_type=fetched.content_type,
            )
        )
        self._read.append(Read(name=str(fetched.url), reading=reading))
        return reading

    async def _fetch(self, url: URL) -> Fetched:
        fetched = await self.fetcher.get(url, most=min(LARGEST, max(self._left, 1)))
        self._left -= len(fetched.content)
        if format_of(str(fetched.url), fetched.content_type or "none") is None:
            kind = fetched.content_type.partition(";")[0].strip() or "of no stated type"
            raise FetchError(f"it is {kind}, which is not read.")
        return fetched

    async def _listed(self, start: URL) -> list[URL]:
        """The pages of a sitemap, and of those that it names in turn."""
        robots = await robots_of(self.fetcher, start)
        waiting, seen, pages = deque([start]), {start}, dict[URL, None]()
        while waiting and len(seen) <= MOST_SITEMAPS:
            url = waiting.popleft()
            if not robots.allow(url):
                raise FetchError(ROBOTS)
            fetched = await self.fetcher.get(url, most=LARGEST)
            file = GivenFile(name=str(url), content=fetched.content, content_type=SITEMAP_TYPE)
            for link in (await self.reader.read(file)).links:
                found = _to_url(link)
                if not found.path.lower().endswith(SITEMAPS):
                    pages[found] = None
                elif found not in seen and same_host(found, start):
                    seen.add(found)
                    waiting.append(found)
        return list(pages)

    def _skip(self, url: URL, error: UserError, *, asked_for: bool) -> None:
        reason = str(error).removeprefix(f"{url}: ")
        gone = isinstance(error, FetchError) and error.gone
        self._skipped.append(Skipped(name=str(url), reason=reason, asked_for=asked_for, gone=gone))


def _to_url(address: str) -> URL:
    try:
        url = URL(address).with_fragment(None)
    except ValueError as error:
        raise FetchError("it is no address of the web.") from error
    return url if url.path else url / ""


def _is_text(link: URL) -> bool:
    return PurePosixPath(link.path).suffix.lower() not in NO_TEXT


def _below(address: str) -> str:
    """What the addresses begin with that are in the same folder or further down."""
    return str(URL(address).with_query(None)).rpartition("/")[0] + "/"


def _common(addresses: Sequence[str]) -> str:
    """The folder that all of them are in."""
    site = str(URL(addresses[0]).origin())
    paths = [URL(one).path.rpartition("/")[0] or "/" for one in addresses]
    return site + commonpath(paths).rstrip("/") + "/"
