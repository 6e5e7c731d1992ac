"""Calls of the platforms' APIs, as the checks need them: once, with few words for what fails."""

import os
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
from yarl import URL

from core.errors import UnavailableError

TIMEOUT = aiohttp.ClientTimeout(total=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer; `body` is its JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def fields(self) -> Mapping[str, Any]:
        """The body where it is an object, else nothing."""
        return self.body if isinstance(self.body, dict) else {}

    def seconds_apart(self, now: datetime) -> float | None:
        """How far our clock is ahead of the server's; None where it does not say."""
        try:
            theirs = parsedate_to_datetime(self.headers.get("Date", ""))
        except ValueError:
            return None
        return (now - theirs.astimezone(UTC)).total_seconds()


@asynccontextmanager
async def session_for(address: str, *, proxy: bool = False) -> AsyncIterator[aiohttp.ClientSession]:
    """A session. With `proxy` that of the environment is used, as the adapter does."""
    trust = proxy and not _is_loopback(urlsplit(address).hostname or "")
    async with aiohttp.ClientSession(timeout=TIMEOUT, trust_env=trust) as session:
        yield session


async def ask(
    address: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    proxy: bool = False,
) -> Answer:
    """Call once. `UnavailableError` says in a few words why there is no answer of the API's."""
    try:
        async with (
            session_for(address, proxy=proxy) as session,
            session.request(method, URL(address, encoded=True), headers=headers) as response,
        ):
            body = await response.read()
            given = Answer(status=response.status, headers=response.headers, body=None)
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        # The chain is cut: the library's words can hold the address, and that a token.
        raise UnavailableError(reason(error)) from None
    try:
        return Answer(status=given.status, headers=given.headers, body=orjson.loads(body))
    except orjson.JSONDecodeError:
        raise UnavailableError(f"status {given.status} with no JSON, not its API") from None


def reason(error: Exception) -> str:
    """Why a call brought no answer, without an address."""
    match error:
        case TimeoutError():
            return "no answer"
        case aiohttp.ClientConnectorDNSError():
            return "its name is not known here"
        case aiohttp.ClientConnectorCertificateError() | ssl.SSLError():
            return "its certificate is not trusted here"
        case aiohttp.InvalidURL() | ValueError():
            return "that is no address"
        case OSError(errno=int(number)) if number > 0:
            return os.strerror(number).lower()
        case _:
            return type(error).__name__


def host_of(address: str) -> str:
    """Where an address leads, with nothing of its path: that may be secret."""
    return urlsplit(address).netloc.rpartition("@")[2] or "nowhere"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
