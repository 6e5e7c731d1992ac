"""Group work without showing it: what waits during a statement goes into the next one."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from core.errors import UnavailableError

Item = TypeVar("Item")
Result = TypeVar("Result")

GROUP_LIMIT = 256  # rows a statement; larger groups gain nothing and hold locks longer


@dataclass(slots=True, kw_only=True)
class Grouping(Generic[Item, Result]):
    """One item in, one result out; `execute` sees many, in the order they came.

    A group that fails for a reason of its data is split until the item at fault is alone: it gets
    the error, and the others their results. A caller that is cancelled leaves its item in.
    """

    execute: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]]
    limit: int = GROUP_LIMIT
    _waiting: deque[tuple[Item, asyncio.Future[Result]]] = field(default_factory=deque)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _closed: bool = False

    async def __call__(self, item: Item) -> Result:
        """Wait for the item's result. Items of one caller keep their order."""
        if self._closed:
            raise UnavailableError("stopped")
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._idle.clear()
        self._arrived.set()
        return await future

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work while the context is open; what waits at its end is still finished.

        Not a TaskGroup: that would wrap the errors of whatever runs inside the context.
        """
        worker = asyncio.get_running_loop().create_task(self._work())
        try:
            yield
            await self._idle.wait()
        finally:
            self._closed = True
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)
            while self._waiting:
                _fail([self._waiting.popleft()], UnavailableError("stopped"))

    async def _work(self) -> None:
        while True:
            self._idle.set()
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                size = min(self.limit, len(self._waiting))
                await self._run([self._waiting.popleft() for _ in range(size)])

    async def _run(self, group: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self.execute([item for item, _ in group])
        except asyncio.CancelledError:
            _fail(group, UnavailableError("stopped"))
            raise
        except UnavailableError as error:
            _fail(group, error)
        except Exception as error:  # noqa: BLE001 (handed to the caller whose item it is)
            if len(group) == 1:
                _fail(group, error)
                return
            half = len(group) // 2
            await self._run(group[:half])
            await self._run(group[half:])
        else:
            for (_, future), result in zip(group, results, strict=True):
                if not future.done():
                    future.set_result(result)


def _fail(group: Sequence[tuple[Item, asyncio.Future[Result]]], error: Exception) -> None:
    for _, future in group:
        if not future.done():
            future.set_exception(error)
