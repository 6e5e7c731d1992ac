"""A model on any server that speaks OpenAI's chat completions."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

import openai
from openai import AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletionChunk

from adapters.completers.breaker import Breaker
from adapters.completers.chunks import Chunk
from adapters.completers.limits import LIMITS, Limits
from adapters.completers.thinking import Spoken
from core.errors import UnavailableError
from core.ports.completer import Prompt, Spent

PUBLIC_API = "https://api.openai.com/v1"
NO_KEY = "none"  # for a server that wants none; the client insists on one
THINKING = 2_000  # tokens of a model that thinks first, which count as if it said them
COUNTS = "stream_options"  # by which servers are asked what an answer took; not all know it
CUT = {
    "length": "its answer is longer than allowed",
    "content_filter": "a filter of its server stopped it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAddress:
    """Which model, and where. Without a `base_url` it is OpenAI's own server."""

    model: str
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class Manners:
    """What its server turned out to know. `counts`: it says what an answer took."""

    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAICompleter:
    """`Completer` over HTTP. Nothing is sent twice: whoever asks has an answer without it."""

    address: ModelAddress
    client: AsyncOpenAI
    limits: Limits
    breaker: Breaker
    places: asyncio.Semaphore
    manners: Manners = field(default_factory=Manners)

    @classmethod
    @asynccontextmanager
    async def open(cls, address: ModelAddress, limits: Limits = LIMITS) -> AsyncIterator[Self]:
        """Make a client. Nothing is asked yet: a server that is away costs its answers, no more."""
        timeout = openai.Timeout(
            limits.total.total_seconds(), connect=limits.connect.total_seconds()
        )
        client = AsyncOpenAI(
            api_key=address.api_key or NO_KEY,
            base_url=address.base_url or PUBLIC_API,
            max_retries=0,
            timeout=timeout,
        )
        async with client:
            yield cls(
                address=address,
                client=client,
                limits=limits,
                breaker=Breaker(failures=limits.failures, rest=limits.rest),
                places=asyncio.Semaphore(limits.at_once),
            )

    @property
    def model(self) -> str:
        return self.address.model

    @property
    def trouble(self) -> str:
        """Why it is not asked now; empty when it is."""
        return self.breaker.trouble

    async def complete(self, prompt: Prompt) -> AsyncGenerator[str | Spent, None]:
        self.breaker.check()
        try:
            async with aclosing(self._pieces(prompt)) as pieces:
                async for piece in pieces:
                    yield piece
        except openai.APIStatusError as error:
            # The chain is cut: a server's words can quote what it was sent.
            raise self._refused(error) from None
        except _Cut as error:
            raise UnavailableError(str(error)) from None
        except (openai.OpenAIError, ValueError, TimeoutError) as error:
            reason = _reason(error)
            self.breaker.failed(reason)
            raise UnavailableError(reason) from None
        self.breaker.worked()

    async def _pieces(self, prompt: Prompt) -> AsyncGenerator[str | Spent, None]:
        """No time limit lies around a `yield`: it would fall on whoever reads."""
        now = asyncio.get_running_loop().time()
        first = now + self.limits.first.total_seconds()
        last = now + self.limits.total.total_seconds()
        async with asyncio.timeout_at(first):
            await self.places.acquire()
        try:
            async with asyncio.timeout_at(first):
                stream = await self._ask(prompt)
            async with stream:
                finish, deadline, spoken = None, first, Spoken()
                while True:
                    async with asyncio.timeout_at(deadline):
                        event = await anext(stream, None)
                    if event is None:
                        break
                    chunk = Chunk.model_validate(event, from_attributes=True)
                    finish = chunk.finish or finish
                    if chunk.piece:
                        deadline = last
                    if piece := spoken.take(chunk.piece):
                        yield piece
                    if chunk.spent:
                        yield chunk.spent
            _check_end(finish)
            if piece := spoken.rest():
                yield piece
        finally:
            self.places.release()

    async def _ask(self, prompt: Prompt) -> AsyncStream[ChatCompletionChunk]:
        """Ask. A server that refuses to count has done nothing yet, and is asked without."""
        try:
            return await self._stream(prompt)
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            if COUNTS not in str(error) or not self.manners.counts:
                raise
            self.manners.counts = False
            return await self._stream(prompt)

    async def _stream(self, prompt: Prompt) -> AsyncStream[ChatCompletionChunk]:
        longest = prompt.longest + THINKING
        own = self.address.base_url in (None, PUBLIC_API)
        return await self.client.chat.completions.create(
            model=self.address.model,
            messages=[
                {"role": "system", "content": prompt.instructions},
                {"role": "user", "content": prompt.material},
            ],
            stream=True,
            stream_options={"include_usage": True} if self.manners.counts else openai.omit,
            # OpenAI's newer models refuse what other servers know, and the other way round.
            max_completion_tokens=longest if own else openai.omit,
            max_tokens=openai.omit if own else longest,
            temperature=openai.omit if own else 0,
        )

    def _refused(self, error: openai.APIStatusError) -> UnavailableError:
        reason = f"its server answers with status {error.status_code}"
        if error.code or error.type:
            reason += f" ({error.code or error.type})"
        match error.status_code:
            case 429:
                self.breaker.open(reason, rest=self._asked_rest(error))
            case 401 | 403 | 404:
                self.breaker.open(reason, rest=self.limits.refused)
            case _:
                self.breaker.failed(reason)
        return UnavailableError(reason)

    def _asked_rest(self, error: openai.APIStatusError) -> timedelta:
        try:
            asked = timedelta(seconds=float(error.response.headers.get("retry-after", "")))
        except (ValueError, OverflowError):  # a date, or nothing
            return self.limits.rest
        return min(max(asked, timedelta()), self.limits.longest_rest)


class _Cut(Exception):  # noqa: N818 (the server did nothing wrong)
    """The answer ends before it is whole."""


def _check_end(finish: str | None) -> None:
    if finish is None:
        raise ValueError("its answer breaks off in the middle")
    if finish in CUT:
        raise _Cut(CUT[finish])


def _reason(error: Exception) -> str:
    match error:
        case openai.APITimeoutError() | TimeoutError():
            return "no answer in time"
        case openai.APIConnectionError():
            return "its server cannot be reached"
        case ValueError() if type(error) is ValueError:
            return str(error)
        case _:
            return "what its server sends is no chat completion"
