"""Telegram's groups as Telegram Desktop exports them: `result.json`."""

from collections.abc import Iterator

from core.errors import UserError
from core.knowledge.histories.fields import Json, object_in, objects_in, text_in
from core.knowledge.histories.said import CHECKS, LIKES, Said, Talk

GROUP = "group"
BOT = "bot"
MENTIONS = frozenset(("mention", "mention_name"))


def is_telegram_export(root: Json) -> bool:
    """Whether this is an export of one chat, or of all of them."""
    chat = isinstance(root.get("messages"), list) and {"name", "type", "id"} <= set(root)
    return chat or isinstance(object_in(root, "chats").get("list"), list)


def talks_of(root: Json) -> Iterator[Talk]:
    """The groups of an export; conversations of two people are passed over."""
    chats = list(objects_in(object_in(root, "chats").get("list"))) or [root]
    groups = [chat for chat in chats if GROUP in text_in(chat, "type")]
    if not groups:
        raise UserError(
            "it holds no group: conversations of two people are not read. Export a group."
        )
    for chat in groups:
        messages = [one for one in objects_in(chat.get("messages")) if _is_message(one)]
        names = {text_in(one, "from") for one in messages} - {""}
        yield Talk(
            place=f"Telegram {text_in(chat, 'name')}".strip(),
            messages=[_said(one) for one in messages],
            names=frozenset(names),
        )


def _is_message(message: Json) -> bool:
    return text_in(message, "type") == "message"


def _said(message: Json) -> Said:
    reactions = list(objects_in(message.get("reactions")))
    likes = (
        text_in(one, "from_id")
        for reaction in reactions
        if text_in(reaction, "emoji") in LIKES
        for one in objects_in(reaction.get("recent"))
    )
    return Said(
        id=text_in(message, "id"),
        author=text_in(message, "from_id"),
        text=_text(message.get("text")),
        day=text_in(message, "date")[:10],
        below=text_in(message, "reply_to_message_id"),
        checked=any(text_in(one, "emoji") in CHECKS for one in reactions),
        liked_by=frozenset(likes) - {""},
        by_a_bot=text_in(message, "via_bot") != ""
        or text_in(message, "from").lower().endswith(BOT),
    )


def _text(found: object) -> str:
    """Plain text, or parts of which some are marked."""
    if isinstance(found, str):
        return found
    parts = found if isinstance(found, list) else []
    return "".join(one if isinstance(one, str) else _part(one) for one in parts)


def _part(found: object) -> str:
    if not isinstance(found, dict):
        return ""
    if text_in(found, "type") in MENTIONS:
        return "@someone"
    return text_in(found, "text")
