"""Hold a running stand-in that can be replaced by a new one at the same address."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar


class Runs(Protocol):
    """What is entered and left as an async context manager."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


Running = TypeVar("Running", bound=Runs)


@dataclass(slots=True)
class Seat(Generic[Running]):
    """The stand-in that runs now. `successor` makes one with the same address and tokens."""

    current: Running
    successor: Callable[[Running], Running]

    async def restart(self) -> None:
        """Stop the stand-in, and run its successor."""
        await self.current.__aexit__(None, None, None)
        self.current = self.successor(self.current)
        await self.current.__aenter__()

    @asynccontextmanager
    async def occupied(self) -> AsyncIterator[None]:
        """Run while the context is open, whoever is in the seat by then."""
        await self.current.__aenter__()
        try:
            yield
        finally:
            await self.current.__aexit__(None, None, None)
