"""How long rows live: nothing is deleted, everything is written with its time."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

Keep = Callable[[UUID], Awaitable[timedelta]]
"""How long an organization keeps what is said. `UnavailableError` where that cannot be told now."""
