"""Reading single fields of Slack's JSON and forms, whatever is in them."""

import re
from collections.abc import Mapping

IDENTIFIER = re.compile(r"[A-Za-z0-9._-]{1,64}")
EVENT_ID = re.compile(r"[!-~]{1,200}")
TIMESTAMP = re.compile(r"\d{1,11}(\.\d{1,9})?", re.ASCII)

Json = Mapping[str, object]


def object_in(source: Json, key: str) -> Json:
    """The object under a key, an empty one where there is none."""
    return as_object(source.get(key))


def as_object(value: object) -> Json:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def text_in(source: Json, key: str) -> str:
    """The text under a key, an empty one where there is none."""
    value = source.get(key)
    return value if isinstance(value, str) else ""


def identifier_in(source: Json, key: str) -> str:
    """The id under a key, empty where there is nothing that looks like one."""
    value = source.get(key)
    return value if isinstance(value, str) and IDENTIFIER.fullmatch(value) else ""


def event_id_in(source: Json, key: str) -> str:
    """The event's or trigger's id under a key, empty where there is none."""
    value = source.get(key)
    return value if isinstance(value, str) and EVENT_ID.fullmatch(value) else ""


def timestamp_in(source: Json, key: str) -> str:
    """The timestamp under a key, such as `1700000000.000100`; empty where there is none."""
    value = source.get(key)
    return value if isinstance(value, str) and TIMESTAMP.fullmatch(value) else ""
