"""Which reader a file is for, told by what its server or its name says of it."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import PurePosixPath


class Format(StrEnum):
    """What we read."""

    TABLE = "csv"
    OBJECTS = "json"
    MARKDOWN = "md"
    TEXT = "txt"
    PAGE = "html"
    PDF = "pdf"
    WORD = "docx"
    EXPORT = "zip"
    SITEMAP = "sitemap"


ENDINGS: Mapping[str, Format] = {
    ".csv": Format.TABLE,
    ".json": Format.OBJECTS,
    ".md": Format.MARKDOWN,
    ".markdown": Format.MARKDOWN,
    ".txt": Format.TEXT,
    ".html": Format.PAGE,
    ".htm": Format.PAGE,
    ".pdf": Format.PDF,
    ".docx": Format.WORD,
    ".zip": Format.EXPORT,
}
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SITEMAP_TYPE = "application/x-sitemap"
"""Our own: a sitemap is only told from other XML by whoever asked for it."""

TYPES: Mapping[str, Format] = {
    "text/html": Format.PAGE,
    "application/xhtml+xml": Format.PAGE,
    "text/plain": Format.TEXT,
    "text/markdown": Format.MARKDOWN,
    "application/pdf": Format.PDF,
    WORD_TYPE: Format.WORD,
    SITEMAP_TYPE: Format.SITEMAP,
}


def format_of(name: str, content_type: str) -> Format | None:
    """The format of a file, None when it is none of ours."""
    if content_type:
        return TYPES.get(content_type.partition(";")[0].strip().lower())
    return ENDINGS.get(PurePosixPath(name).suffix.lower())
