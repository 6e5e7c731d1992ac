"""From CommonMark to the HTML that Telegram takes."""

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from adapters.platforms.telegram.inline import bare_text, write_inline
from adapters.platforms.telegram.page import Page, Tag, calm
from adapters.platforms.telegram.table import to_lines
from core.text import clean

TEXT_LIMIT = 3_900
MESSAGE_LIMIT = 4_096
NESTING = 20

LANGUAGE = re.compile(r"[\w+#.-]+", re.ASCII)
RULE = "———"

COMMONMARK = MarkdownIt("commonmark", {"html": False, "maxNesting": NESTING}).enable(
    ["table", "strikethrough"]
)


def to_html(text: str) -> str:
    """Render CommonMark as one message's text for `parse_mode` HTML, never with a broken tag.

    What would come out empty, too long or short of something is shown as it was written.
    """
    source = clean(text)
    tokens = COMMONMARK.parse(source)
    page = Page()
    Writer(page).write(iter(tokens))
    html = page.finish()
    # The parser leaves out what is nested deeper than it goes.
    cut = any(token.level >= NESTING - 1 for token in tokens)
    if cut or page.is_blank or page.length > MESSAGE_LIMIT:
        return escape(calm(source), quote=False)
    return html


def to_plain(text: str) -> str:
    """The text as it was written, for a message without `parse_mode`."""
    return calm(clean(text))


def to_words(line: str) -> str:
    """A line of CommonMark without its marks, for a place that can have none."""
    tokens = COMMONMARK.parse(clean(line))
    words = [bare_text(token.children or ()) for token in tokens if token.type == "inline"]
    return calm(" ".join(words)) or to_plain(line)


class Writer:
    """Writes the blocks of CommonMark on a page."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._numbers: list[int | None] = []
        """The next number of each open list, None for bullets."""
        self._handlers: Mapping[str, Callable[[Token], object]] = {
            "inline": lambda token: write_inline(page, token.children or ()),
            "paragraph_open": lambda token: page.separate(1 if token.hidden else 2),
            "heading_open": lambda _: self._enter("b"),
            "heading_close": lambda _: page.leave(),
            "blockquote_open": lambda _: self._enter("blockquote"),
            "blockquote_close": lambda _: page.leave(),
            "bullet_list_open": lambda _: self._open_list(None),
            "bullet_list_close": lambda _: self._numbers.pop(),
            "ordered_list_open": lambda token: self._open_list(int(token.attrs.get("start", 1))),
            "ordered_list_close": lambda _: self._numbers.pop(),
            "list_item_open": lambda _: self._begin_item(),
            "list_item_close": lambda _: page.end_item(),
            "fence": self._code,
            "code_block": self._code,
            "hr": lambda _: self._rule(),
        }

    def write(self, tokens: Iterator[Token]) -> None:
        """Write them all."""
        for token in tokens:
            if token.type == "table_open":
                self._separate()
                self._page.write_alone(to_lines(tokens), Tag("pre"))
            elif handler := self._handlers.get(token.type):
                handler(token)

    def _separate(self) -> None:
        self._page.separate(1 if self._numbers else 2)

    def _enter(self, name: str) -> None:
        self._separate()
        self._page.enter(Tag(name))

    def _open_list(self, first: int | None) -> None:
        self._separate()
        self._numbers.append(first)

    def _begin_item(self) -> None:
        number = self._numbers[-1]
        if number is None:
            self._page.begin_item("• ")
        else:
            self._page.begin_item(f"{number}. ")
            self._numbers[-1] = number + 1

    def _code(self, token: Token) -> None:
        code = token.content.removesuffix("\n")
        if not code:
            return
        self._separate()
        language = LANGUAGE.match(token.info)
        if language:
            tag = Tag("code", f' class="language-{escape(language[0])}"')
            self._page.write_alone(code, Tag("pre"), tag)
        else:
            self._page.write_alone(code, Tag("pre"))

    def _rule(self) -> None:
        self._separate()
        self._page.write(RULE)
