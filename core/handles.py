"""The platforms' own ways to reply, for as long as they are good."""

from collections import OrderedDict
from dataclasses import dataclass, field
from uuid import UUID

from core.messages import ReplyHandle
from core.ports.clock import Clock

MOST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Handles:
    """Handles by our id of the message they came with.

    They are secrets with a short life, so they stay in this process: after a restart, or when
    another replica answers, the reply goes the ordinary way.
    """

    clock: Clock
    most: int = MOST
    _held: OrderedDict[UUID, ReplyHandle] = field(default_factory=OrderedDict)

    def keep(self, message_id: UUID, handle: ReplyHandle) -> None:
        """Hold a handle; the oldest ones go when there are too many."""
        self._held[message_id] = handle
        while len(self._held) > self.most:
            self._held.popitem(last=False)

    def find(self, message_id: UUID) -> ReplyHandle | None:
        """Return a message's handle while it is good."""
        handle = self._held.get(message_id)
        if handle is None:
            return None
        if handle.expires_at <= self.clock():
            del self._held[message_id]
            return None
        return handle
