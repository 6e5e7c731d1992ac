"""Markdown pages: of questions and answers, where headings ask, or of prose in passages."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt

from core.fences import BLOCKS
from core.knowledge.importing.passages import ASKS, Anchors, Section
from core.knowledge.importing.rows import Problems, Row, one_line

FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
RULE = re.compile(r" {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})")
INLINE = MarkdownIt("commonmark")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading, and where its text and its whole section end. Lines count from 0."""

    level: int
    title: str
    anchor: str
    line: int
    body: int
    text_end: int
    section_end: int

    @property
    def asks(self) -> bool:
        """Whether it is written as a question."""
        return self.title.endswith(ASKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page in lines, without its front matter and comments, and its headings."""

    lines: tuple[str, ...]
    headings: tuple[Heading, ...]

    @property
    def asks(self) -> bool:
        """Whether one of its headings is a question: then its answers are what is wanted."""
        return any(heading.asks for heading in self.headings)


def open_page(text: str) -> Page:
    """Read a page's lines and headings."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if front := FRONT_MATTER.match(text):
        text = "\n" * front.group().count("\n") + text[front.end() :]
    lines = _without_comments(text)
    return Page(lines=tuple(lines), headings=tuple(_headings(text, len(lines))))


def read_prose(page: Page) -> Iterator[Section]:
    """The sections of a page, in order; what stands above its first heading is one too."""
    first = page.headings[0].line if page.headings else len(page.lines)
    yield Section(headings=(), blocks=tuple(_blocks(page.lines[:first])))
    path: list[Heading] = []
    for heading in page.headings:
        path = [*(one for one in path if one.section_end > heading.line), heading]
        yield Section(
            headings=tuple(one.title for one in path if one.title),
            blocks=tuple(_blocks(page.lines[heading.body : heading.text_end])),
            place=heading.anchor,
        )


def read_markdown(name: str, text: str, problems: Problems) -> tuple[list[Row], list[str]]:
    """Read a row for each question: the headings that ask, else the lowest ones with text below.

    The source is the page and the heading's anchor; the headings above are keywords.
    """
    page = open_page(text)
    lines, headings = page.lines, page.headings
    rows = [
        Row(
            place=f"line {heading.line + 1}",
            questions=(heading.title,),
            answer=answer,
            keywords=_above(heading, headings),
            source=f"{name}#{heading.anchor}",
        )
        for heading, end in _questions(headings)
        if (answer := _answer(lines[heading.body : end])) and heading.title
    ]
    if not rows:
        problems.add("the page", "no heading has text below it")
    return rows, []


def _without_comments(text: str) -> list[str]:
    """The page's lines, with those of HTML comments empty."""
    lines = text.split("\n")
    for token in BLOCKS.parse(text):
        if token.type == "html_block" and token.map and token.content.startswith("<!--"):
            for line in range(*token.map):
                lines[line] = ""
    return lines


def _headings(text: str, lines: int) -> list[Heading]:
    tokens = BLOCKS.parse(text)
    found = [
        (int(token.tag[1]), token.map[0], token.map[1], _title(tokens[at + 1].content))
        for at, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0 and token.map
    ]
    anchors = Anchors({})
    return [
        Heading(
            level=level,
            title=title,
            anchor=anchors.name(title),
            line=line,
            body=body,
            text_end=found[at + 1][1] if at + 1 < len(found) else lines,
            section_end=next(
                (found[n][1] for n in range(at + 1, len(found)) if found[n][0] <= level), lines
            ),
        )
        for at, (level, line, body, title) in enumerate(found)
    ]


def _title(markdown: str) -> str:
    """A heading's words without their formatting."""
    (inline,) = INLINE.parseInline(markdown)
    children = inline.children or []
    texts = (child.content for child in children if child.type in ("text", "code_inline"))
    return one_line("".join(texts))


def _blocks(lines: Sequence[str]) -> Iterator[str]:
    """The blocks of a section as they are written."""
    for token in BLOCKS.parse("\n".join(lines) + "\n"):
        if token.level == 0 and token.map and token.nesting >= 0 and token.type != "hr":
            yield "\n".join(lines[slice(*token.map)]).rstrip()


def _questions(headings: Sequence[Heading]) -> Iterator[tuple[Heading, int]]:
    """The headings that are questions, each with the line where its answer ends.

    One that asks has its whole section, unless questions are asked in there too.
    """
    covered = 0
    for heading in headings:
        below = [h for h in headings if heading.line < h.line < heading.section_end]
        if heading.line < covered:
            continue
        if heading.asks and not any(h.asks for h in below):
            covered = heading.section_end
            yield heading, heading.section_end
        elif heading.asks or not below:
            yield heading, heading.text_end


def _answer(lines: Sequence[str]) -> str:
    """The text of a section without the blank lines and rules around it."""
    kept = list(lines)
    while kept and (not kept[-1].strip() or RULE.fullmatch(kept[-1])):
        kept.pop()
    while kept and not kept[0].strip():
        kept.pop(0)
    return "\n".join(kept).rstrip()


def _above(heading: Heading, headings: Sequence[Heading]) -> list[str]:
    """The titles of the sections that a heading lies in, but for the page's own."""
    return [
        h.title
        for h in headings
        if h.level > 1 and h.line < heading.line < h.section_end and h.title
    ]
