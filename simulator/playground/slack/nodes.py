"""Formatted text: how its pieces are made, and read in plain words."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from simulator.playground.values import Node, NodeKind

ADDRESS = re.compile(r"\bhttps?://[^\s<>|`\"]+[^\s<>|`\".,:;!?)\]'*_~]", re.IGNORECASE)
SCHEMES = frozenset({"http", "https", "mailto"})
PARTED = frozenset(
    {NodeKind.PARAGRAPH, NodeKind.HEADING, NodeKind.QUOTE, NodeKind.LIST, NodeKind.NUMBERED,
     NodeKind.ITEM, NodeKind.PREFORMATTED}
)  # fmt: skip


def text(words: str) -> Node:
    """Words as they are."""
    return Node(kind=NodeKind.TEXT, text=words)


def around(kind: NodeKind, children: Sequence[Node]) -> Node:
    """A node with others in it."""
    return Node(kind=kind, children=tuple(children))


def link(url: str, children: Sequence[Node]) -> Node:
    """A link; where nobody should be led, the words alone."""
    if is_safe(url):
        return Node(kind=NodeKind.LINK, url=url, children=tuple(children))
    return around(NodeKind.ITALIC, children)


def is_safe(url: str) -> bool:
    """Whether a page may link there."""
    try:
        return urlsplit(url).scheme.lower() in SCHEMES
    except ValueError:
        return False


def lines(words: str) -> Iterator[Node]:
    """Words with the ends of their lines."""
    for number, line in enumerate(words.split("\n")):
        if number:
            yield Node(kind=NodeKind.BREAK)
        if line:
            yield text(line)


def linked(words: str) -> Iterator[Node]:
    """Words with the ends of their lines, in which Slack makes links of addresses."""
    end = 0
    for found in ADDRESS.finditer(words):
        yield from lines(words[end : found.start()])
        yield link(found[0], [text(found[0])])
        end = found.end()
    yield from lines(words[end:])


def plain(nodes: Sequence[Node]) -> str:
    """The words alone."""
    return "".join(_plain(nodes)).strip()


def _plain(nodes: Sequence[Node]) -> Iterator[str]:
    for node in nodes:
        yield "\n" if node.kind is NodeKind.BREAK else node.text
        yield from _plain(node.children)
        if node.kind in PARTED:
            yield "\n"
