"""What a Telegram app makes of what somebody types, and who gets to read it."""

import re

from core.text import clean, utf16_length
from simulator.playground.telegram.show import words_of
from simulator.playground.values import File, PlaygroundError
from simulator.telegram.entities import find_entities, said_by
from simulator.telegram.files import PHOTO_LIMIT, Files, document_content, photo_content
from simulator.telegram.methods.messages import CAPTION_LIMIT, TEXT_LIMIT
from simulator.telegram.parameters import UPLOAD_LIMIT, Upload
from simulator.telegram.refusals import Json

PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp"})


def typed(text: str, me: Json, *, is_caption: bool = False) -> Json:
    """A message's text or caption with its entities. The bot may be called by its first name."""
    name = re.escape(str(me["first_name"]))
    short = re.compile(rf"(?<![\w@.])@{name}(?![\w@]|\.\w)", re.IGNORECASE)
    said = short.sub(f"@{me['username']}", clean(text).strip())
    said = _called_once(said, f"@{me['username']}")
    limit = CAPTION_LIMIT if is_caption else TEXT_LIMIT
    if utf16_length(said) > limit:
        kind = "caption" if is_caption else "message"
        raise PlaygroundError(f"Telegram takes at most {limit} characters in a {kind}: shorten it.")
    if not said:
        return {}
    entities = find_entities(said)
    if is_caption:
        return {"caption": said} | ({"caption_entities": entities} if entities else {})
    return {"text": said} | ({"entities": entities} if entities else {})


def _called_once(said: str, mention: str) -> str:
    """Without what the box had written already when a text that calls the bot is pasted into it."""
    twice = re.compile(
        rf"^(?:{re.escape(mention)}\s+)+(?={re.escape(mention)}(?!\w))", re.IGNORECASE
    )
    return twice.sub("", said)


def shared(file: File, files: Files) -> Json:
    """Store a file; what the message that brings it holds."""
    if not file.content:
        raise PlaygroundError(f"{file.name} is empty: Telegram takes no empty files.")
    if len(file.content) > UPLOAD_LIMIT:
        raise PlaygroundError(f"{file.name} is larger than 50 MB: choose a smaller file.")
    upload = Upload(name=file.name, content_type=file.content_type, content=file.content)
    if file.content_type in PHOTOS and len(file.content) <= PHOTO_LIMIT:
        return photo_content(files.keep(upload, folder="photos"))
    return document_content(files.keep(upload, folder="documents"))


def reaches_bot(message: Json, me: Json) -> bool:
    """Whether a bot in privacy mode gets to read a message.

    https://core.telegram.org/bots/features#privacy-mode
    """
    chat, reply = message["chat"], message.get("reply_to_message")
    if isinstance(chat, dict) and chat["type"] == "private":
        return True
    if isinstance(reply, dict) and reply["from"]["id"] == me["id"]:
        return True
    text, entities = words_of(message)
    name = f"@{me['username']}".lower()
    for entity in entities:
        said = said_by(text, entity).lower()
        if entity["type"] == "mention" and said == name:
            return True
        if entity["type"] == "bot_command" and not entity["offset"]:
            return "@" not in said or said.endswith(name)
    return False
