"""Fetch one address: from its own host, and no more of it than is allowed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.connector import AddrInfoType
from yarl import URL

from adapters.web.addresses import REFUSED, socket_factory
from core.errors import UserError

AGENT = "Trialogue"
"""How robots.txt may call us."""
HEADERS = {
    "User-Agent": f"{AGENT}/1.0 (reads pages for a team's own knowledge)",
    "Accept": "text/html, application/xhtml+xml, text/markdown, text/plain, application/pdf;q=0.9",
    "Accept-Encoding": "identity",
}
TIMEOUT = aiohttp.ClientTimeout(total=60, connect=10, sock_read=20)
MOST_REDIRECTS = 5
MOVED = frozenset((301, 302, 303, 307, 308))
GONE = frozenset((404, 410))
PART = 64 * 1024
PORTS = {"http": 80, "https": 443}

__all__ = ["AGENT", "AddrInfoType", "FetchError", "Fetched", "Fetcher", "open_fetcher", "same_host"]


class FetchError(UserError):
    """An address was not read. `gone`: there is nothing any more, and not only just now."""

    def __init__(self, reason: str, *, gone: bool = False) -> None:
        super().__init__(reason)
        self.gone = gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What was there, and the address at which it was in the end."""

    url: URL
    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetcher:
    """Gets addresses, with redirects on one host, and nothing that is packed."""

    session: aiohttp.ClientSession

    async def get(self, url: URL, *, most: int) -> Fetched:
        """Read at most so many bytes. `FetchError` says why there is nothing."""
        first = url
        for _ in range(MOST_REDIRECTS + 1):
            found = await self._once(_checked(url, first), most)
            if isinstance(found, Fetched):
                return found
            url = found
        raise FetchError("it leads from one address to the next without an end.")

    async def _once(self, url: URL, most: int) -> Fetched | URL:
        """What is there, or where it has moved to."""
        try:
            async with self.session.get(url, allow_redirects=False) as response:
                if response.status in MOVED and (where := response.headers.get("Location")):
                    return url.join(URL(where)).with_fragment(None)
                _check(response, most)
                content = await _read(response, most)
                kind = response.headers.get("Content-Type", "")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise FetchError(_reason(error)) from error
        return Fetched(url=url, content=content, content_type=kind)


@asynccontextmanager
async def open_fetcher(
    *, allow_private: bool = False, resolver: AbstractResolver | None = None
) -> AsyncIterator[Fetcher]:
    """A fetcher that connects to the public internet only, unless told otherwise."""
    connector = aiohttp.TCPConnector(
        socket_factory=socket_factory(allow_private=allow_private), resolver=resolver, limit=4
    )
    async with aiohttp.ClientSession(
        connector=connector,
        headers=HEADERS,
        timeout=TIMEOUT,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
    ) as session:
        yield Fetcher(session=session)


def same_host(one: URL, other: URL) -> bool:
    """Whether two addresses are on one host, be it with or without encryption."""
    if one.host != other.host:
        return False
    return one.port == other.port or all(url.port == PORTS.get(url.scheme) for url in (one, other))


def _checked(url: URL, first: URL) -> URL:
    if url.scheme not in PORTS or not url.host:
        raise FetchError("it is no address that begins with https:// or http://.")
    if url.user is not None or url.password is not None:
        raise FetchError("an address with a name or a password in it is not read.")
    if not same_host(url, first):
        raise FetchError(f"it leads to another host, {url.host}.")
    return url


def _check(response: aiohttp.ClientResponse, most: int) -> None:
    if response.status != 200:
        raise FetchError(f"the server answered {response.status}.", gone=response.status in GONE)
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FetchError("the server sent it packed, though it was asked not to.")
    if (response.content_length or 0) > most:
        raise FetchError(_too_large(most))


async def _read(response: aiohttp.ClientResponse, most: int) -> bytes:
    parts, size = [], 0
    async for part in response.content.iter_chunked(PART):
        size += len(part)
        if size > most:
            raise FetchError(_too_large(most))
        parts.append(part)
    return b"".join(parts)


def _too_large(most: int) -> str:
    return f"it has more than {most / 1024**2:.1f} MB."


def _reason(error: Exception) -> str:
    """A few words without more of the address than people gave."""
    if REFUSED in str(error):
        return (
            "it is not an address of the public internet. For a wiki of your own, add"
            " --allow-private."
        )
    if isinstance(error, TimeoutError):
        return "the server did not answer in time."
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the name of its host is not known."
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its certificate is refused."
    if isinstance(error, aiohttp.ClientConnectorError):
        return "the server cannot be reached."
    return f"it could not be read ({type(error).__name__})."
