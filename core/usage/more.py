"""Pass a person's wish for more on to their admins."""

from dataclasses import dataclass

from core.accounts import Account, Resource
from core.messages import Author, Platform
from core.ports.inbox import Admitted
from core.ports.usage import Admins, Asked
from core.usage.reports import NAMES, plain_name
from core.wording import counted

NOBODY_TO_ASK = (
    "Your organization has no admin whom I could ask here. Please ask the person who runs this bot."
)
ASKED_BEFORE = "Your admins know already that you would like more this month."


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestMore:
    """Writes to the admins, and tells the person what came of it."""

    admins: Admins

    async def __call__(self, admitted: Admitted, account: Account, resource: Resource) -> Asked:
        """Ask once a month; the admins' postings are to be sent."""
        text = _letter(admitted.message.author, account, resource)
        return await self.admins.ask_for_more(admitted, resource, text)


def what_came_of(asked: Asked) -> str:
    """What the person hears."""
    if not asked.admins:
        return NOBODY_TO_ASK
    if asked.before:
        return ASKED_BEFORE
    whom = "your admin" if asked.admins == 1 else f"{asked.admins} admins of your organization"
    return f"I have asked {whom} for more."


def _letter(author: Author, account: Account, resource: Resource) -> str:
    space = f" --space {author.scope}" if author.platform is Platform.SLACK else ""
    command = f"trialogue users plan {author.platform.value} {author.id} pro{space}"
    used = counted(account.quota_used, "message")
    return (
        f"{plain_name(author.name)} has used {used} this month (plan: {account.plan}) and asks for"
        f" more {NAMES[resource]}. Whoever runs this bot can change their plan: `{command}`"
    )
