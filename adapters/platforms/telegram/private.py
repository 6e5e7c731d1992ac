"""Replies to a click, and those for one person's eyes: within the click, or written to them."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

import structlog

from adapters.platforms.telegram.clicks import Clicked
from adapters.platforms.telegram.places import NO_TOPIC
from adapters.platforms.telegram.render import to_words
from adapters.platforms.telegram.sending import Sending
from core.errors import FormatRejectedError, RejectedError, TokenRejectedError
from core.messages import Delivery, Posting, ReplyHandle
from core.text import utf16_length

NOTICE_LIMIT = 200
REMEMBERED = 1_000
SENT_DIRECTLY = "I have written to you directly."
WRITE_FIRST = (
    "That is for your eyes only, and Telegram does not let me write to you."
    " Write to me directly first, then ask me again"
)

NOTHING_POSTED = Delivery(message_ids=())
"""Ids of another chat's messages could be taken for some of the conversation's own."""

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class PrivateReplies:
    """Posts nothing private where others read it."""

    sending: Sending
    clicked: Clicked
    now: Callable[[], datetime]
    username: str = ""
    _hinted: OrderedDict[UUID, None] = field(default_factory=OrderedDict)

    def concerns(self, posting: Posting) -> bool:
        """Whether a posting is not simply for its conversation."""
        return (
            posting.handle is not None
            or posting.visible_to is not None
            or self.clicked.caused(posting)
        )

    async def post(self, posting: Posting) -> Delivery:
        """Post what `concerns` us. A short word on a click that comes too late is left unsaid."""
        passing = _is_passing(posting)
        if posting.handle is not None and posting.handle.expires_at > self.now():
            return await self._answer_click(posting, posting.handle, passing=passing)
        if passing and (posting.handle is not None or self.clicked.caused(posting)):
            log.info("telegram.click_answered_too_late", posting_id=str(posting.id))
            return NOTHING_POSTED
        return await self._write_to(posting)

    async def _answer_click(
        self, posting: Posting, handle: ReplyHandle, *, passing: bool
    ) -> Delivery:
        """Answer within the click; what is to stay is posted first."""
        delivery = NOTHING_POSTED if passing else await self._write_to(posting)
        answer: dict[str, object] = {"callback_query_id": handle.value, "show_alert": False}
        if passing:
            answer["text"] = to_words(posting.text)
        elif posting.visible_to not in {None, posting.conversation.channel}:
            answer["text"] = SENT_DIRECTLY
        try:
            await self.sending.call("answerCallbackQuery", answer, chat=posting.conversation)
        except TokenRejectedError:
            raise
        except RejectedError as error:
            log.info("telegram.click_not_answered", reason=str(error))
        return delivery

    async def _write_to(self, posting: Posting) -> Delivery:
        """Write to the person's private chat, whose id is their own."""
        here = posting.conversation
        if here.direct or posting.visible_to in {None, here.channel}:
            return await self.sending.post(posting)
        chat = replace(here, channel=posting.visible_to, thread=NO_TOPIC, root="", direct=True)
        try:
            await self.sending.post(replace(posting, conversation=chat, reply_to=None))
        except (TokenRejectedError, FormatRejectedError):
            raise
        except RejectedError as error:
            log.info("telegram.not_allowed_to_write", reason=str(error))
            return await self._hint(posting)
        return NOTHING_POSTED

    async def _hint(self, posting: Posting) -> Delivery:
        """Say in public, once a message, how to get a private reply; nothing of its content."""
        if posting.message_id in self._hinted:
            return NOTHING_POSTED
        address = f": https://t.me/{self.username}" if self.username else "."
        hint = replace(
            posting, text=f"{WRITE_FIRST}{address}", plain=True, buttons=(), visible_to=None
        )
        delivery = await self.sending.post(hint)
        self._hinted[posting.message_id] = None
        if len(self._hinted) > REMEMBERED:
            self._hinted.popitem(last=False)
        return delivery


def _is_passing(posting: Posting) -> bool:
    """Whether it is a word that goes away by itself: one short line, and nothing to click on."""
    short = utf16_length(posting.text) <= NOTICE_LIMIT
    return short and "\n" not in posting.text and not posting.buttons
