"""The port of sweeping: what a vanished replica left behind is picked up by the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.messages import Posting
from core.ports.inbox import Admitted, Settlement


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """What is left of a vanished replica's sending.

    `unconfirmed` may have been posted; `due` were waiting for their turn, and it is now.
    """

    unconfirmed: Sequence[Posting]
    due: Sequence[Posting]


class Recovery(Protocol):
    """Every replica sweeps; rows another one is at are passed over."""

    async def heartbeat(self) -> None:
        """Say that this replica lives. One that is silent for its time-out loses its rows."""

    async def leave(self) -> None:
        """Give everything back at once: a graceful stop."""

    async def messages(self, limit: int) -> Sequence[Admitted]:
        """Take over unsettled messages, in order, with all of their conversation."""

    async def postings(self, limit: int) -> Unfinished:
        """Take over postings."""

    async def unrecorded(self, limit: int) -> Sequence[Settlement]:
        """Take over settled messages whose turns are not in the thread store yet."""
