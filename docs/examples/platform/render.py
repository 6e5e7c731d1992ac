"""Replies in Courier's format, which is plain text. Nothing in them notifies anybody."""

from core.messages import Posting
from core.text import clean

TEXT_LIMIT = 4_000
NOTHING = "\N{HORIZONTAL ELLIPSIS}"
BREAK = "\N{ZERO WIDTH SPACE}"


def to_payload(posting: Posting) -> dict[str, object]:
    """The body of a POST: `key` makes repeats one message on Courier's side."""
    shown = clean(posting.text).replace("@", f"@{BREAK}")
    return {
        "key": str(posting.id),
        "room": posting.conversation.channel,
        "reply_to": posting.reply_to,
        "only_for": posting.visible_to,
        "text": shown if shown.strip() else NOTHING,
    }
