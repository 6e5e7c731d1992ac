"""The parts of an update that matter to us, as the Bot API names them."""

from typing import Annotated, Self

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

END_OF_TIME = 253_402_300_799

log = structlog.get_logger()

Id = Annotated[int, Field(ge=-(2**63), lt=2**63)]


class Payload(BaseModel):
    """Fields that we do not know are passed over: Telegram adds some every month."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Person(Payload):
    """Telegram's `User`: a person or a bot."""

    id: Id
    is_bot: bool = False
    first_name: str = ""
    last_name: str | None = None
    username: str | None = None

    @property
    def name(self) -> str:
        """What people call them."""
        return f"{self.first_name} {self.last_name or ''}".strip() or self.username or ""


class Chat(Payload):
    """Where a message was written."""

    id: Id
    type: str


class Entity(Payload):
    """A stretch of the text, counted in UTF-16 code units."""

    type: str
    offset: int = Field(ge=0, lt=2**31)
    length: int = Field(ge=0, lt=2**31)
    user: Person | None = None


class RepliedTo(Payload):
    """The message that another one replies to."""

    message_id: Id
    author: Person | None = Field(default=None, alias="from")


class Media(Payload):
    """A file of a message: a document, a photo in one size, a recording."""

    file_id: str
    file_name: str = ""
    mime_type: str = ""
    file_size: int | None = None


class Message(Payload):
    """Telegram's `Message`. Service messages have neither text nor caption."""

    message_id: Id
    date: int = Field(default=0, ge=0, le=END_OF_TIME)
    chat: Chat
    author: Person | None = Field(default=None, alias="from")
    sender_chat: Chat | None = None
    text: str | None = None
    entities: tuple[Entity, ...] = ()
    caption: str | None = None
    caption_entities: tuple[Entity, ...] = ()
    reply_to_message: RepliedTo | None = None
    message_thread_id: Id | None = None
    is_topic_message: bool = False
    document: Media | None = None
    photo: tuple[Media, ...] = ()
    audio: Media | None = None
    video: Media | None = None
    voice: Media | None = None


class CallbackQuery(Payload):
    """A click on a button. A message that is too old comes with its chat, its id and no more."""

    id: Annotated[str, Field(min_length=1, max_length=256)]
    author: Person = Field(alias="from")
    message: Message | None = None
    data: str | None = None


class Update(Payload):
    """One event. Of its kinds only a new message and a click concern us."""

    update_id: Id
    message: Message | None = None
    callback_query: CallbackQuery | None = None

    @classmethod
    def read(cls, raw: object) -> Self | None:
        """Read an update from JSON, None when it is malformed: the log says in which field."""
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            fields = [".".join(map(str, problem["loc"])) for problem in error.errors()]
            log.warning("telegram.update_malformed", update_id=number_of(raw), fields=fields[:5])
            return None


def number_of(raw: object) -> int | None:
    """The number of an update, whatever else is wrong with it."""
    number = raw.get("update_id") if isinstance(raw, dict) else None
    return number if isinstance(number, int) else None
