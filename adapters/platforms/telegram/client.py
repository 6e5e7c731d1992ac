"""Raw calls of the Bot API, for the methods that every message needs."""

from collections.abc import Mapping
from typing import Self

import orjson
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    TCPConnector,
)
from yarl import URL

from adapters.platforms.telegram.answers import result_of
from adapters.platforms.telegram.config import TelegramConfig
from core.errors import NotPostedError, TokenRejectedError, UnconfirmedError

WHO_AM_I = "getMe"
UNAUTHORIZED = 401

JSON = {"Content-Type": "application/json"}
TIMEOUT = ClientTimeout(total=60, connect=10, sock_read=30)
CONNECTIONS = 100


class BotApi:
    """One bot on a Bot API server. Errors never hold an address: the token is a part of it.

    Once the token was refused no call is made, until `getMe` says that it is good again.
    """

    def __init__(self, config: TelegramConfig) -> None:
        self._config = config
        self._is_refused = False
        self._session: ClientSession | None = None

    async def call(
        self, method: str, parameters: Mapping[str, object], *, timeout: ClientTimeout = TIMEOUT
    ) -> object:
        """Call a method once and return its result. Raises what `ChatAdapter.send` may."""
        if self._is_refused and method != WHO_AM_I:
            raise TokenRejectedError("Telegram refused this bot's token a while ago")
        url = URL(self._config.base_url + method, encoded=True)
        status, body = await self.exchange(url, orjson.dumps(parameters), JSON, timeout)
        self._is_refused = status == UNAUTHORIZED
        return result_of(status, body)

    async def exchange(
        self,
        url: URL,
        body: bytes | Mapping[str, str],
        headers: Mapping[str, str],
        timeout: ClientTimeout = TIMEOUT,
    ) -> tuple[int, bytes]:
        """Post a body, or form fields. `NotPostedError`: not a byte of it was sent."""
        try:
            # A redirect would carry the token to another server.
            async with self.session().post(
                url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                return response.status, await response.read()
        except (ClientConnectorError, ConnectionTimeoutError) as error:
            raise NotPostedError("Telegram cannot be reached") from error
        except TimeoutError as error:
            raise UnconfirmedError("Telegram did not answer in time") from error
        except (ClientError, OSError) as error:
            raise UnconfirmedError("the connection to Telegram broke") from error

    async def close(self) -> None:
        """Drop the connections. A later call opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def session(self) -> ClientSession:
        """The connections, made within the running loop at its first use."""
        if self._session is None or self._session.closed:
            self._session = ClientSession(
                connector=TCPConnector(limit=CONNECTIONS), cookie_jar=DummyCookieJar()
            )
        return self._session
