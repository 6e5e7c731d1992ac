"""What a file is by its first bytes, whatever its sender says."""

from pathlib import PurePosixPath

HEAD = 4096
"""How many bytes are looked at."""

UNKNOWN = "application/octet-stream"
SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"PAR1", "application/vnd.apache.parquet"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"\x7fELF", "application/x-executable"),
    (b"MZ", "application/x-executable"),
)
OFFICE = "application/vnd.openxmlformats-officedocument"
ZIPPED = {
    ".xlsx": f"{OFFICE}.spreadsheetml.sheet",
    ".docx": f"{OFFICE}.wordprocessingml.document",
    ".pptx": f"{OFFICE}.presentationml.presentation",
}
WRITTEN = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".json": "application/json",
    ".md": "text/markdown",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}
MARKUP = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script")
BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
NOT_IN_TEXT = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1b")


def content_type_of(head: bytes, name: str) -> str:
    """The type of what begins with these bytes.

    The name only decides between kinds of text, and of office documents, that begin alike.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    for signature, kind in SIGNATURES:
        if head.startswith(signature):
            office = kind == "application/zip" and b"[Content_Types].xml" in head
            return ZIPPED.get(suffix, kind) if office else kind
    return _text_type(head, suffix) if _is_text(head) else UNKNOWN


def _text_type(head: bytes, suffix: str) -> str:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower()
    if start.startswith(MARKUP):
        return "text/html"
    if start.startswith((b"<?xml", b"<svg")):
        return "image/svg+xml" if suffix == ".svg" or b"<svg" in head.lower() else "text/xml"
    return WRITTEN.get(suffix, "text/plain")


def _is_text(head: bytes) -> bool:
    """Whether it reads as text; a character that the end of the head cuts is no fault."""
    if head.startswith(BYTE_ORDER_MARKS):
        return True
    if any(byte in NOT_IN_TEXT for byte in head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3 and len(head) >= HEAD - 3
    return True
