"""What stands within a paragraph, as Telegram HTML or as bare text."""

import re
from collections.abc import Sequence
from html import escape

from markdown_it.token import Token

from adapters.platforms.telegram.page import Page, Tag

WEB = re.compile(r"https?://", re.IGNORECASE)
STYLES = {"strong": "b", "em": "i", "s": "s"}


def write_inline(page: Page, tokens: Sequence[Token]) -> None:
    """Write the tokens of one paragraph, heading or cell."""
    links: list[Token] = []
    for token in tokens:
        style = STYLES.get(token.type.rpartition("_")[0])
        if token.type == "link_open":
            links.append(token)
            _open_link(page, token)
        elif token.type == "link_close":
            _close_link(page, links.pop())
        elif style:
            page.enter(Tag(style)) if token.nesting == 1 else page.leave()
        else:
            _write_content(page, token)


def bare_text(tokens: Sequence[Token]) -> str:
    """The same words without formatting, for a place that can have none."""
    text: list[str] = []
    links: list[Token] = []
    for token in tokens:
        match token.type:
            case "link_open":
                links.append(token)
            case "link_close":
                text.append(_address_beside(links.pop()))
            case "softbreak" | "hardbreak":
                text.append(" ")
            case "image":
                text.append(_caption(token))
            case _:
                text.append(token.content)
    return "".join(text)


def _write_content(page: Page, token: Token) -> None:
    match token.type:
        case "softbreak" | "hardbreak":
            page.break_line()
        case "code_inline" if not page.is_within("a"):
            page.write_alone(token.content, Tag("code"))
        case "image":
            _write_image(page, token)
        case _:
            page.write(token.content)


def _write_image(page: Page, token: Token) -> None:
    address = str(token.attrGet("src") or "")
    if WEB.match(address) and not page.is_within("a"):
        page.enter(_link(address))
        page.write(_caption(token))
        page.leave()
    else:
        page.write(_caption(token))


def _caption(image: Token) -> str:
    return image.content or str(image.attrGet("src") or "")


def _open_link(page: Page, token: Token) -> None:
    """Only the web is linked: `tg://user?id=` would call a person."""
    address = str(token.attrGet("href") or "")
    if WEB.match(address):
        page.enter(_link(address))


def _close_link(page: Page, token: Token) -> None:
    if WEB.match(str(token.attrGet("href") or "")):
        page.leave()
    else:
        page.write(_address_beside(token))


def _address_beside(link: Token) -> str:
    """The address of a link that cannot be one here; an autolink shows it already."""
    address = str(link.attrGet("href") or "")
    return "" if link.info == "auto" or not address else f" ({address})"


def _link(address: str) -> Tag:
    return Tag("a", f' href="{escape(address)}"')
