"""Read entries from a person's file: all of them, or a list of what is wrong with it."""

from pathlib import PurePath

from core.entries import NewEntry
from core.errors import UserError
from core.knowledge.importing.objects import read_json
from core.knowledge.importing.pages import read_markdown
from core.knowledge.importing.rows import Problems, Reading, gather
from core.knowledge.importing.tables import read_csv

READERS = {
    ".csv": read_csv,
    ".json": read_json,
    ".md": read_markdown,
    ".markdown": read_markdown,
}
LARGEST_FILE = 32 * 1024 * 1024  # bytes
BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")

__all__ = ["LARGEST_FILE", "NewEntry", "Reading", "read_entries"]


def read_entries(name: str, content: bytes) -> Reading:
    """Read a CSV, JSON or Markdown file, told by the ending of its name.

    Entries without a source get the file's name. `UserError` lists every problem with its place.
    """
    name = PurePath(name).name
    reader = READERS.get(PurePath(name).suffix.lower())
    if reader is None:
        raise UserError(f"{name}: a file to import ends in {', '.join(READERS)}.")
    text = _decode(name, content)
    problems = Problems(name)
    rows, notes = reader(name, text, problems)
    reading = gather(rows, source=name, problems=problems)
    problems.refuse()
    return Reading(
        entries=reading.entries, notes=(*(f"{name}: {n}" for n in notes), *reading.notes)
    )


def _decode(name: str, content: bytes) -> str:
    """UTF-8, with or without a byte order mark."""
    if len(content) > LARGEST_FILE:
        raise UserError(f"{name}: the file has more than {LARGEST_FILE // 1024**2} MB.")
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
        raise UserError(f"{name}: the file is empty.")
    return text
