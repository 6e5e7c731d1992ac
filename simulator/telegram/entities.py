"""What Telegram finds in a text by itself: links, addresses, mentions and commands."""

import re
from collections.abc import Iterator, Sequence

from core.text import utf16_length
from simulator.telegram.refusals import Json

FOUND = re.compile(
    r"(?P<url>\bhttps?://[^\s<>\"]+|(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|example)"
    r"(?![\w@-])(?:/[^\s<>\"]*)?)"
    r"|(?P<email>\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<mention>(?<![\w@])@[a-z][a-z0-9_]{2,31}(?!\w))"
    r"|(?P<bot_command>(?<![\w/<>@])/[a-z0-9_]{1,64}(?:@[a-z0-9_]{3,32})?(?![\w/<>]))",
    re.IGNORECASE,
)
CLOSING = ".,:;!?'\")]}"
TAKEN = frozenset({"code", "pre", "text_link", "url", "email", "mention", "bot_command"})


def find_entities(text: str) -> list[Json]:
    """The entities of a text that somebody typed, first to last."""
    return list(_entities(text))


def _entities(text: str) -> Iterator[Json]:
    at = length = 0
    for match in FOUND.finditer(text):
        kind = str(match.lastgroup)
        said = match[0].rstrip(CLOSING) if kind == "url" else match[0]
        length += utf16_length(text[at : match.start()])
        at = match.start()
        yield {"type": kind, "offset": length, "length": utf16_length(said)}


def completed(text: str, entities: Sequence[Json]) -> list[Json]:
    """The entities that a text was sent with, and what Telegram finds beside links and code."""
    taken = [_range(entity) for entity in entities if entity.get("type") in TAKEN]
    found = [
        entity
        for entity in find_entities(text)
        if not any(start < _range(entity)[1] and _range(entity)[0] < end for start, end in taken)
    ]
    return [*entities, *found]


def said_by(text: str, entity: Json) -> str:
    """What stands at an entity's place."""
    start, end = _range(entity)
    units = text.encode("utf-16-le", "surrogatepass")
    return units[2 * start : 2 * end].decode("utf-16-le", "replace")


def _range(entity: Json) -> tuple[int, int]:
    start = int(str(entity["offset"]))
    return start, start + int(str(entity["length"]))
