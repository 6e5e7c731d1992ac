"""The HTML of the Bot API, read as strictly as Telegram's server does."""

import re
from dataclasses import dataclass, field

from core.text import utf16_length
from simulator.telegram.refusals import Json

TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[a-z0-9-]+)"
    r"(?P<attributes>(?:\s+[a-z-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[a-z0-9.-]+))?)*)\s*>",
    re.IGNORECASE,
)
ATTRIBUTE = re.compile(
    r"([a-z-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([a-z0-9.-]+)))?", re.IGNORECASE
)
CHARACTER = re.compile(r"&(?:#([0-9]{1,7})|#x([0-9a-f]{1,6})|(lt|gt|amp|quot));", re.IGNORECASE)
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}

TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "span": "spoiler",
    "a": "text_link",
}


class MarkupError(ValueError):
    """What Telegram says of the text."""


@dataclass(slots=True)
class _Reading:
    parts: list[str] = field(default_factory=list)
    length: int = 0
    opened: list[tuple[str, Json]] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)

    def text(self, source: str) -> None:
        if "<" in source:
            raise MarkupError("Unsupported start tag")
        shown = CHARACTER.sub(_character, source) if "&" in source else source
        self.parts.append(shown)
        self.length += utf16_length(shown)

    def tag(self, match: re.Match[str]) -> None:
        name = match["name"].lower()
        if match["end"]:
            self._close(name)
        else:
            attributes = {
                found[1].lower(): _value(found) for found in ATTRIBUTE.finditer(match["attributes"])
            }
            self._open(name, attributes)

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        if name not in TYPES or (name == "span" and attributes.get("class") != "tg-spoiler"):
            raise MarkupError(f'Unsupported start tag "{name}"')
        entity: Json = {"type": TYPES[name], "offset": self.length}
        if name == "a":
            entity["url"] = attributes.get("href", "")
        if name == "blockquote" and "expandable" in attributes:
            entity["type"] = "expandable_blockquote"
        if name == "code" and attributes.get("class", "").startswith("language-"):
            entity["language"] = attributes["class"].removeprefix("language-")
        self.opened.append((name, entity))

    def _close(self, name: str) -> None:
        if not self.opened or self.opened[-1][0] != name:
            raise MarkupError(f'Unmatched end tag "{name}"')
        entity = self.opened.pop()[1]
        entity["length"] = self.length - int(str(entity["offset"]))
        if name == "pre" and self.entities:
            self._take_language(entity)
        if entity["length"]:
            self.entities.append(entity)

    def _take_language(self, block: Json) -> None:
        """Code with a language that fills a block of code is not an entity of its own."""
        code = self.entities[-1]
        if "language" in code and all(code[key] == block[key] for key in ("offset", "length")):
            block["language"] = self.entities.pop()["language"]


def parse_html(source: str) -> tuple[str, list[Json]]:
    """The text that is shown, and its entities. `MarkupError` when a tag is wrong."""
    if "<" not in source and "&" not in source:
        return source, []
    reading, at = _Reading(), 0
    for match in TAG.finditer(source):
        reading.text(source[at : match.start()])
        reading.tag(match)
        at = match.end()
    reading.text(source[at:])
    if reading.opened:
        raise MarkupError(f"Can't find end tag corresponding to start tag {reading.opened[-1][0]}")
    reading.entities.reverse()
    return "".join(reading.parts), sorted(reading.entities, key=_place)


def _place(entity: Json) -> tuple[int, int]:
    """As Telegram sorts them: by where they begin, the longer one first."""
    return int(str(entity["offset"])), -int(str(entity["length"]))


def _value(found: re.Match[str]) -> str:
    return CHARACTER.sub(_character, found[2] or found[3] or found[4] or "")


def _character(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return NAMED[name.lower()]
    number = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else match[0]
