"""Discord's Markdown as nodes: its blocks. Newlines stay where they are, unlike in CommonMark."""

import re
from collections.abc import Iterator, Sequence

from simulator.playground.discord.inline import Names, to_inline
from simulator.playground.values import Node, NodeKind

FENCE = re.compile(r"```(?:[\w+#.-]*\n)?(.+?)\n?```", re.DOTALL)
HEADING = re.compile(r"#{1,3}[ \t]+(\S.*)")
SMALL = re.compile(r"-#[ \t]+(\S.*)")
QUOTED = re.compile(r"[ \t]*>(?:[ ](.*))?")
ITEM = re.compile(r"([ \t]*)(?:([-*])|[0-9]{1,9}\.)[ \t]+(\S.*)")
BLOCKS = frozenset(
    {
        NodeKind.PARAGRAPH,
        NodeKind.HEADING,
        NodeKind.QUOTE,
        NodeKind.LIST,
        NodeKind.NUMBERED,
        NodeKind.ITEM,
        NodeKind.PREFORMATTED,
    }
)


def to_nodes(text: str, names: Names | None = None) -> tuple[Node, ...]:
    """A message's content."""
    return tuple(_Blocks(text, names or Names()).read())


def to_plain(nodes: Sequence[Node]) -> str:
    """Nodes in plain words."""
    text = ""
    for node in nodes:
        is_block = node.kind in BLOCKS
        if is_block and text and not text.endswith("\n"):
            text += "\n"
        text += "\n" if node.kind is NodeKind.BREAK else node.text or to_plain(node.children)
        text += "\n" if is_block else ""
    return text.removesuffix("\n")


class _Blocks:
    """Reads a text from its beginning to its end."""

    def __init__(self, text: str, names: Names, *, may_quote: bool = True) -> None:
        self._rest = text
        self._names = names
        self._may_quote = may_quote
        self._paragraph: list[str] = []

    def read(self) -> Iterator[Node]:
        """The blocks."""
        while self._rest:
            line, _, after = self._rest.partition("\n")
            block = self._block(line)
            if block is not None:
                yield from self._written()
                yield block
                continue
            self._rest = after
            if line.strip():
                self._paragraph.append(line)
            else:
                yield from self._written()
        yield from self._written()

    def _block(self, line: str) -> Node | None:
        """Take the block that begins here, None when the line belongs to a paragraph."""
        if self._may_quote and line.startswith(">>> "):
            quoted, self._rest = self._rest[4:], ""
            return self._within_quote(quoted)
        if self._may_quote and QUOTED.fullmatch(line):
            return self._quote()
        if "```" in line and (fence := FENCE.search(self._rest)):
            before = self._rest[: fence.start()]
            if "\n" not in before:
                return self._fence(before, fence)
        if ITEM.fullmatch(line):
            return self._list()
        if heading := HEADING.fullmatch(line):
            self._skip(line)
            return self._line(NodeKind.HEADING, heading[1])
        if small := SMALL.fullmatch(line):
            self._skip(line)
            said = self._line(NodeKind.SMALL, small[1])
            return Node(kind=NodeKind.PARAGRAPH, children=(said,))
        return None

    def _written(self) -> Iterator[Node]:
        if self._paragraph:
            text = "\n".join(self._paragraph)
            self._paragraph = []
            yield self._line(NodeKind.PARAGRAPH, text)

    def _skip(self, line: str) -> None:
        self._rest = self._rest[len(line) + 1 :]

    def _line(self, kind: NodeKind, text: str) -> Node:
        return Node(kind=kind, children=to_inline(text.strip(), self._names))

    def _fence(self, before: str, fence: re.Match[str]) -> Node:
        if before.strip():
            self._paragraph.append(before)
        self._rest = self._rest[fence.end() :].removeprefix("\n")
        return Node(kind=NodeKind.PREFORMATTED, text=fence[1].strip("\n"))

    def _quote(self) -> Node:
        quoted = []
        while found := QUOTED.fullmatch(line := self._rest.partition("\n")[0]):
            quoted.append(found[1] or "")
            self._skip(line)
        return self._within_quote("\n".join(quoted))

    def _within_quote(self, text: str) -> Node:
        inner = _Blocks(text, self._names, may_quote=False)
        return Node(kind=NodeKind.QUOTE, children=tuple(inner.read()))

    def _list(self) -> Node:
        lines: list[str] = []
        while self._rest:
            line, _, after = self._rest.partition("\n")
            is_item = ITEM.fullmatch(line) is not None
            is_more = line.startswith("  ") and "```" not in line
            leads_on = not line.strip() and ITEM.fullmatch(after.partition("\n")[0])
            if not (is_item or is_more or leads_on):
                break
            if line.strip():
                lines.append(line)
            self._skip(line)
        return _Items(lines, self._names).read(0)


class _Items:
    """Reads the lines of a list, the first of which is an item."""

    def __init__(self, lines: Sequence[str], names: Names) -> None:
        self._lines = lines
        self._names = names
        self._at = 0

    def read(self, floor: int) -> Node:
        """The list that begins at this line: all items indented as far as `floor`, or farther."""
        first = self._item()
        items = []
        while (item := self._item()) and _width(item) >= floor:
            self._at += 1
            items.append(self._read_item(item))
        kind = NodeKind.LIST if first and first[2] else NodeKind.NUMBERED
        return Node(kind=kind, children=tuple(items))

    def _read_item(self, item: re.Match[str]) -> Node:
        said = [item[3]]
        while self._at < len(self._lines) and self._item() is None:
            said.append(self._lines[self._at].strip())
            self._at += 1
        children = list(to_inline("\n".join(said), self._names))
        while (deeper := self._item()) and _width(deeper) > _width(item):
            children.append(self.read(_width(deeper)))
        return Node(kind=NodeKind.ITEM, children=tuple(children))

    def _item(self) -> re.Match[str] | None:
        return ITEM.fullmatch(self._lines[self._at]) if self._at < len(self._lines) else None


def _width(item: re.Match[str]) -> int:
    return len(item[1].expandtabs(4))
