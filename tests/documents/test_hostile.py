"""Files made to harm whoever reads them: each is refused or read, and the next one is read."""

import io
import os
import time
import zipfile
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.documents.formats import SITEMAP_TYPE
from adapters.documents.reader import LARGEST, ChildReader, open_reader
from core.errors import UserError
from core.ports.documents import GivenFile
from tests.documents.making import packed_pdf, pdf_file, word_with, zipped

NOTHING_LEFT = timedelta(seconds=20)
LAUGHS = '<!DOCTYPE w:document [<!ENTITY a0 "ha">' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)
)
SITEMAP = (
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>{}</loc></url></urlset>'
)


@pytest.fixture
async def reader() -> AsyncIterator[ChildReader]:
    async with open_reader() as reader:
        yield reader


def file(name: str, content: bytes | str, content_type: str = "") -> GivenFile:
    data = content.encode() if isinstance(content, str) else content
    return GivenFile(name=name, content=data, content_type=content_type)


def zeros(size: int, *, wbits: int = 15) -> bytes:
    """So many zeros, packed."""
    packer = zlib.compressobj(9, wbits=wbits)
    part = bytes(1024 * 1024)
    return b"".join(packer.compress(part) for _ in range(size // len(part))) + packer.flush()


def zip_bomb() -> bytes:
    """A small document that unpacks to 201 MB."""
    return zipped({"[Content_Types].xml": bytes(201 * 1024 * 1024)})


def lying_zip_bomb() -> bytes:
    """One that says of itself that it is small."""
    honest = word_with("<w:p/>" + "<!--" + "x" * (20 * 1024 * 1024) + "-->")
    with zipfile.ZipFile(io.BytesIO(honest)) as packed:
        size = packed.getinfo("word/document.xml").file_size
    return honest.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little"))


def billion_laughs() -> bytes:
    text = "<w:p><w:r><w:t>&a11;</w:t></w:r></w:p>"
    return word_with(text, before=f"{LAUGHS}]>")


HARMFUL = {
    "a zip bomb": lambda: file("a.docx", zip_bomb()),
    "a zip bomb that lies": lambda: file("a.docx", lying_zip_bomb()),
    "a billion laughs": lambda: file("a.docx", billion_laughs()),
    "a packed PDF": lambda: file("a.pdf", packed_pdf(zeros(100 * 1024**2))),
    "deep arrays in a PDF": lambda: file("a.pdf", b"%PDF-1.4\n1 0 obj\n" + b"[" * 10**6),
    "deep JSON": lambda: file("a.json", "[" * 10**6),
    "deep XML": lambda: file("a.docx", word_with("<w:p>" * 10**5)),
    "a packed sitemap": lambda: file(
        "https://a.example/s", zeros(60 * 1024**2, wbits=31), SITEMAP_TYPE
    ),
    "laughs in a sitemap": lambda: file(
        "https://a.example/s",
        f"{LAUGHS.replace('w:document', 'urlset')}]>{SITEMAP.format('&a11;')}",
        SITEMAP_TYPE,
    ),
}


async def still_reads(reader: ChildReader) -> None:
    reading = await reader.read(file("fine.txt", "All is well."))
    assert reading.entries[0].answer == "All is well."


@pytest.mark.parametrize("name", HARMFUL)
async def test_what_is_made_to_harm_is_refused_and_the_next_file_is_read(
    reader: ChildReader, name: str
) -> None:
    harmful = HARMFUL[name]()
    started = time.monotonic()
    with pytest.raises(UserError) as refused:
        await reader.read(harmful)
    assert str(refused.value).startswith(harmful.name)
    assert "\n" not in str(refused.value).removesuffix("\n") or harmful.name == "a.json"
    assert time.monotonic() - started < NOTHING_LEFT.total_seconds()
    await still_reads(reader)


async def test_deeply_nested_pages_are_read_as_far_as_they_go(reader: ChildReader) -> None:
    page = file("a.html", f"<p>Hello</p>{'<div><b>' * 100_000}bottom")
    reading = await reader.read(page)
    assert reading.entries[0].answer == "Hello"
    await still_reads(reader)


async def test_a_document_cannot_read_the_machines_own_files(
    reader: ChildReader, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("https://a.example/very-secret")
    doctype = f'<!DOCTYPE urlset [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    sitemap = f"{doctype}{SITEMAP.format('https://a.example/&x;')}"
    reading = await reader.read(file("https://a.example/s", sitemap, SITEMAP_TYPE))
    assert "secret" not in str(reading)
    before = f'<!DOCTYPE w:document [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    body = "<w:p><w:r><w:t>Hello &x;</w:t></w:r></w:p>"
    document = await reader.read(file("a.docx", word_with(body, before=before)))
    assert "Hello" in document.entries[0].answer
    assert "secret" not in str(document)


async def test_a_file_that_takes_too_much_memory_is_refused(reader: ChildReader) -> None:
    hungry = file("a.html", "<p>x" * (8 * 1024**2))
    with pytest.raises(UserError, match=r"a\.html: .* too much memory"):
        await reader.read(hungry)
    await still_reads(reader)


async def test_a_file_that_takes_too_long_is_left(reader: ChildReader) -> None:
    await still_reads(reader)
    reader.within = timedelta(seconds=0.3)
    with pytest.raises(UserError, match=r"a\.html: reading it takes too long\."):
        await reader.read(file("a.html", "<p>x</p>" * 500_000))
    reader.within = NOTHING_LEFT
    await still_reads(reader)


async def test_a_file_that_is_too_large_is_not_even_given_to_the_reader(
    reader: ChildReader,
) -> None:
    with pytest.raises(UserError, match=r"a\.zip: the file has more than 64 MB\."):
        await reader.read(file("a.zip", bytes(LARGEST + 1)))


async def test_the_reader_leaves_no_process_behind() -> None:
    async with open_reader() as reader:
        await still_reads(reader)
        assert reader._child is not None
        process = reader._child.pid
        environment = Path(f"/proc/{process}/environ")
        if environment.exists():
            assert b"POSTGRES" not in environment.read_bytes()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def page_tree(*parts: bytes) -> bytes:
    """A PDF of which only the objects behind the catalogue are given."""
    return pdf_file([b"<< /Type /Catalog /Pages 2 0 R /Outlines 4 0 R >>", *parts, b"<< >>"])


ONE_PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 5 0 R >>"


@pytest.mark.parametrize(
    "content",
    [
        page_tree(b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"),
        page_tree(b"<< /Type /Pages /Kids [3 0 R] /Count 1000000000 >>", ONE_PAGE),
        page_tree(
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            ONE_PAGE,
            b"<< /First 4 0 R /Last 4 0 R /Next 4 0 R /Title (a) /Dest [3 0 R /Fit] >>",
        ),
        page_tree(
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            ONE_PAGE.replace(b"/Contents", b"/Resources << /XObject << /X 5 0 R >> >> /Contents"),
            b"<< >>",
            b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject"
            b" << /X 5 0 R >> >> /Length 11 >>\nstream\n/X Do /X Do\nendstream",
        ),
    ],
)
async def test_a_pdf_that_leads_in_circles_comes_to_an_end(
    reader: ChildReader, content: bytes
) -> None:
    reader.within = NOTHING_LEFT
    with pytest.raises(UserError, match=r"a\.pdf: it (is damaged|has no text)"):
        await reader.read(file("a.pdf", content))
    await still_reads(reader)
