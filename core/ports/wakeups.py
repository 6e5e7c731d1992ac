"""The port of being woken: another replica put a message into a conversation of ours."""

from collections.abc import Awaitable, Callable
from typing import Protocol
from uuid import UUID

Wake = Callable[[UUID], Awaitable[None]]
"""Look into a conversation, by its id."""

Changed = Callable[[UUID], Awaitable[None]]
"""What an organization knows has changed. It returns at once."""


class Wakeups(Protocol):
    """News from the other replicas. One that is missed is found by the next sweep."""

    async def listen(self, wake: Wake, changed: Changed) -> None:
        """Call them for every handover and every change until cancelled; reconnects by itself."""
