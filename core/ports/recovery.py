"""The port of sweeping: what a vanished replica left behind is picked up by the others."""

from collections.abc import Sequence
from typing import Protocol

from core.messages import Posting
from core.ports.inbox import Admitted
from core.ports.threads import Exchange, Turn


class Recovery(Protocol):
    """Every replica sweeps; rows another one is at are passed over.

    Besides what vanished replicas left, a sweep returns this replica's own rows that are older than
    the time-out: the caller knows which of them it is working on and drops those.
    """

    async def heartbeat(self) -> None:
        """Say that this replica lives. One that is silent for its time-out loses its rows.

        After a silence of its own a replica takes nothing over from others for as long: where the
        store was away, they were silent for the same reason.
        """

    async def leave(self) -> None:
        """Give everything back at once: the graceful end of a replica."""

    async def messages(self, limit: int) -> Sequence[Admitted]:
        """Take over unsettled messages, with all of their conversation and in its order."""

    async def postings(self, limit: int) -> Sequence[Posting]:
        """Take over postings whose turn it is."""

    async def unrecorded(self, limit: int) -> Sequence[Exchange]:
        """Read settled messages whose turns are not in the thread store after a while."""

    async def late_turns(self, limit: int) -> Sequence[Turn]:
        """Read turns that belong to no message and are not in the thread store after a while."""

    async def expire(self, limit: int) -> int:
        """Delete what is older than its organization keeps it; how many rows of a kind."""

    async def cool(self, limit: int) -> int:
        """Put turns that are a year old where they are out of the way; how many."""

    async def refund_expired(self, limit: int) -> int:
        """Give back reservations that nobody ended in time; how many."""

    async def forget(self, limit: int) -> int:
        """Delete rows that are settled, recorded and past their time; how many."""
