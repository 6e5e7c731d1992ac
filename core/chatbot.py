"""The front of the core: what platforms and other replicas hand in."""

from dataclasses import dataclass, replace
from uuid import UUID

import structlog

from core.errors import UnstorableError
from core.handles import Handles
from core.lanes import Lanes
from core.messages import IncomingMessage
from core.naming import LearnNames
from core.ports.clock import NewId
from core.ports.inbox import Admitted, Inbox, Verdict
from core.text import clean

log = structlog.get_logger(service="chatbot_service")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatbotService:
    """Takes messages in, once each, and lets their conversations' lanes answer them."""

    replica: UUID
    inbox: Inbox
    lanes: Lanes
    handles: Handles
    names: LearnNames
    new_id: NewId

    async def receive(self, message: IncomingMessage) -> None:
        """Commit a message; the platform may be acknowledged when this returns.

        `UnavailableError` when nothing is certain: the platform has to deliver it again.
        """
        message = _storable(message)
        try:
            admitted = await self.inbox.admit(message, message_id=self.new_id())
        except UnstorableError as error:
            # Delivered again it would fail again, and stand in the way of everything behind it.
            # No traceback: it would quote what the person wrote.
            log.error("message_unstorable", dedupe_key=message.dedupe_key, reason=str(error))
            return
        if admitted.verdict is Verdict.DUPLICATE:
            log.debug("message_repeated", dedupe_key=message.dedupe_key)
            return
        self.names.hear(admitted)
        if admitted.owner == self.replica:
            if message.handle is not None:
                self.handles.keep(admitted.id, message.handle)
            self.lanes.put(admitted)

    async def wake(self, conversation_id: UUID) -> None:
        """Handle what another replica put into a conversation that this one owns."""
        await self.lanes.wake(conversation_id)

    def adopt(self, admitted: Admitted) -> bool:
        """Handle a message that a sweep brings. Whether it was not at hand already."""
        return self.lanes.put(admitted)


def _storable(message: IncomingMessage) -> IncomingMessage:
    """Copy a message only where it holds what no store takes: that is rare, and copying is not."""
    text, name = clean(message.text), clean(message.author.name)
    if text == message.text and name == message.author.name:
        return message
    return replace(message, text=text, author=replace(message.author, name=name))
