"""From a click on a button to what the bot says."""

import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import assert_never

from core.accounts import Account
from core.answers.explain import ExplainAnswer
from core.answers.offers import Picked, TakeOffer
from core.answers.opinions import TakeOpinion
from core.answers.person import AskAPerson, heard_of
from core.answers.present import to_reply
from core.clicks import (
    AskForMore,
    AskPerson,
    Click,
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
from core.kb.chat import EditInChat
from core.outcomes import Outcome, aside, told
from core.ports.inbox import Admitted
from core.usage.more import RequestMore, what_came_of

STALE = "This button does nothing any more: please ask me again."


@dataclass(frozen=True, slots=True, kw_only=True)
class HandleClick:
    """Every button has exactly one handler."""

    take_offer: TakeOffer
    explain: ExplainAnswer
    opinions: TakeOpinion
    request_more: RequestMore
    ask_person: AskAPerson
    edit: EditInChat

    async def __call__(self, click: Click, account: Account, admitted: Admitted) -> Outcome:
        """Do what a button is for. `UnavailableError` when a store that it needs is away."""
        match click:
            case Rate():
                outcome = told("rated", await self.opinions.rate(click, account, admitted))
            case Pick():
                outcome = await self._pick(click, account, admitted)
            case NoneOfThese():
                noted = await self.take_offer.none_of_these(click, account, admitted)
                outcome = aside("none_of_these", noted)
            case Why():
                outcome = aside("explained", await self.explain.why(click, account, admitted))
            case Fix():
                outcome = aside("told_how_to_fix", await self.explain.fix(click, account))
            case AskForMore():
                asked = await self.request_more(admitted, account, click.resource)
                outcome = told("asked_for_more", what_came_of(asked))
                outcome = replace(outcome, postings=asked.postings)
            case AskPerson() | Decide() | TakeBack() | MakeAgain():
                outcome = await self._close_gap(click, account, admitted)
            case Stale():
                outcome = told("stale", STALE)
            case _:
                assert_never(click)
        return outcome

    async def _close_gap(
        self, click: AskPerson | Decide | TakeBack | MakeAgain, account: Account, admitted: Admitted
    ) -> Outcome:
        if isinstance(click, Decide):
            return aside("decided", await self.edit.decide(click, account))
        if isinstance(click, TakeBack | MakeAgain):
            return aside("edited", await self.edit.reverse(click, account))
        asked = await self.ask_person(click, account, admitted)
        outcome = told("asked_a_person", heard_of(asked))
        return replace(outcome, postings=asked.postings) if asked else outcome

    async def _pick(self, pick: Pick, account: Account, admitted: Admitted) -> Outcome:
        started = time.perf_counter()
        taken = await self.take_offer.pick(pick, account, admitted)
        if not isinstance(taken, Picked):
            return told("pick_refused", taken)
        took = timedelta(seconds=time.perf_counter() - started)
        self.explain.keep(admitted, account, taken.answer, took=took, picked=True)
        return aside("picked", to_reply(taken.answer, admitted.id, private=taken.private))
