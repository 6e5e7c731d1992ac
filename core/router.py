"""From a command to what the bot says."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import assert_never

from core.accounts import Account
from core.answers.explain import ExplainAnswer
from core.answers.find import AnswerQuestion
from core.answers.offers import Picked, TakeOffer
from core.answers.opinions import TakeOpinion
from core.answers.present import to_reply
from core.clicks import AskForMore, Fix, NoneOfThese, Pick, Rate, Stale, Why
from core.commands import Ask, Command, Comment, Help, Usage
from core.entries import Band, Origin
from core.knowledge.smalltalk import Courtesy, courtesy_in
from core.messages import Posting, Reply
from core.ports.inbox import Admitted
from core.ports.usage import UsageReports
from core.usage.more import RequestMore, told
from core.usage.reports import ADMINS_ONLY, own_usage, team_usage

HELP = """\
Ask me a question, and I answer from what your team has written down, with the source.
In a channel or a group, mention me or use `/ask`; in a direct message, just write.
`/usage` shows what you have used this month. When I do not know, I say so."""
WORDS = {Band.ANSWER: "answered", Band.OFFER: "offered", Band.UNKNOWN: "unknown"}
COURTESIES = {
    Courtesy.GREETING: "Hello. Ask me a question, and I look it up in what your team knows.",
    Courtesy.THANKS: "You are welcome.",
    Courtesy.FAREWELL: "Goodbye. I am here when you need me.",
}
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
    take_offer: TakeOffer
    explain: ExplainAnswer
    opinions: TakeOpinion
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
                return _click("rated", await self.opinions.rate(command, account, admitted))
            case Comment():
                said = await self.opinions.comment(command, account, admitted)
                return _click("commented", said)
            case Pick():
                return await self._pick(command, account, admitted)
            case NoneOfThese():
                said = await self.take_offer.none_of_these(command, account, admitted)
                return _click("none_of_these", said)
            case Why():
                return _aside("explained", await self.explain.why(command, account, admitted))
            case Fix():
                return _aside("told_how_to_fix", await self.explain.fix(command, account))
            case Stale():
                return _click("stale", STALE)
            case _:
                assert_never(command)

    async def _ask(self, ask: Ask, account: Account, admitted: Admitted) -> Outcome:
        if courtesy := courtesy_in(ask.question):
            return Outcome(word="courteous", reply=Reply(text=COURTESIES[courtesy]), counted=False)
        if said := await self.opinions.reply(ask.question, account, admitted):
            return _click("commented", said)
        started = time.perf_counter()
        answer = await self.answer_question(ask, account, admitted)
        if answer.band is Band.ANSWER:
            took = timedelta(seconds=time.perf_counter() - started)
            self.explain.keep(admitted, account, answer, took=took)
        return Outcome(
            word=WORDS[answer.band],
            reply=to_reply(answer, admitted.id),
            confidence=answer.confidence,
            origin=answer.origin,
        )

    async def _pick(self, pick: Pick, account: Account, admitted: Admitted) -> Outcome:
        started = time.perf_counter()
        taken = await self.take_offer.pick(pick, account, admitted)
        if not isinstance(taken, Picked):
            return _click("pick_refused", taken)
        took = timedelta(seconds=time.perf_counter() - started)
        self.explain.keep(admitted, account, taken.answer, took=took, picked=True)
        reply = to_reply(taken.answer, admitted.id, private=taken.private)
        return _aside("picked", reply)

    async def _usage(self, usage: Usage, account: Account) -> Outcome:
        text = own_usage(account)
        if usage.team:
            team = await self.usage.team(account)
            text = team_usage(team) if team else ADMINS_ONLY
        return Outcome(word="usage", reply=Reply(text=text, private=True))

    async def _ask_for_more(
        self, command: AskForMore, account: Account, admitted: Admitted
    ) -> Outcome:
        asked = await self.request_more(admitted, account, command.resource)
        return replace(_click("asked_for_more", told(asked)), postings=asked.postings)


def _click(word: str, text: str) -> Outcome:
    return _aside(word, Reply(text=text, private=True))


def _aside(word: str, reply: Reply) -> Outcome:
    """What is no question of its own: it counts as no use, and is no part of the conversation."""
    return Outcome(word=word, reply=reply, counted=False, remembered=False)
