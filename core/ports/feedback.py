"""The port of what people thought of an answer."""

from typing import Protocol
from uuid import UUID

from core.accounts import Account


class Feedback(Protocol):
    """Votes on answers."""

    async def rate(self, account: Account, *, message_id: UUID, helpful: bool) -> None:
        """Note a vote on the answer to a message; the last one of a person counts."""
