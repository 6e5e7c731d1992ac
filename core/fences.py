"""Code fences in CommonMark: which one is open at the end of a text, and how to close it."""

import re
from dataclasses import dataclass, replace

from markdown_it import MarkdownIt

MARKS = re.compile(r"`{3}|~{3}")
BLOCKS = MarkdownIt("commonmark")
BLOCKS.core.ruler.enableOnly(["normalize", "block"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """A code fence that is open at the end of a text.

    `line` and `start` are where it begins, in lines and characters; its code begins at `body`.
    `prefix` is what stands before its marks, with list markers as spaces: a closing line that
    begins with it lies in the same list item or quote.
    """

    line: int
    start: int
    body: int
    prefix: str
    marks: str
    info: str
    nested: bool

    @property
    def opening(self) -> str:
        """The line that opens it again."""
        return f"{self.prefix}{self.marks}{self.info}"

    @property
    def closing(self) -> str:
        """The line that closes it."""
        return f"{self.prefix}{self.marks}"

    def closed_by(self, line: str) -> bool:
        """Whether a line closes it. Of a nested fence, only where the line's container is known."""
        inner = line.lstrip(" \t>") if self.nested else line
        marks = inner.strip(" \t")
        indent = len(inner) - len(inner.lstrip(" \t"))
        return indent <= 3 and len(marks) >= len(self.marks) and not marks.strip(self.marks[0])

    def within(self, limit: int) -> "Fence":
        """The same fence, with opening and closing lines that leave room in parts so long."""
        margin = "> " * self.prefix.count(">") if self.nested else self.prefix
        fence = replace(
            self,
            prefix=margin if len(margin) <= limit // 8 else "",
            marks=self.marks if len(self.marks) <= limit // 8 else self.marks[:3],
        )
        return fence if len(fence.opening) <= limit // 3 else replace(fence, info="")


def open_fence(text: str) -> Fence | None:
    """The code fence that is still open at the end of a text without trailing blank lines."""
    if not MARKS.search(text):
        return None
    lines = text.split("\n")
    token = next((t for t in reversed(BLOCKS.parse(text + "\n")) if t.type == "fence"), None)
    if token is None or token.map is None:
        return None
    first, end = token.map
    closed = end - first > 1 + token.content.count("\n")
    if closed or end < len(lines):
        return None
    opening = lines[first]
    before = opening[: opening.index(token.markup)]
    start = sum(len(line) + 1 for line in lines[:first])
    return Fence(
        line=first,
        start=start,
        body=start + len(opening) + 1,
        prefix=re.sub(r"[^>\t]", " ", before),
        marks=token.markup,
        info=token.info.strip(),
        nested=token.level > 0,
    )


def code_of(lines: list[str], fence: Fence) -> tuple[list[str], int]:
    """The code of a nested fence without its containers' marks, and the line behind its end."""
    for token in BLOCKS.parse("\n".join(lines) + "\n"):
        if token.type == "fence" and token.map is not None and token.map[0] == fence.line:
            return token.content.split("\n")[:-1], token.map[1]
    raise ValueError("no fence begins there")


def close_fence(text: str) -> str:
    """Close the code fence that is open at the end of a text, so that more can follow."""
    fence = open_fence(text.rstrip())
    return text if fence is None else f"{text.rstrip()}\n{fence.closing}"
