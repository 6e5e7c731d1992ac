"""Telegram HTML under construction: whatever is written, every tag closes in its order."""

import re
from dataclasses import dataclass
from html import escape

from core.text import utf16_length

MASS_MENTION = re.compile(r"@(?=(?:everyone|here|channel|all)\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Tag:
    """A stretch of formatting. Each one is itself: two quotes in a row stay two."""

    name: str
    attributes: str = ""

    @property
    def opening(self) -> str:
        return f"<{self.name}{self.attributes}>"

    @property
    def closing(self) -> str:
        return f"</{self.name}>"


def calm(text: str) -> str:
    """Some bots and clients take these words for a call to everybody: put a joiner in them."""
    return MASS_MENTION.sub("@\N{WORD JOINER}", text)


class Page:
    """Tags that are entered are opened by the text within them, and closed by what follows.

    Telegram has no tags for blocks: `gap` is the line breaks before the next text, `indents` what
    every new line begins with.
    """

    def __init__(self) -> None:
        self.indents: list[str] = []
        self.length = 0
        self.is_blank = True
        self._parts: list[str] = []
        self._entered: list[Tag] = []
        self._opened: list[Tag] = []
        self._gap = 0
        self._at_marker = False

    def enter(self, tag: Tag) -> None:
        """What is written from now on is formatted so."""
        self._entered.append(tag)

    def leave(self) -> Tag:
        """The innermost formatting ends."""
        return self._entered.pop()

    def is_within(self, name: str) -> bool:
        """Whether text written now is formatted so."""
        return any(tag.name == name for tag in self._entered)

    def separate(self, line_breaks: int) -> None:
        """Begin a block; the first one in a list's item stays beside its marker."""
        if not self._at_marker:
            self._gap = max(self._gap, line_breaks)

    def write(self, text: str) -> None:
        """Append text in the formatting entered."""
        if text:
            self._settle(self._entered)
            self._append(calm(text))

    def write_alone(self, text: str, *tags: Tag) -> None:
        """Append code: no formatting but a quote may be around it."""
        self._settle([tag for tag in self._entered if tag.name == "blockquote"])
        self._parts += [tag.opening for tag in tags]
        self._append(text)
        self._parts += [tag.closing for tag in reversed(tags)]

    def break_line(self) -> None:
        """Begin a new line within a paragraph."""
        self._parts.append("\n" + "".join(self.indents))
        self.length += 1 + sum(map(len, self.indents))

    def begin_item(self, marker: str) -> None:
        """Write a list's marker; what follows is indented by its width."""
        self.separate(1)
        self.write(marker)
        self.indents.append(" " * len(marker))
        self._at_marker = True

    def end_item(self) -> None:
        """The item is over, even if nothing was in it."""
        self.indents.pop()
        self._at_marker = False

    def finish(self) -> str:
        """The whole text, every tag closed."""
        self._close_to([])
        return "".join(self._parts)

    def _append(self, text: str) -> None:
        self._parts.append(escape(text, quote=False))
        self.length += utf16_length(text)
        self.is_blank = self.is_blank and not text.strip()
        self._at_marker = False

    def _settle(self, entered: list[Tag]) -> None:
        """Close what is over, then the line breaks, then open what is new."""
        wanted = _without_repeats(entered)
        self._close_to(wanted)
        if self._gap and self._parts:
            self._parts.append("\n" * (self._gap - 1))
            self.length += self._gap - 1
            self.break_line()
        self._gap = 0
        for tag in wanted[len(self._opened) :]:
            self._parts.append(tag.opening)
            self._opened.append(tag)

    def _close_to(self, wanted: list[Tag]) -> None:
        while self._opened != wanted[: len(self._opened)]:
            self._parts.append(self._opened.pop().closing)


def _without_repeats(tags: list[Tag]) -> list[Tag]:
    """Telegram takes no quote within a quote, and bold within bold says nothing."""
    return [
        tag
        for index, tag in enumerate(tags)
        if all(tag.name != outer.name for outer in tags[:index])
    ]
