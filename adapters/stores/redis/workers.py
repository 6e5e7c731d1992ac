"""Tasks that live as long as an `async with` block."""

import asyncio
from types import TracebackType


async def leave(
    workers: asyncio.TaskGroup,
    kind: type[BaseException] | None,
    error: BaseException | None,
    traceback: TracebackType | None,
) -> None:
    """Leave a group whose workers end by themselves now.

    The block's own error stays as it is: a task group would wrap it in an exception group.
    """
    if kind is None or issubclass(kind, asyncio.CancelledError):
        await workers.__aexit__(kind, error, traceback)
    else:
        await workers.__aexit__(None, None, None)
