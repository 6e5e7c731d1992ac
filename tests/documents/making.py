"""Make documents as other programs would, and such as nobody should."""

import io
import zipfile
from collections.abc import Mapping, Sequence

from docx import Document
from docx.document import Document as WordDocument
from pypdf import PdfReader, PdfWriter

Page = Sequence[tuple[float, str]]
"""Lines of a page from its top, each with the size of its letters."""


def pdf(*pages: Page, title: str = "") -> bytes:
    """A PDF with these lines."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, page in enumerate(pages):
        parts.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792]"
            b" /Resources << /Font << /F1 3 0 R >> >>"
            + f" /Contents {5 + 2 * number} 0 R >>".encode()
        )
        drawn = _drawn(page)
        parts.append(f"<< /Length {len(drawn)} >>\nstream\n".encode() + drawn + b"\nendstream")
    parts.append(f"<< /Title ({title}) >>".encode())
    return pdf_file(parts)


def locked(content: bytes, password: str) -> bytes:
    """The same PDF behind a password, which may be none."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.encrypt(password, "owner", algorithm="AES-256")
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def packed_pdf(stream: bytes) -> bytes:
    """A PDF whose one page holds this compressed stream."""
    return pdf_file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
            f"<< /Length {len(stream)} /Filter /FlateDecode >>\nstream\n".encode()
            + stream
            + b"\nendstream",
            b"<< >>",
        ]
    )


def word(document: WordDocument) -> bytes:
    """A document as Word saves it."""
    output = io.BytesIO()
    document.save(output)
    return output.getvalue()


def word_with(body: str, *, before: str = "") -> bytes:
    """A document whose XML is what is given."""
    source = zipfile.ZipFile(io.BytesIO(word(Document())))
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    xml = f'{before}<w:document xmlns:w="{namespace}"><w:body>{body}</w:body></w:document>'
    parts = {name: source.read(name) for name in source.namelist()}
    return zipped({**parts, "word/document.xml": xml})


def zipped(parts: Mapping[str, bytes | str]) -> bytes:
    """A zip file."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return output.getvalue()


def _drawn(page: Page) -> bytes:
    height, drawn = 760.0, []
    for size, text in page:
        escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        drawn.append(f"BT /F1 {size:g} Tf 1 0 0 1 50 {height:g} Tm ({escaped}) Tj ET")
        height -= size * 1.4
    return "\n".join(drawn).encode("latin-1")


def pdf_file(parts: Sequence[bytes]) -> bytes:
    """Objects with a table of where they are; the last one is about the document."""
    output, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(output))
        output += f"{number} 0 obj\n".encode() + part + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}trailer\n"
    end += f"<< /Size {len(parts) + 1} /Root 1 0 R /Info {len(parts)} 0 R >>\n"
    return output + f"{end}startxref\n{len(output)}\n%%EOF\n".encode()
