"""python-telegram-bot on our own connections: for every method but the busiest."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import orjson
from telegram import Bot
from telegram.error import TelegramError
from telegram.request import BaseRequest, RequestData
from yarl import URL

from adapters.platforms.telegram.answers import result_of
from adapters.platforms.telegram.client import TIMEOUT, BotApi
from adapters.platforms.telegram.config import TelegramConfig
from core.errors import PlatformError


class CarriedError(TelegramError):
    """An error of core on its way through the library, which would wrap any other."""

    def __init__(self, error: PlatformError) -> None:
        super().__init__(str(error))
        self.error = error


class SharedRequest(BaseRequest):
    """The library's way out, over the connections of `BotApi`."""

    def __init__(self, api: BotApi) -> None:
        self._api = api

    @property
    def read_timeout(self) -> float | None:
        return TIMEOUT.sock_read

    async def initialize(self) -> None:
        """Nothing to do: the connections are opened by their first use."""

    async def shutdown(self) -> None:
        """Nothing to do: the connections are not ours."""

    async def do_request(
        self,
        url: str,
        method: str,  # noqa: ARG002  # every method of the Bot API can be posted
        request_data: RequestData | None = None,
        *_: Any,
        **__: Any,
    ) -> tuple[int, bytes]:
        """Post the fields, none of which is a file."""
        fields = request_data.json_parameters if request_data else {}
        try:
            status, body = await self._api.exchange(URL(url, encoded=True), fields, {})
            result = result_of(status, body)
        except PlatformError as error:
            raise CarriedError(error) from error
        return HTTPStatus.OK, orjson.dumps({"ok": True, "result": result})


def library_bot(config: TelegramConfig, api: BotApi) -> Bot:
    """The library's bot. Its calls belong within `core_errors`."""
    request = SharedRequest(api)
    return Bot(
        config.token,
        base_url=f"{config.api_url}/bot",
        request=request,
        get_updates_request=request,
    )


@contextmanager
def core_errors() -> Iterator[None]:
    """Raise the errors of core where the library carries them."""
    try:
        yield
    except CarriedError as carried:
        raise carried.error from carried.error.__cause__
