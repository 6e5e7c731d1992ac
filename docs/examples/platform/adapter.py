"""Courier: messages by polling, postings by HTTP."""

import asyncio
from datetime import timedelta
from typing import Any, Self

import aiohttp
import orjson

from core.errors import (
    NotPostedError,
    RateLimitedError,
    RejectedError,
    TokenRejectedError,
    UnavailableError,
    UnconfirmedError,
)
from core.messages import Capability, Delivery, IncomingMessage, Platform, Posting
from core.ports.platform import Receive
from docs.examples.platform.config import CourierConfig
from docs.examples.platform.events import to_message
from docs.examples.platform.render import TEXT_LIMIT, to_payload

TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
PAUSE = 0.2
"""Seconds between two questions whether there is anything new."""


class CourierAdapter:
    """One bot on Courier. `close` it at the end."""

    platform = Platform.HTTP
    capabilities = Capability.EPHEMERAL
    text_limit = TEXT_LIMIT

    def __init__(self, config: CourierConfig) -> None:
        self._config = config
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Drop the connections. A later call opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def listen(self, receive: Receive) -> None:
        """Poll: a message is acknowledged, by asking for those after it, once it is committed."""
        while True:
            for payload in await self._waiting():
                message = to_message(payload)
                if message is not None:
                    await _commit(receive, message)
                await self._call("POST", f"/messages/{payload['number']}/done")
            await asyncio.sleep(PAUSE)

    async def send(self, posting: Posting) -> Delivery:
        """Post once. The key makes a repeat harmless, so that nothing needs to be looked up."""
        answer = await self._call("POST", "/messages", to_payload(posting))
        return Delivery(message_ids=(str(answer["number"]),))

    async def _waiting(self) -> list[dict[str, Any]]:
        answer = await self._call("GET", "/messages")
        return [one for one in answer["messages"] if isinstance(one, dict)]

    async def _call(self, method: str, path: str, said: object = None) -> dict[str, Any]:
        """One call, its failures in the core's words."""
        address = self._config.api_url + path
        try:
            async with self._open().request(method, address, json=said) as answer:
                body = await answer.read()
        except aiohttp.ClientConnectorError as error:
            raise NotPostedError("Courier cannot be reached") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise UnconfirmedError("Courier did not answer") from error
        match answer.status:
            case 200:
                return dict(orjson.loads(body))
            case 401:
                raise TokenRejectedError("Courier refused the token")
            case 429:
                raise RateLimitedError(timedelta(seconds=float(answer.headers["Retry-After"])))
            case status if status >= 500:
                raise UnconfirmedError(f"Courier answered with {status}")
            case status:
                raise RejectedError(f"Courier refused it ({status})")

    def _open(self) -> aiohttp.ClientSession:
        """The connections, made within the running loop at their first use."""
        if self._session is None:
            headers = {"Authorization": f"Bearer {self._config.token}"}
            self._session = aiohttp.ClientSession(headers=headers, timeout=TIMEOUT)
        return self._session


async def _commit(receive: Receive, message: IncomingMessage) -> None:
    """Hand over until it is committed: what comes after it must not overtake it."""
    while True:
        try:
            await receive(message)
        except UnavailableError:
            await asyncio.sleep(PAUSE)
        else:
            return
