"""Replies by a `response_url`: five uses in half an hour, and no token.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import orjson
from aiohttp import ClientResponse

from adapters.platforms.slack.errors import CALL_ERRORS, to_platform_error, to_refusal
from adapters.platforms.slack.webapi import WebApi
from core.messages import ReplyHandle
from core.ports.clock import Clock

USES = 5
RESERVED = 1  # for an apology, which has no other way
MOST_COUNTED = 10_000
WORD = re.compile(rb"[a-z_]{3,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """Posts by handles, and counts how often each was used."""

    web: WebApi
    clock: Clock
    _uses: OrderedDict[str, int] = field(default_factory=OrderedDict)

    def is_usable(self, handle: ReplyHandle, *, reserved: int = RESERVED) -> bool:
        """Whether the handle leads to Slack, is in time, and has uses left beyond the reserve."""
        left = USES - self._uses.get(handle.value, 0)
        return left > reserved and handle.expires_at > self.clock() and self._is_slack(handle.value)

    async def post(self, handle: ReplyHandle, payload: Mapping[str, object]) -> None:
        """Post once. Raises as `ChatAdapter.send` does; `RejectedError` also when it expired."""
        self._count(handle.value)
        try:
            # The address is a secret, so that nothing of aiohttp's own words may be passed on.
            async with self.web.session.post(
                handle.value,
                data=orjson.dumps(payload),
                headers={"Content-Type": "application/json"},
                allow_redirects=False,
                proxy=self.web.proxy,
            ) as response:
                code = await _refusal(response)
        except CALL_ERRORS as error:
            raise to_platform_error(error) from None
        if code or not 200 <= response.status < 300:
            raise to_refusal(response.status, code, response.headers)

    def _is_slack(self, url: str) -> bool:
        """Whether the address is of the host that we call anyway, or of its `hooks`."""
        api = urlsplit(self.web.address)
        try:
            place = urlsplit(url)
            known = (place.hostname, place.port)
        except ValueError:
            return False
        hosts = {(api.hostname, api.port), (f"hooks.{api.hostname}", None)}
        return place.scheme == api.scheme and known in hosts and place.username is None

    def _count(self, url: str) -> None:
        self._uses[url] = self._uses.pop(url, 0) + 1
        while len(self._uses) > MOST_COUNTED:
            self._uses.popitem(last=False)


async def _refusal(response: ClientResponse) -> str | None:
    """Slack's word for why not; it answers with JSON, or with the bare word."""
    body = await response.read()
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        word = body.strip()
        refused = response.status >= 300 and WORD.fullmatch(word)
        return word.decode() if refused else None
    if isinstance(answer, dict) and answer.get("ok") is False:
        return str(answer.get("error"))
    return None
