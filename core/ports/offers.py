"""The port of what was offered to a question, and of what was chosen."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody asked, in their words."""

    text: str
    conversation_id: UUID
    user_id: UUID


class Offers(Protocol):
    """Questions of the last two days, and which entries were chosen for them."""

    async def asked(self, organization_id: UUID, message_id: UUID) -> Question | None:
        """The question of a message of the organization; None when it is not kept any more."""

    async def take(
        self, organization_id: UUID, *, message_id: UUID, entry_id: UUID | None, click_id: UUID
    ) -> bool:
        """Note a choice, None for `none of these`. Whether this click is the first one for it.

        Idempotent by click: what was first stays first.
        """
