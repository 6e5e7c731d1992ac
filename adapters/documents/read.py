"""Read a file of any format that we know, in this very process."""

import re

from adapters.documents.formats import ENDINGS, Format, format_of
from core.errors import UserError
from core.knowledge.histories import read_export, read_history
from core.knowledge.importing import read_document, read_entries, read_page
from core.knowledge.importing.passages import Section
from core.knowledge.importing.texts import read_text
from core.ports.documents import GivenFile, Reading

TEXTS = (Format.TABLE, Format.OBJECTS, Format.MARKDOWN, Format.TEXT)
CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


def read_file(file: GivenFile) -> Reading:
    """All that is in a file. `UserError` begins with its name."""
    kind = format_of(file.name, file.content_type)
    if kind is None:
        raise UserError(f"{file.name}: I can read files that end in {', '.join(ENDINGS)}.")
    try:
        return _read_text(file, kind) if kind in TEXTS else _read_packed(file, kind)
    except UserError as error:
        text = str(error)
        raise UserError(text if text.startswith(file.name) else f"{file.name}: {text}") from error


def _read_text(file: GivenFile, kind: Format) -> Reading:
    if kind is Format.OBJECTS and (found := read_history(file.name, file.content)):
        return found
    if not file.content_type:
        return read_entries(file.name, file.content)
    charset = CHARSET.search(file.content_type)
    try:
        text = file.content.decode(charset[1] if charset else "utf-8", "replace")
    except LookupError:
        text = file.content.decode("utf-8", "replace")
    if kind is Format.MARKDOWN:
        return read_page(file.name, text)
    return read_document(file.name, read_text(text))


def _read_packed(file: GivenFile, kind: Format) -> Reading:
    # Each library is loaded for its own format alone: that is most of the time it takes.
    match kind:
        case Format.PDF:
            from adapters.documents.pdf import read_pdf  # noqa: PLC0415

            return _document(file, *read_pdf(file.content))
        case Format.WORD:
            from adapters.documents.docx import read_docx  # noqa: PLC0415

            return _document(file, *read_docx(file.content))
        case Format.SITEMAP:
            from adapters.documents.sitemap import read_sitemap  # noqa: PLC0415

            return Reading(links=read_sitemap(file.content))
        case Format.EXPORT:
            return read_export(file.name, file.content)
        case _:
            return _read_page(file)


def _read_page(file: GivenFile) -> Reading:
    from adapters.documents.html import read_html  # noqa: PLC0415

    charset = CHARSET.search(file.content_type)
    address = file.name if file.content_type else ""
    page = read_html(file.content, address=address, charset=charset[1] if charset else "")
    if address and not page.wanted:
        return Reading(notes=(f"{file.name}: it asks not to be kept.",), links=page.links)
    entries = _document(file, page.title, page.sections, may_be_empty=bool(page.links)).entries
    return Reading(entries=entries, links=page.links)


def _document(
    file: GivenFile, title: str, sections: tuple[Section, ...], *, may_be_empty: bool = False
) -> Reading:
    try:
        return read_document(file.name, sections, title=title)
    except UserError:
        if may_be_empty:
            return Reading()
        raise
