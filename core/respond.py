"""Bring one admitted message to its end: a reply, or a sentence that says why not."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog

from core.accounts import Access, Account
from core.commands import Command, is_aside, understand
from core.entries import Origin
from core.errors import SlowedError, UnavailableError, UserError
from core.messages import Capability, Kind, Platform, Reply
from core.notifications import NotificationService
from core.outcomes import Outcome
from core.persistence import until_stored
from core.ports.answers import Counters, Dependency
from core.ports.clock import Clock
from core.ports.inbox import Admitted, Inbox, Settled, Settlement, UsageNotice, Verdict
from core.ports.platform import ChatAdapter
from core.ports.threads import Exchange
from core.recording import MultiDatabaseService
from core.refusing import SUSPENDED, refusal
from core.router import Route
from core.sender import Sender
from core.splitting import split
from core.telling_to_wait import TellToWait
from core.text import clean
from core.typing_status import TypingStatus
from core.usage.days import ANSWERED, MESSAGES
from core.usage.notices import notices_for

CRASHES_ALLOWED = 3
SUSPECT_PAUSE = timedelta(seconds=2)  # a process that is killed for another reason dies sooner
ANSWER_WITHIN = timedelta(minutes=15)
FIRST_PAUSE = 0.05  # seconds between two tries
LONGEST_PAUSE = 2.0

LATE = "Something I need was away for too long, so I could not answer this. Please ask again."
DEAD = (
    "I could not process this message: it failed several times. Please ask in other words; whoever"
    " runs me can see in my log why."
)
FAILED = "Something went wrong on my side and I could not answer this. Please try again."
SLOWED = (
    "That is a lot of questions in a short time. I leave this one, and what follows right away,"
    " unanswered: please ask again in a minute."
)

PassedBy = Callable[[Admitted], AbstractContextManager[None]]
"""While the block lasts, others of its conversation may pass a message that waits for a store."""

log = structlog.get_logger(service="chatbot_service")


@dataclass(frozen=True, slots=True, kw_only=True)
class RespondToMessage:
    """Decide, settle, hand over to the sender, and log one line.

    `answer_within` is how long a message waits for a store that its answer needs.
    """

    inbox: Inbox
    route: Route
    cache: Dependency
    sender: Sender
    records: MultiDatabaseService
    typing: TypingStatus
    tell_to_wait: TellToWait
    adapters: Mapping[Platform, ChatAdapter]
    clock: Clock
    access: Access = Access.MEMBERS
    notifications: NotificationService | None = None
    counters: Counters | None = None
    answer_within: timedelta = ANSWER_WITHIN
    passed_by: PassedBy = lambda _: nullcontext()
    suspects: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __call__(self, admitted: Admitted) -> bool:
        """Handle a message; whether it is settled now. Whatever goes wrong, its author is told.

        Those that were under way in two crashes wait a little and go one at a time, so that the
        next crash counts against the one that causes it and against no other.
        """
        try:
            if admitted.crashes:
                await asyncio.sleep(SUSPECT_PAUSE.total_seconds() * admitted.crashes)
                async with self.suspects:
                    await self._respond(admitted)
            else:
                await self._respond(admitted)
        except Exception:
            # It stays open, and the sweep hands it in again; the others must go on.
            log.exception("message_not_settled", message_id=str(admitted.id))
            return False
        return True

    async def _respond(self, admitted: Admitted) -> None:
        started = time.perf_counter()
        crashes = await self._crashes(admitted) if admitted.orphaned else None
        if crashes == 0:  # a sweep had read it just before it was settled
            return
        outcome = await self._outcome(admitted, crashes or 0)
        settlement = self._settlement(admitted, outcome)
        settled = await until_stored(lambda: self.inbox.settle(settlement), what="inbox.settle")
        if not settled.applied:
            log.warning("message_changed_hands", message_id=str(admitted.id))
            return
        self.sender.put([*settled.postings, *outcome.postings])
        self._record(settlement, settled)
        await self._count(admitted, outcome)
        if self.notifications is not None and settlement.counted and admitted.account is not None:
            await self.notifications.counted(admitted.account)
        _log_line(admitted, outcome, started)

    async def _count(self, admitted: Admitted, outcome: Outcome) -> None:
        if self.counters is None or admitted.account is None:
            return
        for metric in (MESSAGES, *([ANSWERED] if outcome.word == ANSWERED else [])):
            await self.counters.add(metric, organization_id=admitted.account.organization_id)

    async def _outcome(self, admitted: Admitted, crashes: int) -> Outcome:
        try:
            return await self._decide(admitted, crashes)
        except SlowedError as error:
            return self._slowed(admitted, tell=error.tell)
        except UserError as error:
            return _say("misused", str(error))
        except Exception:
            log.exception("message_failed", message_id=str(admitted.id))
            return _say("failed", FAILED)

    async def _decide(self, admitted: Admitted, crashes: int) -> Outcome:
        if admitted.verdict is Verdict.REFUSED or admitted.account is None:
            return self._refused(admitted)
        if admitted.verdict is Verdict.SUSPENDED:
            return _say("suspended", SUSPENDED)
        if crashes >= CRASHES_ALLOWED:
            log.error("message_dead", message_id=str(admitted.id))
            return _say("dead", DEAD)
        command = understand(admitted.message)
        try:
            return await self._routed(command, admitted.account, admitted)
        except UnavailableError:
            return await self._routed_later(command, admitted.account, admitted)

    async def _routed(self, command: Command, account: Account, admitted: Admitted) -> Outcome:
        with self.typing.shown(admitted):
            return await self.route(command, account, admitted)

    async def _routed_later(
        self, command: Command, account: Account, admitted: Admitted
    ) -> Outcome:
        """Try again until the store is back or the message's time is over."""
        private, pause = is_aside(command), FIRST_PAUSE
        with self.tell_to_wait.unless_over(admitted, private=private):
            while await self._is_back(admitted, pause):
                try:
                    return await self._routed(command, account, admitted)
                except UnavailableError:
                    pause = min(2 * pause, LONGEST_PAUSE)
        return Outcome(word="late", reply=Reply(text=LATE, private=private))

    async def _is_back(self, admitted: Admitted, pause: float) -> bool:
        """Wait for what may be away; False when the message's time is over before."""
        left = admitted.received_at + self.answer_within - self.clock()
        try:
            async with asyncio.timeout(max(left.total_seconds(), 0.0)):
                with self.passed_by(admitted):
                    await self.cache.back()
                    # It may be another store that is away, whose return nobody tells.
                    await asyncio.sleep(pause)
        except TimeoutError:
            return False
        return True

    def _refused(self, admitted: Admitted) -> Outcome:
        """For their eyes: others have no use for who may ask."""
        text = refusal(self.access, admitted.message.author)
        return Outcome(word="refused", reply=Reply(text=text, private=True))

    def _slowed(self, admitted: Admitted, *, tell: bool) -> Outcome:
        """A line for them alone, once in a while; a command whose platform waits gets one always.

        It is settled without an answer, counts as no use and is no part of the conversation.
        """
        adapter = self.adapters[admitted.conversation.platform]
        waits = admitted.message.kind is Kind.COMMAND and (
            Capability.EPHEMERAL in adapter.capabilities
        )
        text = SLOWED if tell or waits else ""
        reply = Reply(text=text, private=True)
        return Outcome(word="slowed", reply=reply, counted=False, remembered=False)

    async def _crashes(self, admitted: Admitted) -> int:
        return await until_stored(lambda: self.inbox.redrive(admitted), what="inbox.redrive")

    def _settlement(self, admitted: Admitted, outcome: Outcome) -> Settlement:
        adapter = self.adapters[admitted.conversation.platform]
        has_buttons = Capability.BUTTONS in adapter.capabilities
        reply = outcome.reply
        text = clean(reply.text if has_buttons else reply.without_buttons or reply.text)
        counted = outcome.counted and admitted.account is not None and admitted.account.tracked
        return Settlement(
            admitted=admitted,
            parts=split(text, adapter.text_limit) if text else (),
            buttons=reply.buttons if has_buttons else (),
            private=reply.private and not admitted.conversation.direct,
            outcome=outcome.word,
            answer=text,
            confidence=outcome.confidence,
            counted=counted,
            remembered=outcome.remembered,
            notices=_notices(admitted, has_buttons=has_buttons) if counted else (),
        )

    def _record(self, settlement: Settlement, settled: Settled) -> None:
        admitted = settlement.admitted
        if admitted.account is None or not settlement.remembered:
            return
        self.records.record(
            Exchange(
                message_id=admitted.id,
                organization_id=admitted.account.organization_id,
                conversation_id=admitted.conversation_id,
                user_id=admitted.account.user_id,
                question=admitted.message.text,
                asked_at=admitted.received_at,
                answer=settlement.answer,
                confidence=settlement.confidence,
                answered_at=settled.at,
            )
        )


def _notices(admitted: Admitted, *, has_buttons: bool) -> Sequence[UsageNotice]:
    if admitted.account is None:
        return ()
    notices = notices_for(admitted.account)
    return notices if has_buttons else [replace(notice, buttons=()) for notice in notices]


def _say(word: str, text: str) -> Outcome:
    return Outcome(word=word, reply=Reply(text=text))


def _log_line(admitted: Admitted, outcome: Outcome, started: float) -> None:
    log.info(
        "message_processed",
        outcome=outcome.word,
        message_id=str(admitted.id),
        conversation=admitted.conversation.key,
        platform=admitted.conversation.platform.value,
        user_id=str(admitted.account.user_id) if admitted.account else None,
        duration_ms=round((time.perf_counter() - started) * 1000, 2),
        # Only a question, which has a confidence however it ends, asks the cache.
        databases_used=("postgresql",) if outcome.confidence is None else ("postgresql", "redis"),
        cache_hit=outcome.origin is Origin.CACHE,
    )
