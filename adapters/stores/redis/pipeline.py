"""Send the commands that wait while a group is under way together, in the next group."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import hiredis
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from adapters.stores.limits import REDIS
from adapters.stores.redis.connection import is_refusal, unavailable
from adapters.stores.redis.workers import leave
from core.errors import UnavailableError

GROUP = REDIS.commands
"""Commands in one group at most."""

WAITING = REDIS.waiting
"""Commands that may wait before new ones are turned away."""

GROUP_TIMEOUT = REDIS.group.total_seconds()
"""Seconds for one group, connecting included."""

Argument = str | bytes | int | float


@dataclass(slots=True)
class _Waiting:
    """A command on its way and where its answer goes."""

    command: bytes
    answer: asyncio.Future[Any]


class Pipeline:
    """One round trip for everything that waits; a caller sees only its own command.

    Groups are no transactions. Use it inside `async with`: its worker runs there.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        group: int = GROUP,
        waiting: int = WAITING,
        timeout: float = GROUP_TIMEOUT,
    ) -> None:
        self._pool = redis.connection_pool
        self._group = group
        self._limit = waiting
        self._timeout = timeout
        self._waiting: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._workers = asyncio.TaskGroup()
        self._worker: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._workers.__aenter__()
        self._worker = self._workers.create_task(self._work())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._worker is not None:
            self._worker.cancel()
        self._worker = None
        await leave(self._workers, kind, error, traceback)

    async def execute(self, *command: Argument) -> Any:
        """Run one command and return its raw answer (bytes, int, list or None).

        `UnavailableError` when Redis is gone, slow, full or read-only: the command ran or did not.
        `ResponseError` when Redis refuses the command itself, `TypeError` when an argument is none.
        """
        return await self.send(*command)

    def send(self, *command: Argument) -> asyncio.Future[Any]:
        """Queue a command now. Both this and its answer raise as `execute` does.

        What is sent before the caller waits for anything goes out in one group.
        """
        if self._worker is None:
            raise UnavailableError("the connection to Redis is closed")
        if len(self._waiting) >= self._limit:
            raise UnavailableError("Redis does not keep up: too many commands wait")
        # Packed here, so that an argument that cannot be sent is its caller's error alone.
        packed = hiredis.pack_command(command)  # type: ignore[arg-type] # its stub says a 1-tuple
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(packed, answer))
        self._wake.set()
        return answer

    async def _work(self) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    await self._send(self._next_group())
        finally:
            self._fail(self._waiting, UnavailableError("the connection to Redis is closed"))

    def _next_group(self) -> Sequence[_Waiting]:
        count = min(self._group, len(self._waiting))
        group = (self._waiting.popleft() for _ in range(count))
        return [one for one in group if not one.answer.done()]

    async def _send(self, group: Sequence[_Waiting]) -> None:
        if not group:
            return
        try:
            async with asyncio.timeout(self._timeout):
                answers = await self._exchange(group)
        except asyncio.CancelledError:
            self._fail(group, UnavailableError("the connection to Redis is closed"))
            raise
        except (RedisError, OSError) as error:
            # Whoever waits behind would only wait for the same end.
            self._fail([*group, *self._waiting], unavailable(error))
            self._waiting.clear()
        else:
            _deliver(group, answers)

    async def _exchange(self, group: Sequence[_Waiting]) -> Sequence[Any]:
        connection = await self._pool.get_connection()  # type: ignore[no-untyped-call]
        try:
            await connection.send_packed_command(b"".join(one.command for one in group))
            return [await _answer(connection) for _ in group]
        finally:
            await self._pool.release(connection)

    @staticmethod
    def _fail(waiting: Iterable[_Waiting], error: UnavailableError) -> None:
        for one in waiting:
            if not one.answer.done():
                # An exception object collects the traceback of every one who raises it.
                one.answer.set_exception(UnavailableError(str(error)))


async def _answer(connection: Any) -> Any:
    try:
        return await connection.read_response()
    except ResponseError as refusal:
        return refusal


def _deliver(group: Sequence[_Waiting], answers: Sequence[Any]) -> None:
    for one, answer in zip(group, answers, strict=True):
        if one.answer.done():
            continue
        if isinstance(answer, ResponseError):
            one.answer.set_exception(answer if is_refusal(answer) else unavailable(answer))
        else:
            one.answer.set_result(answer)
