"""Reading what strangers send: bounded in size and time, and whatever is in it."""

import asyncio
from json import loads as tolerant_loads

import orjson
from aiohttp import hdrs, web

LIMIT = 1024 * 1024
SECONDS = 10


class BodyError(Exception):
    """The body is not worth reading on; `status` is the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(f"refused with {status}")
        self.status = status


async def read_body(request: web.Request) -> bytes:
    """Return the raw body. `BodyError` as soon as it is known to be too large, slow or broken."""
    try:
        return await _read(request)
    except TimeoutError as error:
        raise BodyError(408) from error
    except (web.RequestPayloadError, ValueError) as error:
        raise BodyError(400) from error


async def _read(request: web.Request) -> bytes:
    if int(request.headers.get(hdrs.CONTENT_LENGTH, "0")) > LIMIT:
        raise BodyError(413)
    content = request.content
    if content.is_eof():  # all of it came with the headers
        return content.read_nowait()
    collected = bytearray()
    async with asyncio.timeout(SECONDS):
        while not content.at_eof():
            collected += await content.readany()
            if len(collected) > LIMIT:
                raise BodyError(413)
    return bytes(collected)


def read_object(body: bytes) -> dict[str, object] | None:
    """Return the JSON object of a body; None when it is not one.

    orjson refuses escapes of lone surrogates, which people do send: the standard library takes
    them, and the text is cleaned later.
    """
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            payload = tolerant_loads(body)
        except (ValueError, RecursionError):
            return None
    return payload if isinstance(payload, dict) else None
