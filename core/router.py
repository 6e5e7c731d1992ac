"""From a command to what the bot says."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from core.accounts import Account
from core.answers.audience import is_private
from core.answers.explain import ExplainAnswer
from core.answers.find import AnswerQuestion
from core.answers.opinions import TakeOpinion
from core.answers.present import to_reply
from core.clicked import HandleClick
from core.clicks import (
    AskForMore,
    AskPerson,
    Decide,
    Fix,
    MakeAgain,
    NoneOfThese,
    Pick,
    Rate,
    Stale,
    TakeBack,
    Why,
)
from core.commands import Ask, Command, Comment, Help, Kb, Learn, Usage
from core.entries import Band
from core.kb.chat import EditInChat
from core.knowledge.smalltalk import Courtesy, courtesy_in
from core.messages import Reply
from core.outcomes import Outcome, aside, told
from core.ports.inbox import Admitted
from core.ports.usage import UsageReports
from core.teaching import TeachFromFiles
from core.usage.reports import ADMINS_ONLY, own_usage, team_usage

HELP = """\
Ask me a question, and I answer from what your team has written down, with the source.
In a channel or a group, mention me or use `/ask`; in a direct message, just write.
When I do not know, I say so, and you hear from me when somebody adds the answer.
Below an answer, **Why?** shows where it is from, and 👍 and 👎 say whether it helped.
`/comment` says in words what was wrong, `/usage` shows what you have used this month.
Admins change what I know with `/kb`, and teach me from files with `learn`."""
WORDS = {Band.ANSWER: "answered", Band.OFFER: "offered", Band.UNKNOWN: "unknown"}
COURTESIES = {
    Courtesy.GREETING: "Hello. Ask me a question, and I look it up in what your team knows.",
    Courtesy.THANKS: "You are welcome.",
    Courtesy.FAREWELL: "Goodbye. I am here when you need me.",
}

Route = Callable[[Command, Account, Admitted], Awaitable[Outcome]]
"""Carry out a command. `UnavailableError` when a store that it needs is away: try again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Router:
    """Every command has exactly one handler."""

    answer_question: AnswerQuestion
    explain: ExplainAnswer
    opinions: TakeOpinion
    click: HandleClick
    edit: EditInChat
    usage: UsageReports
    teach: TeachFromFiles

    async def __call__(self, command: Command, account: Account, admitted: Admitted) -> Outcome:
        """Carry out a command. `UnavailableError` when a store that it needs is away."""
        match command:
            case Ask():
                return await self._ask(command, account, admitted)
            case Help():
                return Outcome(word="helped", reply=Reply(text=HELP, private=command.private))
            case Learn():
                text = await self.teach(admitted, account, command)
                return Outcome(word="learned", reply=Reply(text=text))
            case Usage():
                return await self._usage(command, account)
            case Comment():
                said = await self.opinions.comment(command, account, admitted)
                return told("commented", said)
            case Kb():
                return aside("edited", await self.edit(command.request, account, admitted))
            case (
                Rate()
                | Pick()
                | NoneOfThese()
                | Why()
                | Fix()
                | AskForMore()
                | AskPerson()
                | Decide()
                | TakeBack()
                | MakeAgain()
                | Stale()
            ):
                return await self.click(command, account, admitted)
            case _:
                assert_never(command)

    async def _ask(self, ask: Ask, account: Account, admitted: Admitted) -> Outcome:
        if courtesy := courtesy_in(ask.question):
            return Outcome(word="courteous", reply=Reply(text=COURTESIES[courtesy]), counted=False)
        if said := await self.opinions.reply(ask.question, account, admitted):
            return aside("commented", Reply(text=said))
        started = time.perf_counter()
        answer = await self.answer_question(ask, account, admitted)
        if answer.band is Band.ANSWER:
            took = timedelta(seconds=time.perf_counter() - started)
            self.explain.keep(admitted, account, answer, took=took)
        private = is_private(answer.passages, admitted.conversation)
        return Outcome(
            word=WORDS[answer.band],
            reply=to_reply(answer, admitted.id, private=private),
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
