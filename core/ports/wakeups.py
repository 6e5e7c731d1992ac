"""The port of being woken: another replica put a message into a conversation of ours."""

from collections.abc import Awaitable, Callable
from typing import Protocol
from uuid import UUID

Wake = Callable[[UUID], Awaitable[None]]
"""Look into a conversation, by its id."""


class Wakeups(Protocol):
    """News from the other replicas. One that is missed is found by the next sweep."""

    async def listen(self, wake: Wake) -> None:
        """Call `wake` for every handover until cancelled; reconnects by itself."""
