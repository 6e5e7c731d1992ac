"""What a file is, is said by its bytes."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sniffing import HEAD, UNKNOWN, content_type_of

OFFICE = "application/vnd.openxmlformats-officedocument"


def zipped(*names: str) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return output.getvalue()


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\x00", "a.csv", "image/png"),
        (b"\xff\xd8\xff\xe0", "a.jpg", "image/jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8", "a", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt", "a", UNKNOWN),
        (b"%PDF-1.7\n", "a.txt", "application/pdf"),
        (b"MZ\x90\x00", "holiday.jpg", "application/x-executable"),
        (zipped("a.txt"), "a.xlsx", "application/zip"),
        (
            zipped("[Content_Types].xml", "xl/workbook.xml"),
            "a.xlsx",
            f"{OFFICE}.spreadsheetml.sheet",
        ),
        (zipped("[Content_Types].xml"), "a.xlsm", "application/zip"),
        (b"PAR1\x15\x04", "a.parquet", "application/vnd.apache.parquet"),
        (b"a,b\n1,2\n", "a.csv", "text/csv"),
        (b"a,b\n1,2\n", "A.CSV", "text/csv"),
        (b"a,b\n1,2\n", "a.pdf", "text/plain"),
        (b'{"a": 1}', "a.json", "application/json"),
        (b"# Title", "a.md", "text/markdown"),
        (b"\xef\xbb\xbfa;b\n", "a.csv", "text/csv"),
        ("größe;zahl\n".encode("utf-16"), "a.csv", "text/csv"),
        (b"\n  <!DOCTYPE HTML><html>", "a.csv", "text/html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "a.png", "image/svg+xml"),
        (b"<?xml version='1.0'?><a/>", "a.xml", "text/xml"),
        (b"one\x00two", "a.txt", UNKNOWN),
        ("größe".encode("latin-1"), "a.txt", UNKNOWN),
        (b"", "a.csv", "text/csv"),
        (b"", "a", "text/plain"),
    ],
)
def test_the_type_is_that_of_the_bytes(head: bytes, name: str, kind: str) -> None:
    assert content_type_of(head, name) == kind


@pytest.mark.parametrize("letter", ["é", "€", "😀"])
@pytest.mark.parametrize("shift", range(4))
def test_a_character_that_the_end_of_the_head_cuts_is_no_fault(letter: str, shift: int) -> None:
    text = "x" * shift + letter * HEAD
    assert content_type_of(text.encode()[:HEAD], "a.txt") == "text/plain"


@given(st.binary(max_size=HEAD), st.text(max_size=20))
def test_any_bytes_have_a_type(head: bytes, name: str) -> None:
    assert "/" in content_type_of(head, name)
