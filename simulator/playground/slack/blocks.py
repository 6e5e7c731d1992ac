"""Slack's blocks as nodes, without their buttons.

Shapes: https://docs.slack.dev/reference/block-kit/blocks.
"""

from collections.abc import Iterator, Mapping, Sequence

from simulator.playground.slack import commonmark, mrkdwn
from simulator.playground.slack.emoji import to_emoji, with_emoji
from simulator.playground.slack.mrkdwn import Names
from simulator.playground.slack.nodes import around, lines, link, plain, text
from simulator.playground.values import Node, NodeKind

STYLES = (
    ("bold", NodeKind.BOLD),
    ("italic", NodeKind.ITALIC),
    ("underline", NodeKind.UNDERLINE),
    ("strike", NodeKind.STRIKE),
)


def to_nodes(blocks: Sequence[object], names: Names) -> tuple[Node, ...]:
    """Read blocks; what cannot be shown here is left out."""
    return tuple(node for block in blocks for node in _block(block, names))


def _block(block: object, names: Names) -> Iterator[Node]:
    match block:
        case {"type": "markdown", "text": str(markdown)}:
            yield from commonmark.to_nodes(markdown)
        case {"type": "rich_text", "elements": list(elements)}:
            for element in elements:
                yield from _rich(element, names)
        case {"type": "section", **section}:
            yield from _section(section, names)
        case {"type": "header", "text": {"text": str(words)}}:
            yield around(NodeKind.HEADING, [text(with_emoji(words))])
        case {"type": "divider"}:
            yield around(NodeKind.PARAGRAPH, [text(commonmark.RULE)])
        case {"type": "context", "elements": list(elements)}:
            parts = [tuple(_composition(one, names)) for one in elements]
            spaced = [node for part in parts if part for node in (*part, text(" "))]
            yield around(NodeKind.PARAGRAPH, [around(NodeKind.SMALL, spaced[:-1])])
        case {"type": "image", **image}:
            yield around(NodeKind.PARAGRAPH, _image(image))
        case _:
            return


def _section(block: Mapping[object, object], names: Names) -> Iterator[Node]:
    fields = block.get("fields")
    for part in (block.get("text"), *(fields if isinstance(fields, list) else ())):
        match part:
            case {"type": "mrkdwn", "text": str(markup)}:
                yield from mrkdwn.to_nodes(markup, names)
            case {"text": str()}:
                yield around(NodeKind.PARAGRAPH, tuple(_composition(part, names)))


def _composition(part: object, names: Names) -> Iterator[Node]:
    match part:
        case {"type": "mrkdwn", "text": str(markup)}:
            yield from mrkdwn.to_inline(markup, names)
        case {"type": "plain_text", "text": str(words)}:
            yield from lines(with_emoji(words))
        case {"type": "image", **image}:
            yield from _image(image)


def _image(block: Mapping[object, object]) -> Sequence[Node]:
    words = str(block.get("alt_text") or "image")
    return [link(str(block.get("image_url", "")), [text(words)])]


def _rich(element: object, names: Names) -> Iterator[Node]:
    match element:
        case {"type": "rich_text_section", "elements": list(pieces)}:
            yield around(NodeKind.PARAGRAPH, _pieces(pieces, names))
        case {"type": "rich_text_quote", "elements": list(pieces)}:
            yield around(NodeKind.QUOTE, [around(NodeKind.PARAGRAPH, _pieces(pieces, names))])
        case {"type": "rich_text_preformatted", "elements": list(pieces)}:
            yield Node(kind=NodeKind.PREFORMATTED, text=plain(_pieces(pieces, names)))
        case {"type": "rich_text_list", "elements": list(items), **more}:
            kind = NodeKind.NUMBERED if more.get("style") == "ordered" else NodeKind.LIST
            yield around(kind, [around(NodeKind.ITEM, tuple(_rich(one, names))) for one in items])


def _pieces(pieces: Sequence[object], names: Names) -> tuple[Node, ...]:
    return tuple(node for piece in pieces for node in _piece(piece, names))


def _piece(piece: object, names: Names) -> Iterator[Node]:
    match piece:
        case {"type": "text", "text": str(words), **more}:
            yield from _styled(words, more.get("style"))
        case {"type": "link", "url": str(url), **more}:
            yield link(url, tuple(_styled(str(more.get("text") or url), more.get("style"))))
        case {"type": "user", "user_id": str(user)}:
            yield Node(kind=NodeKind.MENTION, text=f"@{names.get(user, user)}")
        case {"type": "channel", "channel_id": str(channel)}:
            yield Node(kind=NodeKind.MENTION, text=f"#{names.get(channel, channel)}")
        case {"type": "broadcast", "range": str(called)}:
            yield Node(kind=NodeKind.MENTION, text=f"@{called}")
        case {"type": "emoji", "name": str(name)}:
            yield text(to_emoji(name))


def _styled(words: str, style: object) -> Iterator[Node]:
    chosen = style if isinstance(style, dict) else {}
    if chosen.get("code"):
        nodes: tuple[Node, ...] = (Node(kind=NodeKind.CODE, text=words),)
    else:
        nodes = tuple(lines(words))
    for name, kind in STYLES:
        if chosen.get(name):
            nodes = (around(kind, nodes),)
    yield from nodes
