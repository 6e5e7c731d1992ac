"""Fetch a file that a platform points to: from that platform, and from nowhere else."""

from collections.abc import AsyncGenerator, Collection, Mapping
from datetime import timedelta

import aiohttp
from yarl import URL

from core.errors import FileRefusedError, FileUnavailableError, RateLimitedError

PART = 64 * 1024
TIMEOUT = aiohttp.ClientTimeout(total=None, connect=10, sock_read=30)
LARGEST = 50 * 1024 * 1024
"""Bytes that we take from a platform that sets no limit of its own."""

DEFAULT_PAUSE = 5.0  # seconds
LONGEST_PAUSE = 3600.0


def checked(address: str, *, hosts: Collection[str], api_url: str) -> URL:
    """An address that is the platform's, or on the server that we were told to use in its place.

    `hosts` are names, with a dot in front where every name below is meant. `FileRefusedError`:
    it leads elsewhere.
    """
    try:
        url = URL(address, encoded=True)
        api = URL(api_url)
        ours = url.absolute and url.user is None and url.password is None
        if ours and api.host not in (None, "") and url.origin() == api.origin():
            return url
        host = url.host or ""
        known = any(host.endswith(one) if one[0] == "." else host == one for one in hosts)
        if ours and known and url.scheme == "https" and url.port == 443:
            return url
    except ValueError as error:
        raise FileRefusedError("the file has no address") from error
    raise FileRefusedError("the file is not on the platform's own servers")


async def download(
    session: aiohttp.ClientSession,
    url: URL,
    *,
    headers: Mapping[str, str] | None = None,
    proxy: str | None = None,
    page_is_refusal: bool = False,
) -> AsyncGenerator[bytes, None]:
    """Read what is there, without following it elsewhere: the headers may hold our token.

    `page_is_refusal`: an HTML page stands for a login that failed. Errors hold no address.
    """
    try:
        async with session.get(
            url,
            headers={"Accept-Encoding": "identity", **(headers or {})},
            proxy=proxy,
            timeout=TIMEOUT,
            allow_redirects=False,
        ) as response:
            _check(response, page_is_refusal=page_is_refusal)
            async for part in response.content.iter_chunked(PART):
                yield part
    except (aiohttp.ClientError, OSError) as error:
        # The chain is cut: some of aiohttp's errors quote the address, with a secret in it.
        reason = f"the download broke off ({type(error).__name__})"
        raise FileUnavailableError(reason) from None


def _check(response: aiohttp.ClientResponse, *, page_is_refusal: bool) -> None:
    status = response.status
    if status == 429:
        raise RateLimitedError(_pause(response.headers.get("Retry-After", "")))
    if status >= 500 or status == 408:
        raise FileUnavailableError(f"the platform answered {status} for a file")
    if status != 200:
        raise FileRefusedError(f"the platform answered {status} for a file")
    if page_is_refusal and response.content_type == "text/html":
        raise FileRefusedError("the platform answered with a page to log in")


def _pause(retry_after: str) -> timedelta:
    try:
        seconds = float(retry_after)
    except ValueError:
        seconds = DEFAULT_PAUSE
    return timedelta(seconds=min(max(seconds, 0.0), LONGEST_PAUSE))
