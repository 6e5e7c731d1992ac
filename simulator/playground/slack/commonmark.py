"""A `markdown` block as nodes: https://docs.slack.dev/reference/block-kit/blocks/markdown-block."""

from collections.abc import Iterator
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from simulator.playground.slack.emoji import with_emoji
from simulator.playground.slack.nodes import around, lines, link, linked, plain, text
from simulator.playground.values import Node, NodeKind

REMEMBERED_TEXTS = 500
RULE = "\N{EM DASH}" * 3
PARSER = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])
KINDS = {
    "paragraph": NodeKind.PARAGRAPH,
    "heading": NodeKind.HEADING,
    "blockquote": NodeKind.QUOTE,
    "bullet_list": NodeKind.LIST,
    "ordered_list": NodeKind.NUMBERED,
    "list_item": NodeKind.ITEM,
    "strong": NodeKind.BOLD,
    "em": NodeKind.ITALIC,
    "s": NodeKind.STRIKE,
}


@lru_cache(REMEMBERED_TEXTS)
def to_nodes(markdown: str) -> tuple[Node, ...]:
    """Read CommonMark. The same messages are shown again at every change in the pane."""
    return tuple(_children(SyntaxTreeNode(PARSER.parse(markdown))))


def _children(node: SyntaxTreeNode) -> Iterator[Node]:
    for child in node.children:
        yield from _node(child)


def _node(node: SyntaxTreeNode) -> Iterator[Node]:
    match node.type:
        case "text":
            words = with_emoji(node.content)
            yield from lines(words) if _is_in_link(node) else linked(words)
        case "softbreak" | "hardbreak":
            yield Node(kind=NodeKind.BREAK)
        case "code_inline":
            yield Node(kind=NodeKind.CODE, text=node.content)
        case "fence" | "code_block":
            yield Node(kind=NodeKind.PREFORMATTED, text=node.content.removesuffix("\n"))
        case "table":
            yield Node(kind=NodeKind.PREFORMATTED, text=_table(node))
        case "hr":
            yield around(NodeKind.PARAGRAPH, [text(RULE)])
        case "link" | "image":
            yield _link(node)
        case kind if kind in KINDS:
            yield around(KINDS[kind], tuple(_children(node)))
        case _:
            yield from _children(node)


def _link(node: SyntaxTreeNode) -> Node:
    """A link; Slack shows a picture in Markdown as one too."""
    if node.type == "link":
        return link(str(node.attrs.get("href", "")), tuple(_children(node)))
    address = str(node.attrs.get("src", ""))
    return link(address, [text(node.content or address)])


def _table(node: SyntaxTreeNode) -> str:
    """A table in columns of one width."""
    rows = [
        [plain(tuple(_children(cell))) for cell in row.children]
        for part in node.children
        for row in part.children
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["─" * width for width in widths])
    padded = (map(str.ljust, row, widths) for row in rows)
    return "\n".join("  ".join(row).rstrip() for row in padded)


def _is_in_link(node: SyntaxTreeNode) -> bool:
    above = node.parent
    while above is not None and above.type != "link":
        above = above.parent
    return above is not None
