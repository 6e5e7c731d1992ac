"""Tell people of what happened without them: listed until they have read it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import md5
from uuid import UUID

import structlog

from core.accounts import Account
from core.errors import UnavailableError
from core.ports.clock import Clock
from core.ports.notifications import (
    AnsweredLater,
    Happened,
    MessagesUsed,
    Notice,
    Notification,
    NotificationLists,
    Notifications,
)
from core.usage.notices import own_notices

MOST = 100
KEPT = timedelta(days=30)
LONGEST_QUOTE = 200

log = structlog.get_logger(service="notification_service")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationService:
    """Adds notifications when something happens, and once more from what lasts when they are read.

    A store that is away loses nothing that `happened` knows. It does not know that an organization
    has used what it has together: whoever was told of that was told in the chat.
    """

    lists: NotificationLists
    happened: Happened
    clock: Clock

    async def answered(self, user_id: UUID, message_id: UUID, question: str) -> None:
        """A question of theirs was answered later."""
        later = AnsweredLater(message_id=message_id, question=question, at=self.clock())
        await self._add(user_id, [_of_answer(later)])

    async def counted(self, account: Account) -> None:
        """A message of theirs was counted, which may be the one that makes a notice due.

        Of several that are counted at once none may see that: then the next one does.
        """
        limit, ends = account.quota_limit, account.period_ends
        if not account.tracked or not limit or ends is None:
            return
        used = MessagesUsed(
            organization_id=account.organization_id,
            used=account.quota_used + 1,
            limit=limit,
            period_ends=ends,
            at=self.clock(),
        )
        if found := list(_of_use(account.user_id, used)):
            await self._add(account.user_id, found)

    async def of(self, user_id: UUID, *, limit: int = MOST) -> Notifications:
        """A person's notifications, those that were lost included. `UnavailableError`: away."""
        later = await self.happened.answered_later(user_id, since=KEPT, limit=MOST)
        used = await self.happened.messages_used(user_id)
        found = [
            *map(_of_answer, later),
            *(notification for one in used for notification in _of_use(user_id, one)),
        ]
        if found:
            await self.lists.add(user_id, found)
        return await self.lists.read(user_id, limit=limit)

    async def mark_read(self, user_id: UUID) -> None:
        """All that there are have been read."""
        await self.lists.mark_read(user_id, self.clock())

    async def _add(self, user_id: UUID, found: Sequence[Notification]) -> None:
        try:
            await self.lists.add(user_id, found)
        except UnavailableError as error:
            log.warning("notification_waits", reason=str(error))


def _of_answer(later: AnsweredLater) -> Notification:
    question = " ".join(later.question.split())
    if len(question) > LONGEST_QUOTE:
        question = f"{question[: LONGEST_QUOTE - 1]}…"
    return Notification(
        id=_id("answered", later.message_id),
        kind=Notice.ANSWERED,
        text=f"Your question was answered: {question}",
        at=later.at,
    )


def _of_use(user_id: UUID, used: MessagesUsed) -> Iterator[Notification]:
    for notice in own_notices(used.limit, used.period_ends):
        if notice.at <= used.used:
            yield Notification(
                id=_quota_id(user_id, used.organization_id, used.period_ends, notice.at),
                kind=Notice.QUOTA,
                text=notice.text,
                at=used.at,
            )


def _quota_id(user_id: UUID, organization_id: UUID, ends: date, at: int) -> UUID:
    return _id("quota", user_id, organization_id, ends.isoformat(), at)


def _id(*parts: object) -> UUID:
    """The same for the same event, wherever it is noticed."""
    text = ":".join(map(str, parts))
    return UUID(bytes=md5(text.encode(), usedforsecurity=False).digest())
