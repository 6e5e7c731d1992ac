"""What a bot sends with a call: JSON, a form with or without files, or the query string."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
from aiohttp import web

from core.text import utf16_length
from simulator.telegram.markup import MarkupError, parse_html
from simulator.telegram.refusals import Json, RefusedError, bad_request

UPLOAD_LIMIT = 50 * 1024 * 1024
BODY_LIMIT = UPLOAD_LIMIT + 1024 * 1024
CALLBACK_DATA_BYTES = 64


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that the bot sends."""

    name: str
    content_type: str
    content: bytes = field(repr=False)


async def read_parameters(request: web.BaseRequest) -> Json:
    """Read a call's parameters; in a form, structures are JSON within a field."""
    if request.content_type == "application/json":
        try:
            body = orjson.loads(await request.read())
        except orjson.JSONDecodeError:
            body = None
        if not isinstance(body, dict):
            raise bad_request("can't parse JSON object")
        return body
    fields = {**request.query, **(await _form(request) if request.method == "POST" else {})}
    return {name: _structure(value) for name, value in fields.items()}


def number(parameters: Mapping[str, object], name: str, default: int) -> int:
    """A number, which may come as text."""
    value = parameters.get(name, default)
    try:
        return int(str(value))
    except ValueError:
        raise bad_request(f"{name} must be a number") from None


def truth(parameters: Mapping[str, object], name: str) -> bool:
    """A boolean, which may come as text."""
    return str(parameters.get(name, "")).lower() in {"true", "1"}


def formatted(parameters: Mapping[str, object], name: str, *, limit: int) -> tuple[str, list[Json]]:
    """The text that is shown and its entities. Its length counts after the markup is read."""
    source = str(parameters.get(name) or "").strip()
    mode = parameters.get("parse_mode")
    if mode not in {None, "", "HTML"}:
        raise bad_request("unsupported parse_mode")
    try:
        text, entities = parse_html(source) if mode else (source, [])
    except MarkupError as error:
        raise bad_request(f"can't parse entities: {error}") from None
    if len(text) > limit // 2 and utf16_length(text) > limit:
        raise bad_request(f"message {'caption ' if name == 'caption' else ''}is too long")
    return text, entities


def given_entities(parameters: Mapping[str, object], name: str) -> list[Json]:
    """The entities that the bot itself gives, which it cannot do beside a `parse_mode`."""
    given = parameters.get(name)
    if parameters.get("parse_mode") or not isinstance(given, list):
        return []
    if not all(isinstance(one, dict) and isinstance(one.get("type"), str) for one in given):
        raise bad_request("can't parse MessageEntity")
    if not all(isinstance(one.get(key), int) for one in given for key in ("offset", "length")):
        raise bad_request("can't parse MessageEntity")
    return given


def inline_keyboard(parameters: Mapping[str, object]) -> list[list[Json]] | None:
    """The buttons of `reply_markup`, None where there are none."""
    markup = parameters.get("reply_markup")
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    if not isinstance(rows, list):
        return None
    keyboard = [[_button(button) for button in row] for row in rows if isinstance(row, list)]
    return [row for row in keyboard if row] or None


def _button(button: object) -> Json:
    if not isinstance(button, dict) or not str(button.get("text") or "").strip():
        raise bad_request("can't parse inline keyboard button: text buttons must be non-empty")
    if len(button) < 2:
        raise bad_request("text buttons are unallowed in the inline keyboard")
    if "callback_data" in button:
        size = len(str(button["callback_data"]).encode())
        if not 1 <= size <= CALLBACK_DATA_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
    return button


async def _form(request: web.BaseRequest) -> Mapping[str, object]:
    if request.content_type != "multipart/form-data":
        return dict(await request.post())
    try:
        fields = await request.clone(client_max_size=BODY_LIMIT).post()
    except web.HTTPRequestEntityTooLarge:
        raise RefusedError(413, "Request Entity Too Large") from None
    return {name: _upload(value) for name, value in fields.items()}


def _upload(value: str | bytes | bytearray | web.FileField) -> object:
    if not isinstance(value, web.FileField):
        return value
    with value.file as file:
        return Upload(value.filename, value.content_type, file.read())


def _structure(value: object) -> object:
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value
