"""From a command to what the bot says."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never
from uuid import UUID

from core.accounts import Account
from core.answers.audience import is_private
from core.answers.find import AnswerQuestion
from core.commands import (
    Ask,
    AskForMore,
    Command,
    Help,
    Rate,
    Stale,
    Usage,
    more_button,
    rating_buttons,
)
from core.entries import Answer, Band, Origin
from core.messages import Button, Posting, Reply
from core.ports.feedback import Feedback
from core.ports.inbox import Admitted
from core.ports.usage import UsageReports
from core.usage.more import RequestMore, told
from core.usage.reports import ADMINS_ONLY, own_usage, team_usage

HELP = """\
Ask me a question, and I answer from what your team has written down, with the source.
In a channel or a group, mention me or use `/ask`; in a direct message, just write.
`/usage` shows what you have used this month. When I do not know, I say so."""
THANKS = "Thank you, that is noted."
WORDS = {Band.ANSWER: "answered", Band.OFFER: "offered", Band.UNKNOWN: "unknown"}
SORRY = "Thank you for saying so. It is noted that this did not help."
STALE = "This button does not do anything any more."


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was decided for a message: the reply, and one word for the log.

    `counted`: it is a use of the bot; `remembered`: it is a part of the conversation. `postings`
    are for others than the author, queued already and to be sent now.
    """

    word: str
    reply: Reply
    confidence: float | None = None
    origin: Origin = Origin.NONE
    counted: bool = True
    remembered: bool = True
    postings: Sequence[Posting] = ()


Route = Callable[[Command, Account, Admitted], Awaitable[Outcome]]
"""Carry out a command. `UnavailableError` when a store that it needs is away: try again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """Every command has exactly one handler."""

    answer_question: AnswerQuestion
    feedback: Feedback
    usage: UsageReports
    request_more: RequestMore

    async def __call__(self, command: Command, account: Account, admitted: Admitted) -> Outcome:
        """Carry out a command. `UnavailableError` when a store that it needs is away."""
        match command:
            case Ask():
                return await self._ask(command, account, admitted)
            case Help():
                return Outcome(word="helped", reply=Reply(text=HELP, private=command.private))
            case Usage():
                return await self._usage(command, account)
            case AskForMore():
                return await self._ask_for_more(command, account, admitted)
            case Rate():
                return await self._rate(command, account)
            case Stale():
                return _click("stale", STALE)
            case _:
                assert_never(command)

    async def _ask(self, ask: Ask, account: Account, admitted: Admitted) -> Outcome:
        answer = await self.answer_question(ask, account, admitted)
        private = is_private(answer.passages, admitted.conversation)
        buttons = _buttons(answer, admitted.id)
        return Outcome(
            word=WORDS[answer.band],
            reply=Reply(text=answer.text, buttons=buttons, private=private),
            confidence=answer.confidence,
            origin=answer.origin,
            remembered=not private or admitted.conversation.direct,
        )

    async def _usage(self, usage: Usage, account: Account) -> Outcome:
        if not usage.team:
            text = own_usage(account, await self.usage.own(account))
        else:
            team = await self.usage.team(account)
            text = team_usage(team) if team else ADMINS_ONLY
        return Outcome(word="usage", reply=Reply(text=text, private=True))

    async def _ask_for_more(
        self, command: AskForMore, account: Account, admitted: Admitted
    ) -> Outcome:
        asked = await self.request_more(admitted, account, command.resource)
        return replace(_click("asked_for_more", told(asked)), postings=asked.postings)

    async def _rate(self, rate: Rate, account: Account) -> Outcome:
        await self.feedback.rate(account, message_id=rate.message_id, helpful=rate.helpful)
        return _click("rated", THANKS if rate.helpful else SORRY)


def _buttons(answer: Answer, message_id: UUID) -> tuple[Button, ...]:
    rating = rating_buttons(message_id) if answer.band is Band.ANSWER else ()
    return rating if answer.lacks is None else (*rating, more_button(answer.lacks))


def _click(word: str, text: str) -> Outcome:
    reply = Reply(text=text, private=True)
    return Outcome(word=word, reply=reply, counted=False, remembered=False)
