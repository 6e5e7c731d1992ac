"""Post what the outbox hands out, and bring every posting to an end."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

import structlog

from core.errors import (
    FormatRejectedError,
    NotPostedError,
    PlatformError,
    RateLimitedError,
    RejectedError,
    TokenRejectedError,
    UnconfirmedError,
)
from core.handles import Handles
from core.messages import Delivery, Platform, Posting
from core.persistence import until_stored
from core.ports.clock import Clock
from core.ports.outbox import Outbox
from core.ports.platform import ChatAdapter, ConfirmsPostings
from core.text import clean
from core.tokens import TOKEN_PAUSE, RefusedTokens

SHORTEST_PAUSE = timedelta(milliseconds=100)
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=1)
UNKNOWN_OUTCOMES = 5  # of one posting: each may have shown it to people once more
UNKNOWN_GROWTH = 6  # so that five of them outlast four minutes of a platform that is down
UNKNOWN_PAUSES = 4  # that differ: a platform that tells what arrived is asked again every time
GIVE_UP_AFTER = timedelta(hours=24)

Freed = Sequence[Posting]
"""The postings of a conversation whose turn comes when the one before has ended."""

log = structlog.get_logger(service="sender")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """One task a posting under way; what its end frees in the conversation is posted next.

    Postings that may have been posted already are sent one at a time on a platform, each written
    down before the next, so that a crash while recovering from one repeats no more than one there.
    """

    adapters: Mapping[Platform, ChatAdapter]
    outbox: Outbox
    handles: Handles
    clock: Clock
    tasks: asyncio.TaskGroup
    _under_way: set[UUID] = field(default_factory=set)
    _unknown: Counter[UUID] = field(default_factory=Counter)
    _tokens: RefusedTokens = field(default_factory=RefusedTokens)
    _repeating: defaultdict[Platform, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )

    def put(self, postings: Sequence[Posting]) -> None:
        """Post these. One that is under way already is left alone."""
        for posting in postings:
            if posting.id not in self._under_way:
                self._under_way.add(posting.id)
                self.tasks.create_task(self._deliver(posting))

    def busy(self) -> int:
        """Count the postings under way."""
        return len(self._under_way)

    async def _deliver(self, posting: Posting) -> None:
        try:
            end = await self._in_turn(posting)
            self._under_way.discard(posting.id)
            if isinstance(end, timedelta):
                await asyncio.sleep(end.total_seconds())
                end = await until_stored(
                    lambda: self.outbox.due([posting.conversation_id]), what="outbox.due"
                )
            self.put(end)
        except Exception:
            # It stays under way, where nobody sends it again: it may be visible already.
            log.exception("posting_not_ended", posting_id=str(posting.id))

    async def _in_turn(self, posting: Posting) -> Freed | timedelta:
        if not posting.unconfirmed:
            return await self._attempt(posting)
        async with self._repeating[posting.conversation.platform]:
            return await self._attempt(posting)

    async def _attempt(self, posting: Posting) -> Freed | timedelta:
        """Post once and write down how it ended: what that frees, or a pause before the next."""
        try:
            delivery = await self._post(posting)
        except FormatRejectedError as error:
            return await self._refused(posting, error)
        except (NotPostedError, RateLimitedError, TokenRejectedError) as error:
            return await self._again(posting, error)
        except RejectedError as error:
            return await self._dead(posting, str(error))
        except UnconfirmedError as error:
            return await self._unconfirmed(posting, error)
        except Exception as error:  # a fault of the adapter must not stop the conversation
            log.exception("adapter_failed", posting_id=str(posting.id))
            return await self._unconfirmed(posting, UnconfirmedError(type(error).__name__))
        return await self._sent(posting, delivery)

    async def _post(self, posting: Posting) -> Delivery:
        platform = posting.conversation.platform
        adapter = self.adapters.get(platform)
        if adapter is None:
            raise TokenRejectedError(f"{platform} is not running here")
        with self._tokens.watched(platform, now=self.clock):
            if posting.unconfirmed and isinstance(adapter, ConfirmsPostings):
                found = await self._look_for(posting, adapter)
                if found is not None:
                    return found
            handle = self.handles.find(posting.message_id)
            return await adapter.send(replace(posting, handle=handle) if handle else posting)

    async def _look_for(self, posting: Posting, adapter: ConfirmsPostings) -> Delivery | None:
        """Ask whether a posting arrived. Where nobody can tell, it counts as not there.

        Where it is certain that nobody has seen it, no earlier outcome is unknown any more.
        """
        try:
            found = await adapter.find(posting)
        except TokenRejectedError:
            raise
        except RejectedError as error:
            log.info("posting_not_looked_up", posting_id=str(posting.id), reason=str(error))
            return None
        self._unknown.pop(posting.id, None)
        return found

    async def _sent(self, posting: Posting, delivery: Delivery) -> Freed:
        self._unknown.pop(posting.id, None)
        named = Delivery(message_ids=tuple(clean(name) for name in delivery.message_ids))
        return await until_stored(lambda: self.outbox.sent(posting, named), what="outbox.sent")

    async def _refused(self, posting: Posting, error: FormatRejectedError) -> Freed:
        if posting.plain:
            return await self._dead(posting, str(error))
        log.warning("posting_sent_plain", posting_id=str(posting.id), reason=str(error))
        return await until_stored(lambda: self.outbox.plain(posting), what="outbox.plain")

    async def _again(self, posting: Posting, error: PlatformError) -> Freed | timedelta:
        if self.clock() - posting.written_at > GIVE_UP_AFTER:
            return await self._dead(posting, f"gave up: {error}")
        pause = _pause(error, posting.attempts)
        log.info(
            "posting_postponed",
            posting_id=str(posting.id),
            reason=str(error),
            seconds=pause.total_seconds(),
        )
        return await self._later(posting, pause, error, unconfirmed=False) or pause

    async def _unconfirmed(self, posting: Posting, error: UnconfirmedError) -> Freed | timedelta:
        self._unknown[posting.id] += 1
        if self._unknown[posting.id] >= UNKNOWN_OUTCOMES:
            return await self._dead(posting, f"never confirmed: {error}")
        if self.clock() - posting.written_at > GIVE_UP_AFTER:
            return await self._dead(posting, f"gave up: {error}")
        pause = _pause(error, posting.attempts)
        log.warning("posting_unconfirmed", posting_id=str(posting.id), reason=str(error))
        return await self._later(posting, pause, error, unconfirmed=True) or pause

    async def _later(
        self, posting: Posting, pause: timedelta, error: PlatformError, *, unconfirmed: bool
    ) -> Freed:
        reason = clean(str(error))
        return await until_stored(
            lambda: self.outbox.later(posting, pause, reason=reason, unconfirmed=unconfirmed),
            what="outbox.later",
        )

    async def _dead(self, posting: Posting, reason: str) -> Freed:
        self._unknown.pop(posting.id, None)
        reason = clean(reason)
        log.error(
            "posting_dead",
            posting_id=str(posting.id),
            conversation=posting.conversation.key,
            reason=reason,
        )
        return await until_stored(lambda: self.outbox.dead(posting, reason), what="outbox.dead")


def _pause(error: PlatformError, count: int) -> timedelta:
    if isinstance(error, RateLimitedError):
        return max(error.retry_after, SHORTEST_PAUSE)
    if isinstance(error, TokenRejectedError):
        return TOKEN_PAUSE
    if isinstance(error, UnconfirmedError):
        grown: timedelta = FIRST_PAUSE * UNKNOWN_GROWTH ** min(count - 1, UNKNOWN_PAUSES - 1)
    else:
        grown = min(FIRST_PAUSE * 2 ** min(count - 1, 10), LONGEST_PAUSE)
    return grown * (0.75 + random.random() / 2)  # noqa: S311
