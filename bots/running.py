"""Run a command's work on an event loop."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

Work = Callable[[], Coroutine[Any, Any, None]]


def run(work: Work) -> None:
    """Run to the end on the fastest loop there is. SIGTERM cancels the work, then exits 143.

    Work that installs a handler of its own for SIGTERM ends as that one says.
    """
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        terminated = runner.run(_until_terminated(work))
    if terminated:
        sys.exit(128 + signal.SIGTERM)


async def _until_terminated(work: Work) -> bool:
    terminated = asyncio.Event()
    task = asyncio.current_task()

    def terminate() -> None:
        terminated.set()
        if task is not None:
            task.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminate)
    try:
        await work()
    except asyncio.CancelledError:
        if not terminated.is_set():
            raise
    return terminated.is_set()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop
