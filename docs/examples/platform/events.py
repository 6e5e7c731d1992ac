"""Courier's messages in the bot's words. Nothing here raises, whatever the JSON holds."""

from datetime import UTC, datetime
from typing import Annotated

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.commands import COMMANDS
from core.messages import Author, Conversation, IncomingMessage, Kind, Platform, Space
from core.text import clean

ANNOUNCED = tuple(f"/{command.name}" for command in COMMANDS)
NAME = "@trialogue"
END_OF_TIME = 253_402_300_799

log = structlog.get_logger()

Text = Annotated[str, Field(max_length=40_000)]
Id = Annotated[str, Field(min_length=1, max_length=64, pattern="^[^:]+$")]


class Message(BaseModel):
    """What Courier sends. Fields that we do not know are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    number: int
    room: Id
    team: Id
    person: Id
    name: Text = ""
    is_bot: bool = False
    direct: bool = False
    text: Text
    at: float = Field(ge=0, le=END_OF_TIME)


def to_message(payload: object) -> IncomingMessage | None:
    """Read a message; None when it is not one from a person to the bot."""
    try:
        message = Message.model_validate(payload)
    except ValidationError as error:
        log.warning("courier.message_malformed", problems=error.error_count())
        return None
    text = _for_the_bot(message)
    if text is None or message.is_bot:
        return None
    return IncomingMessage(
        dedupe_key=f"{message.team}:{message.number}",
        conversation=Conversation(
            platform=Platform.HTTP,
            space=message.team,
            channel=message.room,
            direct=message.direct,
        ),
        space=None if message.direct else Space(platform=Platform.HTTP, id=message.team),
        author=Author(platform=Platform.HTTP, id=message.person, name=clean(message.name)),
        message_id=str(message.number),
        text=clean(text),
        sent_at=datetime.fromtimestamp(message.at, UTC),
        kind=Kind.COMMAND if text.startswith(ANNOUNCED) else Kind.MESSAGE,
    )


def _for_the_bot(message: Message) -> str | None:
    """The words for the bot, None when they are for others."""
    text = message.text.strip()
    if text.startswith(NAME):
        return text.removeprefix(NAME).strip()
    return text if message.direct or text.startswith(ANNOUNCED) else None
