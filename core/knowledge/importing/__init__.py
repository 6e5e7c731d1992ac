"""Read entries from a person's file: all of them, or a list of what is wrong with it."""

from collections.abc import Iterable
from pathlib import PurePath

from core.entries import NewEntry
from core.errors import UserError
from core.knowledge.importing.objects import read_json
from core.knowledge.importing.pages import open_page, read_markdown, read_prose
from core.knowledge.importing.passages import Section, to_passages
from core.knowledge.importing.rows import Problems, gather
from core.knowledge.importing.tables import read_csv
from core.knowledge.importing.texts import read_text
from core.ports.documents import Reading

READERS = {".csv": read_csv, ".json": read_json}
MARKDOWN = (".md", ".markdown")
TEXT = (".txt",)
LARGEST_FILE = 32 * 1024 * 1024  # bytes
BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")

__all__ = ["LARGEST_FILE", "NewEntry", "Reading", "read_entries"]


def read_entries(name: str, content: bytes) -> Reading:
    """Read a file of text, told by the ending of its name.

    CSV and JSON hold questions, and so does Markdown whose headings ask. Other pages are cut into
    passages. Entries without a source get the file's name. `UserError` lists every problem with
    its place.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix in READERS:
        return _read_rows(name, suffix, decode(name, content))
    if suffix in TEXT:
        return read_document(name, read_text(decode(name, content)))
    if suffix not in MARKDOWN:
        endings = ", ".join((*READERS, *MARKDOWN, *TEXT))
        raise UserError(f"{name}: a file to import ends in {endings}.")
    return read_page(name, decode(name, content))


def read_page(name: str, text: str) -> Reading:
    """The questions of a Markdown page, or its passages where no heading asks."""
    page = open_page(text)
    if page.asks:
        return _read_rows(name, MARKDOWN[0], text)
    return read_document(name, read_prose(page))


def read_document(name: str, sections: Iterable[Section], *, title: str = "") -> Reading:
    """The passages of a document. `UserError`: it has no text."""
    title = title or PurePath(name).stem or name
    entries = to_passages(sections, source=name, title=title)
    if not entries:
        raise UserError(f"{name}: there is no text in it: pictures and scripts are not read.")
    return Reading(entries=entries)


def _read_rows(name: str, suffix: str, text: str) -> Reading:
    problems = Problems(name)
    rows, notes = READERS.get(suffix, read_markdown)(name, text, problems)
    reading = gather(rows, source=name, problems=problems)
    problems.refuse()
    return Reading(
        entries=reading.entries, notes=(*(f"{name}: {n}" for n in notes), *reading.notes)
    )


def decode(name: str, content: bytes) -> str:
    """UTF-8, with or without a byte order mark."""
    if len(content) > LARGEST_FILE:
        raise UserError(
            f"{name}: the file has more than {LARGEST_FILE // 1024**2} MB. Import it in parts."
        )
    if content.startswith(BYTE_ORDER_MARKS):
        raise UserError(f"{name}: the file is UTF-16 text. Save it as UTF-8.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        raise UserError(
            f"{name}: line {line} is not UTF-8 text (byte 0x{byte:02x}). Save the file as UTF-8."
        ) from error
    if not text.strip():
        raise UserError(f"{name}: the file is empty. Is it the right one?")
    return text
