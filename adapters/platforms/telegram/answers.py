"""What a Bot API server answered: its result, or the error it stands for."""

import json
from datetime import timedelta

import orjson
from pydantic import BaseModel, Field, ValidationError

from core.errors import (
    FormatRejectedError,
    NotPostedError,
    PlatformError,
    RateLimitedError,
    RejectedError,
    TokenRejectedError,
    UnconfirmedError,
)
from core.text import clean

DEFAULT_PAUSE_SECONDS = 1
FORMAT_COMPLAINTS = (
    "can't parse",
    "can't find end",
    "too long",
    "too_long",
    "unsupported start tag",
)


class MovedError(RejectedError):
    """The group became a supergroup, with another id."""

    def __init__(self, channel: str) -> None:
        super().__init__("the group has become a supergroup")
        self.channel = channel


class PausedError(RateLimitedError):
    """The platform asks to wait: for one chat, or for everything that this bot sends."""

    def __init__(self, retry_after: timedelta, *, whole_bot: bool) -> None:
        super().__init__(retry_after)
        self.whole_bot = whole_bot


class ConflictError(NotPostedError):
    """Another process asks for this bot's updates."""


class WebhookSetError(NotPostedError):
    """Updates go to a webhook: it has to be deleted before one can ask for them."""


class Parameters(BaseModel):
    """What Telegram adds to a refusal."""

    retry_after: float = Field(default=DEFAULT_PAUSE_SECONDS, ge=0, le=86_400)
    migrate_to_chat_id: int | None = None
    scope: str = "chat"


class Refusal(BaseModel):
    """An answer that is not `ok`."""

    error_code: int
    description: str = ""
    parameters: Parameters = Parameters()


def decode(body: bytes) -> object:
    """Read JSON; what no store can take is replaced. `ValueError` when it is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _decode_leniently(body)


def result_of(status: int, body: bytes) -> object:
    """The `result` of an answer. Raises the error of core that a refusal means."""
    try:
        answer = decode(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or "ok" not in answer:
        raise _unreadable(status)
    if answer["ok"] is True:
        return answer.get("result")
    try:
        refusal = Refusal.model_validate({"error_code": status} | answer)
    except ValidationError:
        refusal = Refusal(error_code=status)
    raise to_error(refusal)


def to_error(refusal: Refusal) -> PlatformError:
    """Sort a refusal by what is to be done about it."""
    reason = f"Telegram answered {refusal.error_code}: {refusal.description or 'no reason given'}"
    if refusal.parameters.migrate_to_chat_id is not None:
        return MovedError(str(refusal.parameters.migrate_to_chat_id))
    match refusal.error_code:
        case 401 | 404:
            return TokenRejectedError(reason)
        case 409:
            return WebhookSetError(reason) if "webhook" in reason else ConflictError(reason)
        case 429:
            pause = timedelta(seconds=refusal.parameters.retry_after)
            return PausedError(pause, whole_bot=refusal.parameters.scope == "global")
        case 400 if any(words in reason.lower() for words in FORMAT_COMPLAINTS):
            return FormatRejectedError(reason)
        case code if code >= 500:
            return NotPostedError(reason)
        case _:
            return RejectedError(reason)


def _unreadable(status: int) -> PlatformError:
    reason = f"the answer ({status}) is not one of a Bot API server"
    return NotPostedError(reason) if 300 <= status < 500 else UnconfirmedError(reason)


def _decode_leniently(body: bytes) -> object:
    """Half of a surrogate pair, or bytes that are no UTF-8, must not cost a whole batch."""
    try:
        lenient = json.loads(body.decode(errors="replace"))
        return orjson.loads(clean(json.dumps(lenient, ensure_ascii=False)))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
