"""Buttons below the bot's messages, as people click them."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from adapters.platforms.telegram.payload import CallbackQuery
from adapters.platforms.telegram.places import GROUPS, Me, conversation_of, space_of
from core.messages import Author, IncomingMessage, Kind, Platform, Posting, ReplyHandle
from core.text import clean

ANSWER_WITHIN = timedelta(seconds=12)
"""Telegram takes an answer for about 15 seconds after the click, some of which are gone."""

REMEMBERED = 10_000


def to_click(
    query: CallbackQuery, *, update_id: int, me: Me, received_at: datetime
) -> IncomingMessage | None:
    """Translate a click, None when it is not one on a button of ours in a chat that we serve.

    Telegram does not say when a click was made: it counts from its receipt.
    """
    message = query.message
    if message is None or query.data is None or message.chat.type not in GROUPS | {"private"}:
        return None
    return IncomingMessage(
        dedupe_key=f"{me.id}:{update_id}",
        conversation=conversation_of(message, me),
        space=space_of(message),
        author=Author(
            platform=Platform.TELEGRAM, id=str(query.author.id), name=clean(query.author.name)
        ),
        message_id=str(message.message_id),
        reply_to=str(message.message_id),
        text=clean(query.data),
        sent_at=received_at,
        kind=Kind.CLICK,
        handle=ReplyHandle(value=query.id, expires_at=received_at + ANSWER_WITHIN),
    )


@dataclass(frozen=True, slots=True)
class Clicked:
    """The messages whose buttons were clicked lately.

    What is said about a click replies to the bot's own message: that alone tells it from the answer
    to a question when its handle is no longer good.
    """

    _messages: OrderedDict[tuple[str, str], None] = field(default_factory=OrderedDict)

    def note(self, message: IncomingMessage) -> None:
        """Remember a click; the oldest ones go when there are too many."""
        if message.kind is Kind.CLICK:
            self._messages[message.conversation.channel, message.message_id] = None
            if len(self._messages) > REMEMBERED:
                self._messages.popitem(last=False)

    def caused(self, posting: Posting) -> bool:
        """Whether a posting is about a click."""
        return (posting.conversation.channel, posting.reply_to or "") in self._messages
