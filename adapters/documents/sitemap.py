"""Sitemaps: https://www.sitemaps.org/protocol.html, packed or not, and lists of them."""

import zlib

from lxml import etree

from core.errors import UserError

PACKED = b"\x1f\x8b"
LARGEST = 50 * 1024 * 1024  # bytes, by the protocol
MOST = 50_000  # addresses, by the protocol


def read_sitemap(content: bytes) -> tuple[str, ...]:
    """The addresses in a sitemap, of pages and of further sitemaps, in order."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(_unpacked(content), parser)
    except (etree.XMLSyntaxError, zlib.error, ValueError) as error:
        raise UserError("this is no sitemap: give the address of one, or of a page.") from error
    found = root.xpath("//*[local-name() = 'loc']/text()")
    links = dict.fromkeys(str(one).strip() for one in found) if isinstance(found, list) else {}
    return tuple(link for link in list(links)[:MOST] if link)


def _unpacked(content: bytes) -> bytes:
    if not content.startswith(PACKED):
        return content
    unpacked = zlib.decompressobj(wbits=31).decompress(content, LARGEST + 1)
    if len(unpacked) > LARGEST:
        raise UserError("it unpacks to more than 50 MB. Give the addresses of smaller ones.")
    return unpacked
