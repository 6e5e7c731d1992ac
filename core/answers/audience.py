"""What of the knowledge is for who asks, and what of it only they may see."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from core.accounts import Account
from core.entries import Entry, Passage
from core.knowledge.audience import ADMINS, CHANNEL
from core.knowledge.audiences import EVERYBODY, Audience
from core.messages import Conversation
from core.ports.roles import Roles


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoAsks:
    """Tells what somebody is part of, as far as the knowledge makes a difference by it."""

    roles: Roles

    async def audience(
        self, account: Account, conversation: Conversation, known: Audience
    ) -> Audience:
        """Those of `known` that they are part of here. Roles are asked for only where one counts.

        `UnavailableError` when that is not to be found out.
        """
        if not known:
            return EVERYBODY
        found = channels(conversation) & known
        if ADMINS in known and await self.roles.is_admin(account):
            return found | {ADMINS}
        return found

    async def may_read(self, entry: Entry, account: Account, conversation: Conversation) -> bool:
        """Whether an entry is for them here. `UnavailableError` when that is not known."""
        known = frozenset(entry.audience)
        return not known or bool(await self.audience(account, conversation, known))


def channels(conversation: Conversation) -> Audience:
    """A place as an audience: a thread of a channel belongs to the channel too.

    A private one as well: whoever is in it may read the channel.
    """
    around = replace(conversation, channel=conversation.parent or conversation.channel, thread="")
    return frozenset({f"{CHANNEL}{around.place}", f"{CHANNEL}{conversation.place}"})


def is_private(passages: Iterable[Passage], conversation: Conversation) -> bool:
    """Whether some of it may be seen here by who asks and by no one else.

    What is for all who are in this place is not private in it.
    """
    here = channels(conversation)
    return any(one.audience and here.isdisjoint(one.audience) for one in passages)
