"""Ports in memory that work: an outbox, an inbox and a platform that does as it is told."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from core.accounts import Account
from core.errors import RejectedError, UnavailableError
from core.messages import (
    Author,
    Capability,
    Conversation,
    Delivery,
    IncomingMessage,
    Platform,
    Posting,
)
from core.ports.inbox import Admitted, Settled, Settlement, Verdict
from core.ports.platform import Receive
from core.ports.threads import Position, Turn


def utc_now() -> datetime:
    return datetime.now(UTC)


def place(name: str = "1", platform: Platform = Platform.TELEGRAM) -> Conversation:
    return Conversation(platform=platform, space="7", channel=name)


@dataclass(slots=True)
class Row:
    """A posting and where it is on its way."""

    posting: Posting
    state: str = "pending"
    due: float = 0.0
    reason: str = ""
    delivery: Delivery | None = None
    history: list[str] = field(default_factory=list)

    def move(self, state: str) -> None:
        self.state = state
        self.history.append(state)


@dataclass(slots=True)
class MemoryOutbox:
    """Rows by conversation, the head of each one at a time. `away`: calls to refuse first.

    `slow`: seconds that writing down a delay takes.
    """

    lines: defaultdict[UUID, list[Row]] = field(default_factory=lambda: defaultdict(list))
    notices: list[str] = field(default_factory=list)
    asides: list[bool] = field(default_factory=list)
    away: int = 0
    slow: float = 0.0

    def add(
        self,
        text: str,
        *,
        conversation_id: UUID,
        platform: Platform = Platform.TELEGRAM,
        written_at: datetime | None = None,
    ) -> None:
        posting = Posting(
            id=uuid4(),
            message_id=uuid4(),
            conversation=place(platform=platform),
            conversation_id=conversation_id,
            reply_to=None,
            text=text,
            attempts=0,
            written_at=written_at or utc_now(),
        )
        self.lines[conversation_id].append(Row(posting))

    def heads(self, conversation_id: UUID) -> list[Posting]:
        for row in self.lines[conversation_id]:
            if row.state in ("sent", "dead"):
                continue
            if row.state == "sending" or row.due > time.monotonic():
                return []
            unconfirmed = row.posting.unconfirmed or row.state == "ambiguous"
            row.posting = replace(
                row.posting, attempts=row.posting.attempts + 1, unconfirmed=unconfirmed
            )
            row.move("sending")
            return [row.posting]
        return []

    def row(self, posting: Posting) -> Row:
        rows = self.lines[posting.conversation_id]
        return next(row for row in rows if row.posting.id == posting.id)

    def rows(self) -> list[Row]:
        return [row for line in self.lines.values() for row in line]

    async def notice(self, admitted: Admitted, text: str, *, private: bool) -> Sequence[Posting]:
        await self._reach()
        self.notices.append(text)
        self.asides.append(private)
        return []

    async def sent(self, posting: Posting, delivery: Delivery) -> Sequence[Posting]:
        await self._reach()
        row = self.row(posting)
        row.delivery = delivery
        row.move("sent")
        return self.heads(posting.conversation_id)

    async def later(
        self, posting: Posting, delay: timedelta, *, reason: str, unconfirmed: bool = False
    ) -> Sequence[Posting]:
        await self._reach()
        row = self.row(posting)
        row.due, row.reason = time.monotonic() + delay.total_seconds(), reason
        row.move("ambiguous" if unconfirmed else "pending")
        await asyncio.sleep(self.slow)
        return self.heads(posting.conversation_id)

    async def plain(self, posting: Posting) -> Sequence[Posting]:
        await self._reach()
        row = self.row(posting)
        row.posting = replace(row.posting, plain=True)
        row.move("pending")
        return self.heads(posting.conversation_id)

    async def dead(self, posting: Posting, reason: str) -> Sequence[Posting]:
        await self._reach()
        row = self.row(posting)
        row.reason = reason
        row.move("dead")
        return self.heads(posting.conversation_id)

    async def due(self, conversation_ids: Sequence[UUID]) -> Sequence[Posting]:
        await self._reach()
        return [head for one in conversation_ids for head in self.heads(one)]

    async def _reach(self) -> None:
        await asyncio.sleep(0)
        if self.away:
            self.away -= 1
            raise UnavailableError("away")


@dataclass(slots=True)
class MemoryPlatform:
    """Takes postings, or raises what was planned for the next ones. `open` holds them back."""

    platform: Platform = Platform.TELEGRAM
    capabilities: Capability = Capability.NONE
    text_limit: int = 1_000
    planned: deque[Exception] = field(default_factory=deque)
    calls: list[Posting] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    async def listen(self, receive: Receive) -> None:
        await asyncio.Event().wait()

    async def send(self, posting: Posting) -> Delivery:
        self.calls.append(posting)
        await self.open.wait()
        if self.planned:
            raise self.planned.popleft()
        self.shown.append(posting.text)
        return Delivery(message_ids=(f"m{len(self.shown)}",))


@dataclass(slots=True)
class AskablePlatform(MemoryPlatform):
    """One that knows what it shows."""

    lookups: int = 0
    tells: bool = True

    async def find(self, posting: Posting) -> Delivery | None:
        self.lookups += 1
        if not self.tells:
            raise RejectedError("missing_scope")
        return Delivery(message_ids=("found",)) if posting.text in self.shown else None


def admitted(
    text: str = "How?",
    *,
    sequence: int = 1,
    conversation_id: UUID | None = None,
    verdict: Verdict = Verdict.NEW,
    orphaned: bool = False,
    crashes: int = 0,
    received_at: datetime | None = None,
    known: bool = True,
) -> Admitted:
    """A message in the inbox, of an author who is `known` or refused."""
    message = IncomingMessage(
        dedupe_key=f"{text}:{sequence}",
        conversation=place(),
        space=None,
        author=Author(platform=Platform.TELEGRAM, id="3"),
        message_id=str(sequence),
        text=text,
        sent_at=utc_now(),
    )
    account = Account(
        user_id=uuid4(),
        organization_id=uuid4(),
        plan="free",
        quota_limit=1000,
        quota_left=1_000,
        knowledge_revision=1,
    )
    return Admitted(
        id=uuid4(),
        message=message,
        verdict=verdict,
        conversation=message.conversation,
        conversation_id=conversation_id or uuid4(),
        sequence=sequence,
        owner=UUID(int=1),
        attempt=1,
        orphaned=orphaned,
        crashes=crashes,
        account=account if known else None,
        received_at=received_at or utc_now(),
    )


@dataclass(slots=True)
class MemoryInbox:
    """Keeps settlements and counts re-drives. `trouble` is raised by the next settlements."""

    settlements: list[Settlement] = field(default_factory=list)
    redrives: defaultdict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    trouble: deque[Exception] = field(default_factory=deque)
    changed_hands: bool = False
    settled_already: bool = False

    async def admit(self, message: IncomingMessage, *, message_id: UUID) -> Admitted:
        raise AssertionError("a message is responded to after its admission")

    async def waiting(self, conversation_id: UUID) -> Sequence[Admitted]:
        return []

    async def redrive(self, admitted: Admitted) -> int:
        if self.settled_already:
            return 0
        self.redrives[admitted.id] += 1
        return admitted.crashes + self.redrives[admitted.id]

    async def settle(self, settlement: Settlement) -> Settled:
        await asyncio.sleep(0)
        if self.trouble:
            raise self.trouble.popleft()
        if not self.changed_hands:
            self.settlements.append(settlement)
        return Settled(applied=not self.changed_hands, at=utc_now(), postings=[])


@dataclass(slots=True)
class MemoryThreads:
    """What was said."""

    turns: list[Turn] = field(default_factory=list)
    marked: list[UUID] = field(default_factory=list)

    async def append(self, turns: Sequence[Turn]) -> None:
        self.turns.extend(turns)

    async def history(
        self,
        conversation_id: UUID,
        *,
        limit: int,
        before: Position | None = None,
        since: datetime | None = None,
    ) -> Sequence[Turn]:
        return self.turns[-limit:]

    async def conversations_of(self, user_id: UUID) -> Sequence[UUID]:
        return [turn.conversation_id for turn in self.turns if turn.user_id == user_id]

    async def mark(self, message_id: UUID) -> None:
        self.marked.append(message_id)

    async def mark_late(self, turn_id: UUID) -> None:
        self.marked.append(turn_id)
