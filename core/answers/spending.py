"""Call a language model: reserved before, kept when it answered, given back when it did not."""

import time
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID, uuid5

import structlog

from core.accounts import Account, Resource
from core.errors import UnavailableError
from core.persistence import until_stored
from core.ports.answers import Counters
from core.ports.completer import Completer, Prompt, Spent
from core.ports.ledger import Ledger

HELD = timedelta(minutes=15)
"""Longer than a message is handled. Whoever takes it over after a crash charges nothing anew."""

MOST_CHARACTERS = 4_000  # of an answer: what says more than it may does not come to an end

log = structlog.get_logger(service="completer")


class Step(StrEnum):
    """What a model is called for: at most once each for a message."""

    REWRITE = "rewrite"
    COMPOSE = "compose"
    RESTATE = "restate"


class Silence(StrEnum):
    """Why a model says nothing."""

    USED_UP = "used_up"
    NOT_IN_PLAN = "not_in_plan"
    FAILED = "failed"
    MESSAGES_USED_UP = "messages_used_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendCompletions:
    """What a model says, charged to who asks.

    The operation is named by the message and the step: handled again after a crash, it is charged
    once. A completion that failed is given back, one that the bot does not use is not.
    """

    completer: Completer
    ledger: Ledger
    counters: Counters

    async def __call__(
        self, prompt: Prompt, account: Account, message_id: UUID, step: Step
    ) -> str | Silence:
        """The whole text. `UnavailableError` when the ledger is away: nothing was charged."""
        if account.quota_left == 0:  # what their notice of it says
            return Silence.MESSAGES_USED_UP
        op_id = uuid5(message_id, step)
        reserved = await self.ledger.reserve(op_id, account, Resource.COMPLETIONS, 1, held=HELD)
        if not reserved.granted:
            if reserved.limit == 0:
                return Silence.NOT_IN_PLAN
            # What is not granted though there is room was given back by an earlier attempt.
            return Silence.USED_UP if reserved.left == 0 else Silence.FAILED
        try:
            text = await self._listen(prompt, account, step)
        except UnavailableError as error:
            await self._refund(op_id, account)
            log.warning("completion_failed", step=step, reason=str(error))
            return Silence.FAILED
        except Exception:
            await self._refund(op_id, account)
            log.exception("completion_failed", step=step)
            return Silence.FAILED
        await until_stored(lambda: self.ledger.settle(op_id, 1), what="ledger.settle")
        return text

    async def _refund(self, op_id: UUID, account: Account) -> None:
        await self.counters.add("completion_failed", organization_id=account.organization_id)
        await until_stored(lambda: self.ledger.refund(op_id), what="ledger.refund")

    async def _listen(self, prompt: Prompt, account: Account, step: Step) -> str:
        started, parts, length = time.perf_counter(), list[str](), 0
        first, spent = started, Spent(read=0, written=0)
        async with aclosing(self.completer.complete(prompt)) as pieces:
            async for piece in pieces:
                match piece:
                    case Spent():
                        spent = piece
                    case str():
                        first = first if parts else time.perf_counter()
                        parts.append(piece)
                        length += len(piece)
                if length > MOST_CHARACTERS:
                    raise UnavailableError("its answer does not end")
        await self._count(spent, account)
        log.info(
            "completion",
            step=step,
            model=self.completer.model,
            duration_ms=_milliseconds(started),
            first_ms=round((first - started) * 1000),
            tokens_read=spent.read,
            tokens_written=spent.written,
            organization_id=str(account.organization_id),
        )
        return "".join(parts).strip()

    async def _count(self, spent: Spent, account: Account) -> None:
        for metric, amount in (
            ("completions", 1),
            ("completion_tokens_read", spent.read),
            ("completion_tokens_written", spent.written),
        ):
            if amount:
                await self.counters.add(metric, amount, organization_id=account.organization_id)


def _milliseconds(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
