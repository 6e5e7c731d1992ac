"""Calls of Slack's Web API: slack_sdk's client on one session, without repeats of its own."""

import asyncio
import logging
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

import aiohttp
import orjson
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.platforms.slack.errors import CALL_ERRORS, to_platform_error
from core.errors import TokenRejectedError

TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
IDENTITY = "auth.test"


@dataclass(slots=True, kw_only=True)
class WebApi:
    """The Web API at one address, with the bot's token unless a call brings another.

    Once Slack has refused the token no call is made with it but `auth.test`, which says whether it
    is good again.
    """

    token: str = field(repr=False)
    address: str
    timeout: aiohttp.ClientTimeout = TIMEOUT
    _client: AsyncWebClient | None = None
    _refusal: str = ""
    _refused: asyncio.Event = field(default_factory=asyncio.Event)

    async def call(
        self,
        method: str,
        payload: dict[str, object] | None = None,
        params: dict[str, str] | None = None,
    ) -> AsyncSlackResponse:
        """Call once. Raises as `ChatAdapter.send` does."""
        if self._refusal and method != IDENTITY:
            raise TokenRejectedError(self._refusal)
        try:
            answer = await self._open().api_call(method, json=payload, params=params)
        except CALL_ERRORS as error:
            problem = to_platform_error(error)
            if isinstance(problem, TokenRejectedError):
                self._refusal = str(problem)
                self._refused.set()
            raise problem from error
        if method == IDENTITY:
            self._refusal = ""
            self._refused.clear()
        return answer

    async def until_refused(self) -> None:
        """Wait until Slack refuses the token, and raise `TokenRejectedError`."""
        await self._refused.wait()
        raise TokenRejectedError(self._refusal)

    async def socket_address(self, app_token: str) -> str:
        """Ask where to open a socket. The address is good for one, and a secret."""
        try:
            answer = await self._open().apps_connections_open(app_token=app_token)
        except CALL_ERRORS as error:
            raise to_platform_error(error) from error
        return str(answer.get("url") or "")

    @property
    def session(self) -> aiohttp.ClientSession:
        """The connections, for addresses that Slack gives; no token is sent by itself."""
        session = self._open().session
        assert session is not None  # noqa: S101 - it is made with one
        return session

    @property
    def proxy(self) -> str | None:
        """The proxy on the way to Slack."""
        return self._open().proxy

    async def close(self) -> None:
        """Drop the connections. A later call opens new ones."""
        client, self._client = self._client, None
        if client is not None and client.session is not None:
            await client.session.close()

    def _open(self) -> AsyncWebClient:
        """The client, made within the running loop at its first use."""
        if self._client is None:
            self._client = _open(self.token, self.address, self.timeout)
        return self._client


def _open(token: str, address: str, timeout: aiohttp.ClientTimeout) -> AsyncWebClient:
    client = AsyncWebClient(
        token=token,
        base_url=address,
        session=aiohttp.ClientSession(timeout=timeout, json_serialize_bytes=orjson.dumps),
        logger=_quiet_logger(),
        # A repeated post is a second message: the outbox decides about repeats.
        retry_handlers=[],
    )
    if _is_direct(urlsplit(address).hostname or ""):
        client.proxy = None
    return client


def _quiet_logger() -> logging.Logger:
    """Slack's client builds its debug lines, with people's words, unless its own level is set."""
    logger = logging.getLogger("slack_sdk.trialogue")
    logger.setLevel(logging.WARNING)
    return logger


def _is_direct(host: str) -> bool:
    """Whether the proxy that slack_sdk takes from the environment is not for this host."""
    try:
        loopback = ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    return loopback or bool(proxy_bypass(host))
