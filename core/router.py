"""From a command to what the bot says."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from core.accounts import Account
from core.answers.find import AnswerQuestion
from core.commands import Ask, Command, Help, Rate, Stale, Usage, rating_buttons
from core.entries import Band, Origin
from core.messages import Reply
from core.ports.feedback import Feedback

HELP = """\
Ask me a question, and I answer from what your team has written down, with the source.
In a channel or a group, mention me or use `/ask`; in a direct message, just write.
`/usage` shows what you have used this month. When I do not know, I say so."""
THANKS = "Thank you, that is noted."
WORDS = {Band.ANSWER: "answered", Band.OFFER: "offered", Band.UNKNOWN: "unknown"}
STALE = "This button does not do anything any more."


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was decided for a message: the reply, and one word for the log.

    `counted`: it is a use of the bot; `remembered`: it is a part of the conversation.
    """

    word: str
    reply: Reply
    confidence: float | None = None
    origin: Origin = Origin.NONE
    counted: bool = True
    remembered: bool = True


Route = Callable[[Command, Account, UUID], Awaitable[Outcome]]
"""Carry out a command. `UnavailableError` when a store that it needs is away: try again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """Every command has exactly one handler."""

    answer_question: AnswerQuestion
    feedback: Feedback

    async def __call__(self, command: Command, account: Account, message_id: UUID) -> Outcome:
        """Carry out a command. `UnavailableError` when a store that it needs is away."""
        match command:
            case Ask():
                return await self._ask(command, account, message_id)
            case Help():
                return Outcome(word="helped", reply=Reply(text=HELP, private=command.private))
            case Usage():
                return Outcome(word="usage", reply=Reply(text=usage_of(account), private=True))
            case Rate():
                return await self._rate(command, account)
            case Stale():
                return _click("stale", STALE)
            case _:
                assert_never(command)

    async def _ask(self, ask: Ask, account: Account, message_id: UUID) -> Outcome:
        answer = await self.answer_question(ask, account)
        known = answer.band is Band.ANSWER
        return Outcome(
            word=WORDS[answer.band],
            reply=Reply(text=answer.text, buttons=rating_buttons(message_id) if known else ()),
            confidence=answer.confidence,
            origin=answer.origin,
        )

    async def _rate(self, rate: Rate, account: Account) -> Outcome:
        await self.feedback.rate(account, message_id=rate.message_id, helpful=rate.helpful)
        return _click("rated", THANKS)


def usage_of(account: Account) -> str:
    """Say what a person has used of their plan this month."""
    used = account.quota_limit - account.quota_left
    return (
        f"You have used {used:,} of {account.quota_limit:,} messages this month"
        f" (plan: {account.plan})."
    )


def _click(word: str, text: str) -> Outcome:
    reply = Reply(text=text, private=True)
    return Outcome(word=word, reply=reply, counted=False, remembered=False)
