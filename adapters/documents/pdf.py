"""PDF: the text of its pages, below the headings that its letters' sizes or its outline tell."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from typing import Any

from pypdf import PdfReader
from pypdf.errors import DependencyError, PyPdfError

from core.commonmark import escape
from core.errors import UserError
from core.knowledge.importing.passages import Section, heading_of

MOST_PAGES = 2_000
LARGER = 1.15
"""How much larger than most of the text a line is that is a heading."""
LONGEST_HEADING = 120  # characters
LEAST_LETTERS = 20  # in a whole document that is more than pictures
REPEATED_ON = 3  # pages: then a line at their edge is no text
EDGE = 2  # lines at the head and the foot of a page
SHORT_LINE = 0.75
ROOM = 0.5
DIGITS = re.compile(r"\d+")
NUMBER = re.compile(r"[-–\s]*(?:\d+|[ivxlc]+)[-–\s]*", re.IGNORECASE)
LEADERS = re.compile(r"(?:\s*[.·…]){4,}\s*[\divxlc]*\s*$")
"""What leads from a title to its page in a table of contents."""
ENDS = re.compile(r"[.!?:…。！？][\"')\]»”]*$")
ITEM = re.compile(r"\s*(?:[•◦▪‣·–*-]|\d{1,3}[.)]|[a-z][.)])\s+")
BULLET = re.compile(r"^\s*[•◦▪‣·–*-]\s+")
LOCKED = "it is protected by a password. Save it without one."
PICTURES = "it has no text, only pictures. Run it through text recognition (OCR) first."
DAMAGED = "it is damaged, or no PDF."


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page; `size` is that of its letters in points, 0 where it is not known."""

    text: str
    size: float
    page: int


def read_pdf(content: bytes) -> tuple[str, tuple[Section, ...]]:
    """The title of a document, and its sections. `UserError` without the name in front."""
    try:
        reader = PdfReader(BytesIO(content))
        _open(reader)
        pages = [_lines(page, number) for number, page in enumerate(_pages(reader), start=1)]
        title = heading_of(str(reader.metadata.title or "")) if reader.metadata else ""
        outlined = frozenset(_outline(reader))
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        # What pypdf raises on broken files is whatever its code stumbles over.
        raise UserError(DAMAGED) from error
    if sum(letter.isalnum() for page in pages for line in page for letter in line.text) < (
        LEAST_LETTERS
    ):
        raise UserError(PICTURES)
    lines = [line for page in _without_edges(pages) for line in page]
    return title, tuple(_sections(lines, outlined))


def _open(reader: PdfReader) -> None:
    """Many are encrypted with no password, only to forbid printing: those open by themselves."""
    try:
        if reader.is_encrypted and not reader.decrypt(""):
            raise UserError(LOCKED)
    except (DependencyError, NotImplementedError) as error:
        raise UserError(LOCKED) from error


def _pages(reader: PdfReader) -> Sequence[Any]:
    if len(reader.pages) > MOST_PAGES:
        raise UserError(f"it has more than {MOST_PAGES:,} pages. Import it in parts.")
    return reader.pages


def _lines(page: Any, number: int) -> list[Line]:
    """The lines of a page, with the size of the largest letters of each."""
    sizes: dict[str, float] = {}

    def visit(text: str, _: Any, matrix: Sequence[float], __: Any, size: float) -> None:
        scale = abs(matrix[3]) or abs(matrix[1]) or 1.0
        for part in text.split("\n"):
            if key := "".join(part.split()):
                sizes[key] = max(sizes.get(key, 0.0), scale * size)

    text: str = page.extract_text(visitor_text=visit)
    found = ((line, "".join(line.split())) for line in text.split("\n"))
    return [Line(line.rstrip(), round(sizes.get(key, 0.0), 1), number) for line, key in found]


def _outline(reader: PdfReader) -> Iterator[str]:
    """The titles of the bookmarks, as they are compared."""
    waiting: list[Any] = list(reader.outline)
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif title := _key(str(getattr(one, "title", "") or "")):
            yield title


def _without_edges(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Pages without numbers, the lines at their edges that they share, and tables of contents."""
    edges = Counter(key for page in pages for key in {_edge_key(line) for line in _edges(page)})
    shared = {key for key, times in edges.items() if times >= REPEATED_ON}
    kept = []
    for page in pages:
        gone = {
            id(line)
            for line in _edges(page)
            if _edge_key(line) in shared or NUMBER.fullmatch(line.text)
        }
        kept.append(
            [line for line in page if id(line) not in gone and not _leads_to_a_page(line.text)]
        )
    return kept


def _leads_to_a_page(text: str) -> bool:
    return LEADERS.search(text[-LONGEST_HEADING:]) is not None


def _edges(page: Sequence[Line]) -> list[Line]:
    filled = [line for line in page if line.text.strip()]
    return filled[:EDGE] + filled[EDGE:][-EDGE:]


def _edge_key(line: Line) -> str:
    return DIGITS.sub("0", _key(line.text))


def _key(text: str) -> str:
    return "".join(text.split()).casefold()


def _sections(lines: Sequence[Line], outlined: frozenset[str]) -> Iterator[Section]:
    """Cut at headings, and where there are none at the ends of pages."""
    usual = _usual_size(lines)
    larger = sorted({line.size for line in lines if _is_large(line, usual)}, reverse=True)
    levels = {size: level for level, size in enumerate(larger)}
    widths = _widths(lines)
    path: list[tuple[int, str]] = []
    below: list[Line] = []
    page = 0
    for line in lines:
        large = _is_large(line, usual)
        if not large and _key(line.text) not in outlined:
            below.append(line)
            continue
        title = heading_of(line.text)
        level = levels.get(line.size, len(levels))
        empty = not any(one.text.strip() for one in below)
        if path and empty and (path[-1][0], page) == (level, line.page):
            title = f"{path.pop()[1]} {title}"  # a heading of two lines
        else:
            yield from _pages_of(path, below, widths)
        page = line.page
        path = [*(one for one in path if one[0] < level), (level, title)]
        below = []
    yield from _pages_of(path, below, widths)


def _pages_of(
    path: Sequence[tuple[int, str]], lines: Sequence[Line], widths: Mapping[int, int]
) -> Iterator[Section]:
    """What stands below a heading, page by page: each has a place that readers can open."""
    titles = tuple(title for _, title in path)
    for page in sorted({line.page for line in lines}):
        here = [line for line in lines if line.page == page]
        blocks = _with_lists(_blocks(here, widths[page]))
        yield Section(headings=titles, blocks=tuple(blocks), place=f"page={page}")


def _usual_size(lines: Sequence[Line]) -> float:
    """The size of most of the letters."""
    sizes = Counter[float]()
    for line in lines:
        sizes[line.size] += len(line.text)
    sizes.pop(0.0, None)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _is_large(line: Line, usual: float) -> bool:
    text = line.text.strip()
    return (
        0 < usual * LARGER < line.size
        and len(text) <= LONGEST_HEADING
        and any(map(str.isalpha, text))
    )


def _widths(lines: Sequence[Line]) -> Mapping[int, int]:
    """How long the longest line of each page is."""
    widths: dict[int, int] = {}
    for line in lines:
        widths[line.page] = max(widths.get(line.page, 0), len(line.text))
    return widths


def _blocks(lines: Sequence[Line], widest: int) -> Iterator[str]:
    """Paragraphs and lists: a PDF has lines only, and where they end tells."""
    kept: list[str] = []
    for line, following in pairwise((*lines, Line("", 0.0, 0))):
        text = line.text.strip()
        if text:
            kept.append(text)
        short = len(line.text) < SHORT_LINE * widest
        ends = not text or (ENDS.search(text) and short) or ITEM.match(following.text)
        if kept and (ends or not following.text.strip()):
            yield _joined(kept, widest)
            kept = []


def _with_lists(blocks: Iterator[str]) -> list[str]:
    """Items that follow each other are one list."""
    kept: list[str] = []
    for block in blocks:
        if kept and block.startswith("- ") and kept[-1].startswith("- "):
            kept[-1] += f"\n{block}"
        else:
            kept.append(block)
    return kept


def _joined(lines: Sequence[str], widest: int) -> str:
    """One paragraph or item; a word that was cut at the end of a line is whole again.

    Behind a line that had room for more, as the rows of a table have, a new one begins.
    """
    text, last = "", 0
    for line in lines:
        if text.endswith("-") and text[-2:-1].isalpha() and line[:1].islower():
            text = f"{text[:-1]}{line}"
        else:
            text += ("\n" if last < ROOM * widest else " ") + line
        last = len(line)
    text = text.strip()
    return f"- {escape(BULLET.sub('', text))}" if BULLET.match(text) else escape(text)
