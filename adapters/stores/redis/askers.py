"""How often one may ask, and what is asked often, kept in Redis by its own clock."""

from asyncio import Future
from collections.abc import Awaitable, Generator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from redis.exceptions import ResponseError

from adapters.stores.redis.breaker import Breaker
from adapters.stores.redis.budgets import written
from adapters.stores.redis.connection import PREFIX
from adapters.stores.redis.functions import Functions, is_missing
from adapters.stores.redis.pipeline import Argument
from adapters.stores.redis.popularity import HALF_LIFE, KEPT, LIFETIME, key_of, storable
from core.errors import UnavailableError
from core.ports.budgets import Welcome, Window

WELCOMES = (Welcome.COME_IN, Welcome.TELL, Welcome.TURN_AWAY)
TOLD_AGAIN = timedelta(minutes=1)
ADDRESS = Window(limit=60, seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisAskers:
    """Buckets `{prefix}:budget:person:{{organization}}:{user}` and `{prefix}:budget:address:{...}`.

    `person` is how often one may ask; None: as often as they like. A person's bucket is in the same
    hash slot as the cached answers and the popular questions of their organization.
    """

    functions: Functions
    person: Window | None
    address: Window = ADDRESS
    prefix: str = PREFIX
    breaker: Breaker = field(default_factory=lambda: Breaker(what="askers"))
    _terms: tuple[Argument, ...] = field(init=False)

    def __post_init__(self) -> None:
        terms = (
            written([self.person]) if self.person else "",
            TOLD_AGAIN.total_seconds(),
            HALF_LIFE.total_seconds(),
            KEPT,
            int(LIFETIME.total_seconds()),
        )
        object.__setattr__(self, "_terms", terms)

    def ask(self, organization_id: UUID, user_id: UUID, question: str) -> Awaitable[Welcome]:
        """Send the call now; the answer is read when the welcome is awaited."""
        if self.breaker.is_open or not (self.person or question):
            return EVERYBODY
        keys = [
            f"{self.prefix}:budget:person:{{{organization_id}}}:{user_id}",
            key_of(organization_id, self.prefix),
        ]
        try:
            answer = self.functions.send("ask", keys, [*self._terms, storable(question)])
        except UnavailableError:  # the look-up beside it says so
            return EVERYBODY
        return Question(askers=self, answer=answer)

    async def visit(self, address: str) -> timedelta:
        """Take a token of an address; nobody has to stay away while Redis does."""
        if self.breaker.is_open:
            return timedelta()
        key = f"{self.prefix}:budget:address:{{{address}}}"
        try:
            wait = await self.functions.call("visit", [key], [written([self.address])])
        except (UnavailableError, ResponseError) as error:
            self.breaker.failed(error)
            return timedelta()
        self.breaker.worked()
        return timedelta(microseconds=wait)

    async def read(self, answer: "Future[Any]") -> Welcome:
        """What Redis said to a question."""
        try:
            welcome = WELCOMES[await answer]
        except (UnavailableError, ResponseError) as error:
            if is_missing(error):
                await self._load()
            else:
                self.breaker.failed(error)
            return Welcome.COME_IN
        self.breaker.worked()
        return welcome

    async def _load(self) -> None:
        """For the next one who asks: this one is let in."""
        try:
            await self.functions.load()
        except (UnavailableError, ResponseError) as error:
            self.breaker.failed(error)


@dataclass(slots=True, kw_only=True, eq=False)
class Question:
    """A question on its way. It may end before anybody wants to know how it was met."""

    askers: RedisAskers
    answer: "Future[Any]"

    def __post_init__(self) -> None:
        self.answer.add_done_callback(_read)

    def __await__(self) -> Generator[Any, None, Welcome]:
        return self.askers.read(self.answer).__await__()


class Everybody:
    """The welcome where nothing is counted."""

    def __await__(self) -> Generator[Any, None, Welcome]:
        return Welcome.COME_IN
        yield  # what makes it a generator


EVERYBODY = Everybody()


def _read(answer: "Future[Any]") -> None:
    """Take notice of an error for which nobody comes."""
    if not answer.cancelled():
        answer.exception()
