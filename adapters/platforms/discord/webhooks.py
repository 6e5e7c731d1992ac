"""The calls that need an interaction's token instead of the bot's.

They are made past discord.py: it writes their addresses, and with them the tokens, into its log,
and repeats a followup after a 5xx although that may have been shown.
"""

from collections.abc import Mapping
from typing import Any

import aiohttp
import orjson
from aiohttp import hdrs

from adapters.platforms.discord.bans import Ban
from adapters.platforms.discord.errors import (
    CALL_ERRORS,
    is_from_edge,
    of_answer,
    to_platform_error,
)
from adapters.platforms.discord.handles import Handle
from core.errors import NotPostedError, RateLimitedError, UnconfirmedError

TIMEOUT = aiohttp.ClientTimeout(total=20, connect=5)
CALLBACK_TIMEOUT = aiohttp.ClientTimeout(total=1.2, connect=0.6)
CONNECTIONS = 64
UNAUTHORIZED, NOT_FOUND = 401, 404
ACKNOWLEDGED, UNKNOWN_MESSAGE, UNKNOWN_INTERACTION = 40060, 10008, 10062

Body = Mapping[str, object]


class ExpiredError(Exception):
    """Discord does not know the interaction: its time is over, or it is gone."""

    def __init__(self, code: int) -> None:
        super().__init__(f"code {code}")
        self.code = code


class Webhooks:
    """What may be said in answer to interactions. Errors are those of `ChatAdapter.send`."""

    def __init__(self, api_url: str, ban: Ban) -> None:
        self._api_url = api_url
        self._ban = ban
        self._session: aiohttp.ClientSession | None = None
        self._is_closed = False

    async def close(self) -> None:
        """Drop the connections."""
        self._is_closed = True
        if self._session is not None:
            await self._session.close()

    async def acknowledge(self, identifier: str, token: str, callback: Body) -> None:
        """Give the initial response. It is no error when somebody else of this bot already has."""
        path = f"/interactions/{identifier}/{token}/callback"
        try:
            await self._call("POST", path, callback, timeout=CALLBACK_TIMEOUT)
        except (NotPostedError, UnconfirmedError):  # such as a kept connection that was closed
            await self._call("POST", path, callback, timeout=CALLBACK_TIMEOUT)

    async def edit_original(self, handle: Handle, body: Body) -> Mapping[str, Any]:
        """Put a message in the place of "thinking"; the same again changes nothing."""
        return await self._call("PATCH", f"{_path(handle)}/messages/@original", body)

    async def delete_original(self, handle: Handle) -> None:
        """Take "thinking" away, if it is still there."""
        try:
            await self._call("DELETE", f"{_path(handle)}/messages/@original", None)
        except ExpiredError as error:
            if error.code != UNKNOWN_MESSAGE:
                raise

    async def follow_up(self, handle: Handle, body: Body) -> Mapping[str, Any]:
        """Post one more message. Not idempotent."""
        return await self._call("POST", f"{_path(handle)}?wait=true", body)

    def session(self) -> aiohttp.ClientSession:
        """Give the connections; `NotPostedError` once they are closed."""
        if self._is_closed:
            raise NotPostedError("the connections to Discord are closed")
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=CONNECTIONS)
            self._session = aiohttp.ClientSession(connector=connector)
        return self._session

    async def _call(
        self,
        method: str,
        path: str,
        body: Body | None,
        *,
        timeout: aiohttp.ClientTimeout = TIMEOUT,
    ) -> Mapping[str, Any]:
        self._ban.check()
        session = self.session()
        try:
            async with session.request(
                method,
                self._api_url + path,
                data=None if body is None else orjson.dumps(body),
                headers={hdrs.CONTENT_TYPE: "application/json"},
                timeout=timeout,
            ) as response:
                answer = _parse(await response.read())
        except CALL_ERRORS as error:
            # The chain is cut: some of aiohttp's errors quote the address, with the token in it.
            raise to_platform_error(error) from None
        return self._judged(response.status, answer, response.headers)

    def _judged(
        self, status: int, answer: Mapping[str, Any], headers: Mapping[str, str]
    ) -> Mapping[str, Any]:
        told = answer.get("code")
        code = told if isinstance(told, int) else 0
        if 200 <= status < 300 or code == ACKNOWLEDGED:
            return answer
        if status in (UNAUTHORIZED, NOT_FOUND):
            raise ExpiredError(code)
        meaning = of_answer(status, code, headers)
        if isinstance(meaning, RateLimitedError) and is_from_edge(status, headers):
            self._ban.begin(meaning.retry_after)
        raise meaning


def _path(handle: Handle) -> str:
    return f"/webhooks/{handle.application}/{handle.token}"


def _parse(body: bytes) -> Mapping[str, Any]:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}
