"""Sites that are read: their own pages only, as they ask, and not without an end."""

import zlib
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web

from adapters.documents.reader import ChildReader, open_reader
from adapters.web.crawl import Crawl, Limits
from adapters.web.fetch import open_fetcher
from core.knowledge.importing.found import Found
from tests.documents.making import pdf
from tests.web.site import Answer, Site, moved, open_site, page, sitemap


@pytest.fixture
async def reader() -> AsyncIterator[ChildReader]:
    async with open_reader() as reader:
        yield reader


DOCS: dict[str, Answer] = {
    "/docs/": page("Docs", "Begin here.", "travel.html", "/docs/gone", "/blog/", "a.png", "#x"),
    "/docs/travel.html": page("Travel", "By train.", "/docs/", "deep/", "travel.html?print=1"),
    "/docs/travel.html?print=1": page("Travel", "By train, printed."),
    "/docs/deep/": page("Deep", "At the bottom.", "https://elsewhere.example/docs/x"),
    "/blog/": page("Blog", "Something else."),
}


async def crawl(
    site: Site,
    reader: ChildReader,
    path: str = "/docs/",
    *,
    limits: Limits | None = None,
    by_sitemap: bool = False,
) -> Found:
    async with open_fetcher(allow_private=True) as fetcher:
        crawl = Crawl(fetcher=fetcher, reader=reader, limits=limits or Limits())
        read = crawl.sitemap if by_sitemap else crawl.site
        return await read(f"{site.address}{path}")


def names(found: Found, site: Site) -> list[str]:
    return [one.name.removeprefix(site.address) for one in found.read]


def reasons(found: Found, site: Site) -> dict[str, str]:
    return {one.name.removeprefix(site.address): one.reason for one in found.skipped}


async def test_a_page_and_what_is_below_it_is_read(reader: ChildReader) -> None:
    async with open_site(DOCS) as site:
        found = await crawl(site, reader)
        assert names(found, site) == [
            "/docs/",
            "/docs/travel.html",
            "/docs/deep/",
            "/docs/travel.html?print=1",
        ]
        assert reasons(found, site) == {"/docs/gone": "the server answered 404."}
        assert found.skipped[0].gone
        assert not found.skipped[0].asked_for
        assert site.asked.count("/docs/") == 1
        assert {agent.partition("/")[0] for agent in site.agents} == {"Trialogue"}
        [first, *_] = found.read
        assert first.reading.entries[0].source == f"{site.address}/docs/"


async def test_what_the_site_asks_not_to_read_is_not_even_asked_for(reader: ChildReader) -> None:
    robots = "User-agent: *\nDisallow: /\n\nUser-agent: trialogue\nDisallow: /docs/deep\n"
    async with open_site({**DOCS, "/robots.txt": robots}) as site:
        found = await crawl(site, reader)
        assert reasons(found, site)["/docs/deep/"] == "the site's robots.txt asks not to read it."
        assert "/docs/deep/" not in site.asked
        assert "/docs/travel.html" in names(found, site)


async def test_a_site_whose_rules_cannot_be_had_is_not_read(reader: ChildReader) -> None:
    async with open_site({**DOCS, "/robots.txt": web.Response(status=503)}) as site:
        found = await crawl(site, reader)
        assert site.asked == ["/robots.txt"]
        assert found.skipped[0].asked_for
        assert "its robots.txt cannot be read" in found.skipped[0].reason


@pytest.mark.parametrize(
    ("limits", "note"),
    [
        (Limits(pages=2), "2 pages were read, which left 3 pages unread."),
        (Limits(size=10), "0 MB were read"),
        (Limits(within=timedelta(seconds=0)), "0 seconds were over, which left 1 page unread."),
    ],
)
async def test_a_limit_ends_it_and_is_told(reader: ChildReader, limits: Limits, note: str) -> None:
    async with open_site(DOCS) as site:
        found = await crawl(site, reader, limits=limits)
        assert note in "".join(found.notes) or "has more than 0.0 MB" in str(found.skipped)
        assert len(found.read) <= limits.pages


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ("http://169.254.169.254/latest/", "it leads to another host, 169.254.169.254."),
        ("http://localhost:1/", "it leads to another host, localhost."),
        ("file:///etc/passwd", "it is no address that begins with https"),
        ("/docs/", "it leads from one address to the next without an end."),
    ],
)
async def test_a_redirect_that_leads_away_is_not_followed(
    reader: ChildReader, where: str, reason: str
) -> None:
    async with open_site({"/docs/": moved(where)}) as site:
        found = await crawl(site, reader)
        assert found.skipped[0].reason.startswith(reason)


async def test_a_redirect_on_the_same_host_names_where_it_leads(reader: ChildReader) -> None:
    pages = {**DOCS, "/old": moved("/docs/travel.html"), "/docs/gone": moved("/docs/deep/")}
    async with open_site(pages) as site:
        found = await crawl(site, reader, "/old")
        assert names(found, site)[0] == "/docs/travel.html"
        assert sorted(names(found, site)) == [
            *("/docs/", "/docs/deep/", "/docs/travel.html", "/docs/travel.html?print=1")
        ]


async def test_without_leave_the_own_network_is_not_read(reader: ChildReader) -> None:
    async with open_site(DOCS) as site, open_fetcher() as fetcher:
        found = await Crawl(fetcher=fetcher, reader=reader).site(f"{site.address}/docs/")
        assert "add --allow-private" in found.skipped[0].reason
        assert site.asked == []


async def test_documents_of_a_site_are_read_and_what_is_none_is_left(reader: ChildReader) -> None:
    document = pdf(((11.0, "The rates of this year, in a document."),))
    bomb = zlib.compress(bytes(10**6))
    pages: dict[str, Answer] = {
        "/docs/": page("Docs", "Begin.", "rates", "film", "large", "packed"),
        "/docs/rates": web.Response(body=document, content_type="application/pdf"),
        "/docs/film": web.Response(body=b"x", content_type="video/mp4"),
        "/docs/large": web.Response(body=bytes(17 * 1024**2), content_type="text/html"),
        "/docs/packed": web.Response(body=bomb, headers={"Content-Encoding": "deflate"}),
    }
    async with open_site(pages) as site:
        found = await crawl(site, reader)
        assert names(found, site) == ["/docs/", "/docs/rates"]
        assert found.read[1].reading.entries[0].source == f"{site.address}/docs/rates#page=1"
        assert reasons(found, site) == {
            "/docs/film": "it is video/mp4, which is not read.",
            "/docs/large": "it has more than 16.0 MB.",
            "/docs/packed": "the server sent it packed, though it was asked not to.",
        }


async def test_the_pages_of_a_sitemap_are_read_and_no_others(reader: ChildReader) -> None:
    async with open_site(DOCS) as site:
        site.pages["/sitemap.xml"] = sitemap(f"{site.address}/more.xml")
        site.pages["/more.xml"] = sitemap(
            f"{site.address}/docs/",
            f"{site.address}/docs/deep/",
            f"{site.address}/docs/gone",
            "https://elsewhere.example/x",
        )
        found = await crawl(site, reader, "/sitemap.xml", by_sitemap=True)
        assert names(found, site) == ["/docs/", "/docs/deep/"]
        assert "left out 1 page on other hosts." in found.notes[0]
        assert reasons(found, site) == {"/docs/gone": "the server answered 404."}


async def test_pages_that_are_known_are_looked_at_again(reader: ChildReader) -> None:
    pages = {**DOCS, "/docs/moved": moved("/docs/deep/"), "/docs/alone": page("Alone", "Here.")}
    async with open_site(pages) as site, open_fetcher(allow_private=True) as fetcher:
        before = ["/docs/lost", "/docs/moved", "/docs/alone", "/docs/deep/", "/blog/x"]
        known = {f"{site.address}{path}" for path in before} | {"https://elsewhere.example/docs/y"}
        crawl = Crawl(fetcher=fetcher, reader=reader)
        found = await crawl.site(f"{site.address}/docs/", known=known)
        gone = {one.name.removeprefix(site.address) for one in found.skipped if one.gone}
        assert gone == {"/docs/lost", "/docs/moved", "/docs/gone"}
        assert "/docs/alone" in names(found, site)
        assert "/blog/x" not in site.asked


@pytest.mark.parametrize("content", ["<html>", "", "nonsense"])
async def test_a_sitemap_that_is_none_is_refused(reader: ChildReader, content: str) -> None:
    async with open_site({"/sitemap.xml": content}) as site:
        found = await crawl(site, reader, "/sitemap.xml", by_sitemap=True)
        assert found.skipped[0].asked_for
        assert found.skipped[0].reason in {
            "this is no sitemap: give the address of one, or of a page.",
            "it names no page of its own host.",
        }
