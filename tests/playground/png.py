"""Make a picture of the page small enough for the documents, without a library for pictures."""

import base64
import struct
import zlib

from playwright.sync_api import Page

KEPT_BITS = 0xFC  # of each colour's eight; nobody sees the rest, and half of the size goes
SIGNATURE = b"\x89PNG\r\n\x1a\n"
TRUE_COLOUR = 2

PIXELS = """async (png) => {
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height).getContext("2d");
  canvas.drawImage(bitmap, 0, 0);
  const { data } = canvas.getImageData(0, 0, width, height);
  const url = await new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.readAsDataURL(new Blob([data]));
  });
  return { width, height, rgba: url.split(",")[1] };
}"""


def smaller(page: Page, png: bytes) -> bytes:
    """The same picture with fewer shades; a page of the browser decodes it."""
    found = page.evaluate(PIXELS, base64.b64encode(png).decode())
    width, height = found["width"], found["height"]
    shades = bytes((shade & KEPT_BITS) | shade >> 6 for shade in range(256))
    rgba = base64.b64decode(found["rgba"]).translate(shades)
    rgb = bytearray(width * height * 3)
    for part in range(3):
        rgb[part::3] = rgba[part::4]
    rows = (b"\0" + rgb[place : place + width * 3] for place in range(0, len(rgb), width * 3))
    header = struct.pack(">IIBBBBB", width, height, 8, TRUE_COLOUR, 0, 0, 0)
    pixels = zlib.compress(b"".join(rows), 9)
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
