"""Who may read what is answered from an entry."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.accounts import Account
from core.entries import Entry
from core.messages import Conversation
from core.ports.roles import Roles

CHANNEL = "channel:"
ADMIN = "role:admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Whether somebody may read an entry where they are; `private`: for their eyes only."""

    allowed: bool
    private: bool = False


async def reading_of(
    entry: Entry, account: Account, conversation: Conversation, roles: Roles
) -> Reading:
    """Look at an entry as somebody in a conversation. `UnavailableError` if roles are not known."""
    if is_for_place(entry.audience, conversation):
        return Reading(allowed=True)
    if ADMIN in entry.audience:
        return Reading(allowed=await roles.is_admin(account), private=True)
    return Reading(allowed=False)


def is_for_place(audience: Sequence[str], conversation: Conversation) -> bool:
    """Whether everybody may read it there; the threads of a channel are in the channel."""
    place = f"{conversation.place}:"
    return not audience or any(
        place.startswith(f"{one.removeprefix(CHANNEL)}:")
        for one in audience
        if one.startswith(CHANNEL)
    )
