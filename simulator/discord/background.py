"""Work that goes on behind a call.

A TaskGroup must be left by the task that entered it, and test fixtures are torn down by another.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Background:
    """Tasks that end with the stand-in."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def run(self, work: Coroutine[Any, Any, Any]) -> None:
        """Begin something."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End what is still under way."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
