"""Web pages: their text without what every page of a site has around it."""

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from adapters.documents.html_blocks import Blocks, Event, is_hidden, text_length
from core.errors import UserError
from core.knowledge.importing.passages import Section, heading_of

DECLARED = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
HEAD = 4096  # bytes in which a page may declare its charset
XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
MOST_LINKS = 5_000

AROUND = frozenset(
    (
        *("nav", "footer", "dialog", "script", "style", "noscript", "template", "svg", "math"),
        *("iframe", "object", "embed", "canvas", "audio", "video", "button", "input", "select"),
        *("textarea", "map", "link", "meta"),
    )
)
ROLES = frozenset(
    ("navigation", "banner", "contentinfo", "search", "complementary", "dialog", "alertdialog")
)
NAMED = frozenset(
    (
        *("nav", "navbar", "navigation", "menu", "breadcrumb", "breadcrumbs", "sidebar", "toc"),
        *("cookie", "cookies", "consent", "pagination", "pager", "skip", "share", "social"),
        *("newsletter", "advert", "ads", "comments", "related", "headerlink", "anchorjs"),
        "editsection",
    )
)
"""Words in an element's class or id that say that it is not what the page is about."""
NEVER_AROUND = frozenset(("html", "body", "main", "article"))
MOST_OF_IT = 0.8
LITTLE_OF_IT = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page says, where it leads, and whether it wants to be kept at all."""

    title: str
    sections: tuple[Section, ...]
    links: tuple[str, ...]
    wanted: bool


def read_html(content: bytes, *, address: str = "", charset: str = "") -> Page:
    """Read a page. `address` is where it was found, if it is from the web."""
    root = _parse(_decode(content, charset))
    base = _base(root, address)
    robots = _robots(root)
    links = () if "nofollow" in robots or "none" in robots else tuple(_links(root, base))
    title = heading_of("".join(root.xpath("string((//head//title)[1])")))
    _strip(root)
    return Page(
        title=title,
        sections=tuple(_sections(Blocks(base=base).of(_main(root)))),
        links=links,
        wanted="noindex" not in robots and "none" not in robots,
    )


def _decode(content: bytes, charset: str) -> str:
    for mark, name in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(name, "replace")
    declared = DECLARED.search(content[:HEAD])
    names = (charset, declared[1].decode("ascii", "replace") if declared else "", "utf-8")
    for name in filter(None, names):
        try:
            return content.decode(name)
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return content.decode("windows-1252", "replace")


def _parse(text: str) -> HtmlElement:
    text = XML_DECLARATION.sub("", text).replace("\x00", "")
    try:
        parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        root = document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError as error:
        raise UserError("there is no text in it: pictures and scripts are not read.") from error
    except etree.XMLSyntaxError as error:
        # What libxml2 recovers from is no error: this one comes where memory ends.
        raise MemoryError from error
    return root


def _base(root: HtmlElement, address: str) -> str:
    """What relative links start from; empty for a file, whose relative links lead nowhere."""
    found = root.xpath("string((//base/@href)[1])").strip()
    try:
        return urljoin(address, found) if address else ""
    except ValueError:
        return address


def _robots(root: HtmlElement) -> set[str]:
    said = root.xpath("//meta[translate(@name, 'ROBTS', 'robts') = 'robots']/@content")
    return {word for one in said for word in re.split(r"[\s,]+", str(one).lower())}


def _links(root: HtmlElement, base: str) -> Iterator[str]:
    seen = set[str]()
    for element in root.iter("a"):
        href = (element.get("href") or "").strip()
        if not base or not href or "nofollow" in (element.get("rel") or "").lower().split():
            continue
        try:
            link = urldefrag(urljoin(base, href)).url
        except ValueError:
            continue
        if link.startswith(("http://", "https://")) and link not in seen:
            seen.add(link)
            yield link
        if len(seen) >= MOST_LINKS:
            return


def _strip(root: HtmlElement) -> None:
    """Take out what is not seen, and what is around the text."""
    whole = text_length(root)
    for element in list(root.iter()):
        if element.getparent() is None or not isinstance(element.tag, str):
            continue
        if _is_around(element, whole):
            element.drop_tree()


def _is_around(element: HtmlElement, whole: int) -> bool:
    tag = element.tag
    if tag in AROUND or is_hidden(element):
        return True
    if tag in NEVER_AROUND:
        return False
    if tag in ("header", "aside"):
        return not _is_within(element) and element.find(".//h1") is None
    if (element.get("role") or "").lower() in ROLES:
        return True
    names = f"{element.get('class') or ''} {element.get('id') or ''}".lower()
    if tag != "form" and NAMED.isdisjoint(re.split(r"[\s_-]+", names)):
        return False
    return text_length(element) < LITTLE_OF_IT * whole


def _is_within(element: HtmlElement) -> bool:
    """Whether it is a part of the text itself, as the notes of a manual are."""
    return any(one.tag in ("main", "article") for one in element.iterancestors())


def _main(root: HtmlElement) -> HtmlElement:
    """The element that the page is about: the one that says so, else the one with most text."""
    for path in ("//main", "//*[@role='main']", "//article"):
        found = root.xpath(path)
        if len(found) == 1 and text_length(found[0]):
            return found[0]
    body = root.find("body")
    element = root if body is None else body
    while (child := _heaviest(element)) is not None:
        element = child
    return element


def _heaviest(element: HtmlElement) -> HtmlElement | None:
    """The child with nearly all of the text, unless a heading is lost with the others."""
    least = MOST_OF_IT * text_length(element)
    for child in element.iterchildren("div", "section", "article", "td", "table", "tbody", "tr"):
        if text_length(child) >= least > 0:
            lost = [one for one in element.iter("h1", "h2") if child not in one.iterancestors()]
            return None if lost else child
    return None


def _sections(events: Iterator[Event]) -> Iterator[Section]:
    """Blocks below the headings that lead to them."""
    path: list[tuple[int, str]] = []
    blocks: list[str] = []
    place = ""
    for event in events:
        if not event.level:
            blocks.append(event.text)
            continue
        yield Section(headings=_titles(path), blocks=tuple(blocks), place=place)
        path = [one for one in path if one[0] < event.level]
        path.append((event.level, event.text))
        place, blocks = event.anchor, []
    yield Section(headings=_titles(path), blocks=tuple(blocks), place=place)


def _titles(path: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(title for _, title in path)
