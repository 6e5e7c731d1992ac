"""From asyncio to the driver and back, in batches and without ever blocking the event loop."""

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from cassandra.cluster import ResponseFuture, Session
from cassandra.query import Statement

Row = tuple[Any, ...]


@dataclass(slots=True, kw_only=True, eq=False)
class _Call:
    """A statement on its way, and the pages that have come back."""

    statement: Statement
    result: "asyncio.Future[list[Row]]"
    rows: list[Row] = field(default_factory=list)
    response: ResponseFuture | None = None
    error: Exception | None = None


class Bridge:
    """Sends statements from a thread of its own: the driver may wait there for a connection.

    What is asked in one turn of the event loop is handed to that thread at once, and what has come
    back by its next turn is taken over at once: one wake-up for many statements either way.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._loop = asyncio.get_running_loop()
        self._asked: list[_Call] = []
        self._to_send: SimpleQueue[Sequence[_Call] | None] = SimpleQueue()
        self._ended: deque[_Call] = deque()
        self._waking = False
        self._thread = threading.Thread(target=self._send_all, name="scylla-send", daemon=True)
        self._thread.start()

    async def execute(self, statement: Statement) -> list[Row]:
        """Run a statement and return the rows of all its pages; the driver's errors are raised."""
        call = _Call(statement=statement, result=self._loop.create_future())
        if not self._asked:
            self._loop.call_soon(self._hand_over)
        self._asked.append(call)
        return await call.result

    def close(self) -> None:
        """Let the thread end. Calls under way get no result any more."""
        self._to_send.put(None)

    def _hand_over(self) -> None:
        asked, self._asked = self._asked, []
        self._to_send.put(asked)

    # In the thread that sends.

    def _send_all(self) -> None:
        while (calls := self._to_send.get()) is not None:
            for call in calls:
                self._send(call)

    def _send(self, call: _Call) -> None:
        try:
            if call.response is None:
                call.response = self._session.execute_async(call.statement)
                call.response.add_callbacks(
                    self._page, self._failed, callback_args=(call,), errback_args=(call,)
                )
            else:
                call.response.start_fetching_next_page()
        except Exception as error:  # noqa: BLE001 (handed to whoever awaits the call)
            self._failed(error, call)

    # In the driver's thread.

    def _page(self, rows: Sequence[Row] | None, call: _Call) -> None:
        call.rows.extend(rows or ())
        if call.response is not None and call.response.has_more_pages:
            self._to_send.put((call,))
        else:
            self._end(call)

    def _failed(self, error: Exception, call: _Call) -> None:
        call.error = error
        self._end(call)

    def _end(self, call: _Call) -> None:
        self._ended.append(call)
        if not self._waking:
            self._waking = True
            try:
                self._loop.call_soon_threadsafe(self._take_over)
            except RuntimeError:
                return  # the event loop is closed: nobody waits any more

    # In the event loop.

    def _take_over(self) -> None:
        self._waking = False
        while self._ended:
            call = self._ended.popleft()
            if call.result.done():
                continue
            if call.error is None:
                call.result.set_result(call.rows)
            else:
                call.result.set_exception(call.error)
