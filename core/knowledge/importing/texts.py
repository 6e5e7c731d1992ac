"""Plain text in sections: paragraphs, and the short lines above them that are headings."""

import re
from collections.abc import Iterator

from core.commonmark import escape
from core.knowledge.importing.passages import Anchors, Section

BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
UNDERLINED = re.compile(r"(?m)^(\S.*)\n(={3,}|-{3,}|~{3,})[ \t]*$")
LONGEST_HEADING = 80
NO_HEADING = tuple(".!:;,…。！：；，)]}>\"'")


def read_text(text: str) -> Iterator[Section]:
    """The sections of a text, in order."""
    text = UNDERLINED.sub(r"\n\1\n\n", text.replace("\r\n", "\n").replace("\r", "\n"))
    anchors = Anchors({})
    headings: tuple[str, ...] = ()
    place, kept = "", list[str]()
    paragraphs = [one for one in (p.strip("\n") for p in BLANK_LINES.split(text)) if one.strip()]
    for number, paragraph in enumerate(paragraphs):
        if number + 1 < len(paragraphs) and is_heading(paragraph):
            yield Section(headings=headings, blocks=tuple(kept), place=place)
            headings, kept = (paragraph.strip(),), []
            place = anchors.name(paragraph.strip())
        else:
            kept.append(escape(paragraph))
    yield Section(headings=headings, blocks=tuple(kept), place=place)


def is_heading(paragraph: str) -> bool:
    """Whether one short line stands by itself and does not end as a sentence does."""
    line = paragraph.strip()
    return (
        "\n" not in line
        and len(line) <= LONGEST_HEADING
        and not line.endswith(NO_HEADING)
        and not line.startswith(("-", "*", "•", "|", ">"))
        and any(map(str.isalpha, line))
    )
