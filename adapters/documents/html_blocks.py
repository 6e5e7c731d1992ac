"""The blocks of a page in CommonMark: paragraphs, lists, tables and code."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from lxml.html import HtmlElement

from adapters.documents.tables import table_text
from core.commonmark import code, code_block, escape

HEADINGS = {f"h{level}": level for level in range(1, 7)}
LISTS = frozenset(("ul", "ol", "menu"))
INLINE = frozenset(
    (
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "br", "cite", "code", "data", "del"),
        *("dfn", "em", "font", "i", "img", "ins", "kbd", "label", "mark", "q", "ruby", "rb", "rt"),
        *("rp", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt"),
        *("u", "var", "wbr"),
    )
)
CODE = frozenset(("code", "kbd", "samp", "tt"))
STRONG = frozenset(("b", "strong"))
HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:font-size|opacity)\s*:\s*0(?![.\d])"
)
SPACES = re.compile(r"[^\S\n]+")
LINE_ENDS = re.compile(r" ?\n ?")
MENU_LINKS = 4
MENU_SHARE = 0.7
DEEPEST_LIST = 6


@dataclass(frozen=True, slots=True)
class Event:
    """A heading, with its level and anchor, or a block, whose level is 0."""

    text: str
    level: int = 0
    anchor: str = ""


def is_hidden(element: HtmlElement) -> bool:
    """Whether people do not see it."""
    attributes = element.attrib
    return (
        "hidden" in attributes
        or (attributes.get("aria-hidden") or "").lower() == "true"
        or HIDDEN.search((attributes.get("style") or "").lower()) is not None
    )


def text_length(element: HtmlElement) -> int:
    """How many characters it has, without spaces."""
    return sum(len("".join(text.split())) for text in element.itertext())


@dataclass(slots=True)
class Blocks:
    """Walks a page. `base` is what its relative links start from, empty where they lead nowhere."""

    base: str
    level: int = 0

    def of(self, element: HtmlElement) -> Iterator[Event]:
        """The blocks and headings in an element."""
        line: list[str] = [escape_line(element.text)]
        for child in element:
            if child.tag in INLINE and not _holds_blocks(child):
                line.append(self._inline(child))
            else:
                yield from _paragraph(line)
                line = []
                yield from self._block(child)
            line.append(escape_line(child.tail))
        yield from _paragraph(line)

    def _block(self, element: HtmlElement) -> Iterator[Event]:
        tag = element.tag
        if tag in HEADINGS:
            yield from self._heading(element, HEADINGS[tag])
        elif tag == "summary":
            yield from self._heading(element, min(max(self.level, 1) + 1, 6), enters=False)
        elif tag == "pre":
            text = "".join(element.itertext()).strip("\n")
            yield from [Event(code_block(text))] if text.strip() else []
        elif _is_menu(element):
            return
        elif tag in LISTS:
            yield from _made("\n".join(self._list(element)))
        elif tag == "dl":
            yield from _made("\n".join(self._definitions(element)))
        elif tag == "table" and not _is_layout(element):
            yield from _made(table_text(list(self._rows(element)), has_head=_has_head(element)))
        else:
            yield from self.of(element)

    def _heading(self, element: HtmlElement, level: int, *, enters: bool = True) -> Iterator[Event]:
        title = " ".join("".join(element.itertext()).split()).strip(" ¶#§🔗")
        if not title:
            return
        if enters:
            self.level = level
        yield Event(title, level, _anchor(element))

    def _inline(self, element: HtmlElement) -> str:
        tag = element.tag
        if tag == "br":
            return "\n"
        if tag in CODE:
            return code("".join(element.itertext()))
        parts = [escape_line(element.text)]
        for child in element:
            parts += [self._inline(child), escape_line(child.tail)]
        text = "".join(parts)
        if tag == "a":
            return self._link(element, text)
        if tag in STRONG and text.strip() and "\n" not in text and "**" not in text:
            return f"**{text.strip()}** " if text.endswith((" ", "\n")) else f"**{text.strip()}**"
        return text

    def _link(self, element: HtmlElement, text: str) -> str:

        try:
            address = urljoin(self.base, (element.get("href") or "").strip())
        except ValueError:
            return text
        words = " ".join(text.split())
        if not address.startswith(("https://", "http://")) or re.search(r"[\s()<>]", address):
            return text
        return f"[{words}]({address})" if words and words != escape(address) else address

    def _list(self, element: HtmlElement, depth: int = 0) -> Iterator[str]:
        ordered, number = element.tag == "ol", 0
        for item in element:
            if item.tag in LISTS:
                yield from self._list(item, min(depth + 1, DEEPEST_LIST))
                continue
            number += 1
            mark = f"{number}. " if ordered else "- "
            nested = [one for one in item if one.tag in LISTS]
            for one in nested:
                _detach(one)
            text = "\n".join(event.text for event in self.of(item))
            indent = "   " * depth
            if text.strip():
                yield f"{indent}{mark}" + text.replace("\n", f"\n{indent}{' ' * len(mark)}")
            for one in nested:
                yield from self._list(one, min(depth + 1, DEEPEST_LIST))

    def _definitions(self, element: HtmlElement) -> Iterator[str]:
        term = ""
        for one in element.iter("dt", "dd"):
            text = " ".join(event.text for event in self.of(one)).replace("\n", " ").strip()
            if one.tag == "dt":
                term = text
            elif text:
                yield f"- **{term}**: {text}" if term else f"- {text}"

    def _rows(self, table: HtmlElement) -> Iterator[Sequence[str]]:
        for row in table.iter("tr"):
            cells = [cell for cell in row if cell.tag in ("td", "th")]
            yield [" ".join(event.text for event in self.of(cell)) for cell in cells]


def escape_line(text: str | None) -> str:
    """Text of a page, whose line ends are spaces."""
    return escape(SPACES.sub(" ", text.replace("\n", " "))) if text else ""


def _paragraph(line: Sequence[str]) -> Iterator[Event]:
    text = LINE_ENDS.sub("\n", SPACES.sub(" ", "".join(line))).strip()
    yield from _made(text)


def _made(text: str) -> Iterator[Event]:
    if text.strip():
        yield Event(text)


def _holds_blocks(element: HtmlElement) -> bool:
    return any(isinstance(one.tag, str) and one.tag not in INLINE for one in element.iter())


def _anchor(element: HtmlElement) -> str:
    """The name by which an address leads to a heading."""
    inner = [one.get("id") or one.get("name") for one in element.iter("a", "span")]
    parent = element.getparent()
    begins = parent is not None and parent.tag in ("section", "div") and parent[0] is element
    around = [parent.get("id")] if begins and parent is not None else []
    found = [element.get("id"), *inner, *around]
    return next((name for name in found if name and not re.search(r"[\s#]", name)), "")


def _is_menu(element: HtmlElement) -> bool:
    """Whether nearly all of it is links, and there are several."""
    links = list(element.iter("a"))
    if len(links) < MENU_LINKS or element.find(".//h1") is not None:
        return False
    return sum(map(text_length, links)) > MENU_SHARE * text_length(element)


def _is_layout(table: HtmlElement) -> bool:
    """Whether a table only puts things side by side."""
    return any(
        one.tag in HEADINGS or one.tag in ("table", "pre", "article")
        for one in table.iterdescendants()
    )


def _has_head(table: HtmlElement) -> bool:
    first = next(table.iter("tr"), None)
    return first is not None and len(first) > 0 and all(cell.tag == "th" for cell in first)


def _detach(element: HtmlElement) -> None:
    """Take a list out of its item; what follows it stays."""
    element.drop_tree()
