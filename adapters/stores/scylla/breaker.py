"""A circuit breaker: what fails again and again is not asked for a while."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from core.errors import UnavailableError


@dataclass(slots=True, kw_only=True)
class Breaker:
    """Closed while calls succeed; `failures` in a row open it, and a probe's success closes it.

    `reason` says why it is open. It begins open: nothing has answered yet.
    """

    failures: int
    reason: str = "not reached yet"
    _in_a_row: int = 0
    _opened: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._opened.set()

    @property
    def is_open(self) -> bool:
        """Whether calls are refused."""
        return self._opened.is_set()

    @contextmanager
    def call(self) -> Iterator[None]:
        """Make a call, or raise `UnavailableError` at once; only that error counts as failure."""
        if self.is_open:
            raise UnavailableError(f"ScyllaDB: {self.reason}")
        try:
            yield
        except UnavailableError as error:
            self._in_a_row += 1
            if self._in_a_row >= self.failures:
                self.open(str(error))
            raise
        else:
            self._in_a_row = 0

    def open(self, reason: str) -> None:
        """Refuse calls from now on."""
        self.reason = reason.removeprefix("ScyllaDB: ")
        self._opened.set()

    def close(self) -> None:
        """Let calls through again."""
        self._in_a_row = 0
        self._opened.clear()

    async def wait_open(self) -> None:
        """Wait until it is open."""
        await self._opened.wait()
