"""Pass a question that nobody could answer on to the admins."""

from dataclasses import dataclass

from core.accounts import Account
from core.clicks import AskPerson
from core.ports.gaps import LONGEST_GAP
from core.ports.inbox import Admitted
from core.ports.usage import Asked
from core.ports.waiting import PeopleToAsk
from core.usage.reports import plain_name

NOBODY_TO_ASK = (
    "Your organization has no admin whom I could ask here. Your question is noted, and you hear"
    " from me when somebody adds the answer."
)
ASKED_BEFORE = "Your admins have been asked today already. You will hear from me when one answers."
NOT_OPEN = "That question has been answered since. Please ask it again."
"""Also of one that was deleted because of its age: asked again it is noted again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAPerson:
    """Writes to the admins, once a day for a question."""

    people: PeopleToAsk

    async def __call__(self, ask: AskPerson, account: Account, admitted: Admitted) -> Asked | None:
        """Ask them; their postings are to be sent. None: there is nothing to ask any more."""
        question = await self.people.question(account.organization_id, ask.gap, account.user_id)
        if question is None:
            return None
        letter = _letter(admitted.message.author.name, question)
        return await self.people.ask_person(admitted, ask.gap, letter)


def heard_of(asked: Asked | None) -> str:
    """What the person hears who clicked."""
    if asked is None:
        return NOT_OPEN
    if not asked.admins:
        return NOBODY_TO_ASK
    if asked.before:
        return ASKED_BEFORE
    whom = "your admin" if asked.admins == 1 else f"{asked.admins} admins of your organization"
    return f"I have asked {whom}. You will hear from me when one of them answers."


def _letter(name: str, question: str) -> str:
    line = " ".join(question.replace("`", "'").replace("|", "/").split())[:LONGEST_GAP].rstrip()
    return (
        f"{plain_name(name)} asks something that I do not know. Send this with the answer at its"
        f" end, and I tell everybody who has asked:\n\n`/kb add {line} | ANSWER`"
    )
