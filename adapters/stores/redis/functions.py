"""Our functions in Redis, loaded where they are missing."""

from asyncio import Future
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any

from redis.exceptions import ResponseError

from adapters.stores.redis.pipeline import Argument, Pipeline

SOURCE = "functions.lua"
MISSING = "Function not found"
LOADED_ALREADY = "already exists"


class Functions:
    """One round trip a call; one more for the first after the server was started.

    The library is named by its content, so that bots of different versions get on with each other.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._library, self._code = _library()

    def send(
        self, function: str, keys: Sequence[str], arguments: Sequence[Argument]
    ) -> "Future[Any]":
        """Queue a call now. Raises as `call` does, and where the functions are not loaded."""
        name = f"{self._library}_{function}"
        return self._pipeline.send("FCALL", name, len(keys), *keys, *arguments)

    async def call(self, function: str, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
        """Call a function. `UnavailableError`, or `ResponseError` where a login may not."""
        try:
            return await self.send(function, keys, arguments)
        except ResponseError as error:
            if not is_missing(error):
                raise
        await self.load()
        return await self.send(function, keys, arguments)

    async def load(self) -> None:
        """Bring the functions to the server."""
        try:
            await self._pipeline.execute("FUNCTION", "LOAD", self._code)
        except ResponseError as error:
            if LOADED_ALREADY not in str(error):
                raise


def is_missing(error: BaseException) -> bool:
    """Whether the server has none of our functions: it was started since, or flushed of them."""
    return isinstance(error, ResponseError) and MISSING in str(error)


@cache
def _library() -> tuple[str, str]:
    """Its name and its code."""
    source = files(__package__).joinpath(SOURCE).read_text(encoding="utf-8")
    name = f"trialogue_{blake2b(source.encode(), digest_size=4).hexdigest()}"
    return name, source.replace("LIBRARY", name)
