"""The port of what a person may do in their organization."""

from typing import Protocol

from core.accounts import Account


class Roles(Protocol):
    """Roles as they are now, and not when the message was admitted."""

    async def is_admin(self, account: Account) -> bool:
        """Whether they may edit what their organization knows. `UnavailableError` if unknown."""
