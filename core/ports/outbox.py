"""The port of what goes out: one row a posting, one at a time in a conversation."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from core.messages import Delivery, Posting
from core.ports.inbox import Admitted


class Outbox(Protocol):
    """Postings from queue to platform.

    Every method commits before it returns, and returns the postings of that conversation which are
    to be sent now by this replica; they are `sending` until one of these methods ends them. Only
    the head of a conversation is ever `sending`.
    """

    async def notice(self, admitted: Admitted, text: str, *, private: bool) -> Sequence[Posting]:
        """Queue a line ahead of the message's answer; once, however often it is called.

        `private`: for its author's eyes. Nothing where the message is settled by then.
        """

    async def sent(self, posting: Posting, delivery: Delivery) -> Sequence[Posting]:
        """It was posted."""

    async def later(
        self, posting: Posting, delay: timedelta, *, reason: str, unconfirmed: bool = False
    ) -> Sequence[Posting]:
        """Send it again after a delay above zero, by `due`; its conversation waits for it.

        `unconfirmed`: it may have been posted. It is returned where its delay is over already.
        """

    async def plain(self, posting: Posting) -> Sequence[Posting]:
        """Send it again at once, as plain text."""

    async def dead(self, posting: Posting, reason: str) -> Sequence[Posting]:
        """It will never be posted."""

    async def due(self, conversation_ids: Sequence[UUID]) -> Sequence[Posting]:
        """The heads of these conversations whose delay is over."""
