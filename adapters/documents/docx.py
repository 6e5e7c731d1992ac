"""Word documents: paragraphs below headings, lists, and tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from docx import Document
from docx.document import Document as WordDocument
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml import etree

from adapters.documents.tables import NARROW, table_text
from core.commonmark import escape
from core.errors import UserError
from core.knowledge.importing.passages import Anchors, Section, heading_of

OLD = b"\xd0\xcf\x11\xe0"  # the container of old documents, and of those with a password
LARGEST_UNPACKED = 200 * 1024 * 1024  # bytes
MOST_PARTS = 5_000
HEADING_STYLE = re.compile(r"heading (\d)", re.IGNORECASE)
LIST_STYLE = re.compile(r"list( bullet| number)?\b", re.IGNORECASE)
DEEPEST = 9
TITLE = "title"
OLD_OR_LOCKED = "it is an old Word document, or has a password. Save it as .docx without one."
DAMAGED = "it is damaged, or no Word document."
TOO_LARGE = "it unpacks to more than 200 MB."


def read_docx(content: bytes) -> tuple[str, tuple[Section, ...]]:
    """The title of a document, and its sections. `UserError` without the name in front."""
    if content.startswith(OLD):
        raise UserError(OLD_OR_LOCKED)
    try:
        _weigh(content)
        document = Document(BytesIO(content))
        title = heading_of(document.core_properties.title or "")
        return title, tuple(_Walk().sections(document))
    except (
        *(BadZipFile, PackageNotFoundError, etree.XMLSyntaxError),
        *(KeyError, ValueError, AttributeError, TypeError, NotImplementedError),
    ) as error:
        # What python-docx raises on broken files is whatever its code stumbles over.
        raise UserError(DAMAGED) from error


def _weigh(content: bytes) -> None:
    """Refuse what says itself that it is a bomb; what lies meets the limits of the process."""
    with ZipFile(BytesIO(content)) as packed:
        parts = packed.infolist()
        if len(parts) > MOST_PARTS or sum(one.file_size for one in parts) > LARGEST_UNPACKED:
            raise UserError(TOO_LARGE)


@dataclass(slots=True)
class _Walk:
    """Goes through a document's paragraphs and tables."""

    path: list[tuple[int, str]] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    place: str = ""

    def sections(self, document: WordDocument) -> Iterator[Section]:
        anchors = Anchors({})
        for part in document.iter_inner_content():
            if isinstance(part, Table):
                self._add(_table(part))
                continue
            text = part.text.strip()
            level = _level(part)
            if level is None or not text:
                self._paragraph(part, text)
                continue
            yield self._section()
            self.path = [one for one in self.path if one[0] < level]
            self.path.append((level, heading_of(text)))
            self.place = anchors.name(self.path[-1][1])
        yield self._section()

    def _paragraph(self, paragraph: Paragraph, text: str) -> None:
        if not text:
            return
        if _is_item(paragraph):
            self.items.append(f"- {escape(text)}")
        else:
            self._add(escape(text))

    def _add(self, block: str) -> None:
        self._close_list()
        self.blocks.append(block)

    def _close_list(self) -> None:
        if self.items:
            self.blocks.append("\n".join(self.items))
            self.items = []

    def _section(self) -> Section:
        self._close_list()
        titles = tuple(title for _, title in self.path)
        section = Section(headings=titles, blocks=tuple(self.blocks), place=self.place)
        self.blocks = []
        return section


def _level(paragraph: Paragraph) -> int | None:
    """The level of a heading, by its style or its own outline level; 0 is the title."""
    style = paragraph.style.name or "" if paragraph.style else ""
    if style.lower() == TITLE:
        return 0
    if found := HEADING_STYLE.match(style):
        return int(found[1])
    outline = paragraph._p.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")  # noqa: SLF001
    if outline is None:
        return None
    value = outline.get(qn("w:val")) or ""
    return int(value) + 1 if value.isdecimal() and int(value) < DEEPEST else None


def _is_item(paragraph: Paragraph) -> bool:
    style = paragraph.style.name or "" if paragraph.style else ""
    numbered = paragraph._p.find(f"{qn('w:pPr')}/{qn('w:numPr')}")  # noqa: SLF001
    return numbered is not None or bool(LIST_STYLE.match(style))


def _table(table: Table) -> str:
    rows = []
    for row in table.rows:
        seen, cells = set[int](), []
        for cell in row.cells:  # a cell that spans columns comes once for each
            if id(cell._tc) not in seen:  # noqa: SLF001
                seen.add(id(cell._tc))  # noqa: SLF001
                cells.append(escape(cell.text.strip()))
        rows.append(cells)
    wide = len(rows) > 1 and all(len(row) > NARROW for row in rows[:2])
    return table_text(rows, has_head=wide and all(rows[0]))
