"""Downloads lead to the platform itself, and tell nobody else our token."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from adapters.platforms.downloads import checked, download
from core.errors import FileRefusedError, FileUnavailableError, RateLimitedError
from tests.platforms.slack import served

SECRET = "xoxb-a-secret"
HEADERS = {"Authorization": f"Bearer {SECRET}"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(handler: Handler) -> AsyncIterator[URL]:
    async with served([web.get("/{path:.*}", handler)]) as base:
        yield URL(f"{base}/file?token=hunter2")


async def read(url: URL, *, page_is_refusal: bool = False) -> bytes:
    async with aiohttp.ClientSession() as session:
        parts = download(session, url, headers=HEADERS, page_is_refusal=page_is_refusal)
        return b"".join([part async for part in parts])


async def test_a_file_is_read_with_our_token_and_as_it_is() -> None:
    seen: list[web.Request] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request)
        return web.Response(body=bytes(200_000))

    async with answering(handler) as url:
        assert await read(url) == bytes(200_000)
    assert seen[0].headers["Authorization"] == f"Bearer {SECRET}"
    assert seen[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    elsewhere: list[web.Request] = []

    async def other(request: web.Request) -> web.Response:
        elsewhere.append(request)
        return web.Response(body=b"thank you")

    async with answering(other) as target:

        async def handler(_: web.Request) -> web.Response:
            return web.Response(status=status, headers={"Location": str(target)})

        async with answering(handler) as url:
            with pytest.raises(FileRefusedError):
                await read(url)
    assert elsewhere == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, FileRefusedError),
        (403, FileRefusedError),
        (404, FileRefusedError),
        (410, FileRefusedError),
        (204, FileRefusedError),
        (206, FileRefusedError),
        (408, FileUnavailableError),
        (500, FileUnavailableError),
        (503, FileUnavailableError),
    ],
)
async def test_other_answers_are_sorted(status: int, error: type[Exception]) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=status, body=b"")

    async with answering(handler) as url:
        with pytest.raises(error) as caught:
            await read(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(("told", "seconds"), [("7", 7), ("soon", 5), ("-3", 0), ("1e9", 3600)])
async def test_a_pause_is_obeyed_within_reason(told: str, seconds: float) -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": told})

    async with answering(handler) as url:
        with pytest.raises(RateLimitedError) as caught:
            await read(url)
    assert caught.value.retry_after.total_seconds() == seconds


async def test_a_page_to_log_in_is_no_file_where_none_is_expected() -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(text="<html>Sign in</html>", content_type="text/html")

    async with answering(handler) as url:
        with pytest.raises(FileRefusedError, match="log in"):
            await read(url, page_is_refusal=True)
        assert await read(url) == b"<html>Sign in</html>"


async def test_a_connection_that_breaks_is_told_without_the_address() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000000"})
        await response.prepare(request)
        await response.write(bytes(1000))
        assert request.transport is not None
        request.transport.abort()
        return response

    async with answering(handler) as url:
        with pytest.raises(FileUnavailableError) as caught:
            await read(url)
    assert "hunter2" not in repr(caught.value)
    assert caught.value.__cause__ is None


async def test_whoever_stops_reading_frees_the_connection() -> None:
    over = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(bytes(100_000))
                await asyncio.sleep(0)
        except (ConnectionError, asyncio.CancelledError):
            over.set()
            raise

    async with answering(handler) as url, aiohttp.ClientSession() as session:
        parts = download(session, url)
        await anext(parts)
        await parts.aclose()
        async with asyncio.timeout(60):
            await over.wait()


SLACK = ("files.slack.com", ".slack.com")


@pytest.mark.parametrize(
    "address",
    [
        "https://files.slack.com/files-pri/T1-F1/a.csv",
        "https://acme.enterprise.slack.com/files/a",
    ],
)
def test_the_platforms_own_addresses_pass(address: str) -> None:
    assert str(checked(address, hosts=SLACK, api_url="https://slack.com/api/")) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/files/a",
        "files.slack.com/a",
        "http://files.slack.com/a",
        "https://files.slack.com:8443/a",
        "https://files.slack.com.evil.example/a",
        "https://evilslack.com/a",
        "https://evil.example/?https://files.slack.com/",
        "https://evil.example#files.slack.com",
        "https://files.slack.com@evil.example/a",
        "https://user:word@files.slack.com/a",
        "https://127.0.0.1/a",
        "https://[::1]/a",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "ftp://files.slack.com/a",
        "https://[bad/a",
        "//files.slack.com/a",
    ],
)
def test_what_leads_elsewhere_is_refused(address: str) -> None:
    with pytest.raises(FileRefusedError) as caught:
        checked(address, hosts=SLACK, api_url="https://slack.com/api/")
    assert not address or address not in str(caught.value)


def test_the_server_that_we_were_told_to_use_passes_and_no_other_port_of_it() -> None:
    api = "http://127.0.0.1:7701/api/"
    assert checked("http://127.0.0.1:7701/files-pri/a", hosts=SLACK, api_url=api)
    for address in ("http://127.0.0.1:7702/a", "http://localhost:7701/a", "https://127.0.0.1:7701"):
        with pytest.raises(FileRefusedError):
            checked(address, hosts=SLACK, api_url=api)
