"""Slack's own markup as nodes: https://docs.slack.dev/messaging/formatting-message-text."""

import re
from collections.abc import Iterator, Mapping, Sequence

from simulator.playground.slack.emoji import with_emoji
from simulator.playground.slack.nodes import around, lines, link, linked
from simulator.playground.values import Node, NodeKind
from simulator.slack.workspace import unescape

Names = Mapping[str, str]

FENCE = re.compile(r"```\n?(.+?)\n?```", re.DOTALL)
QUOTE = re.compile(r"(?:&gt;|>) ?")
PIECE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<entity>[^<>\n]+)>"
    r"|(?<!\w)\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?!\w)"
    r"|(?<!\w)_(?P<italic>[^\s_](?:[^_\n]*[^\s_])?)_(?!\w)"
    r"|(?<!\w)~(?P<strike>[^\s~](?:[^~\n]*[^\s~])?)~(?!\w)"
)
STYLES = {"bold": NodeKind.BOLD, "italic": NodeKind.ITALIC, "strike": NodeKind.STRIKE}


def to_nodes(markup: str, names: Names) -> tuple[Node, ...]:
    """Read a `text`. `names` holds what the ids in mentions stand for."""
    return tuple(_blocks(markup, names))


def to_inline(markup: str, names: Names) -> tuple[Node, ...]:
    """Read a text that is one paragraph, its line ends included."""
    return tuple(_inline(markup, names))


def _blocks(markup: str, names: Names) -> Iterator[Node]:
    for number, part in enumerate(FENCE.split(markup)):
        if number % 2:
            yield Node(kind=NodeKind.PREFORMATTED, text=unescape(part))
        else:
            yield from _paragraphs(part.strip("\n").split("\n"), names)


def _paragraphs(written: Sequence[str], names: Names) -> Iterator[Node]:
    gathered: list[str] = []
    quoted = False
    for line in [*written, ""]:
        quote = QUOTE.match(line)
        if gathered and (bool(quote) != quoted or not line.strip()):
            paragraph = around(NodeKind.PARAGRAPH, tuple(_inline("\n".join(gathered), names)))
            yield around(NodeKind.QUOTE, [paragraph]) if quoted else paragraph
            gathered = []
        quoted = bool(quote)
        if line.strip():
            gathered.append(line[quote.end() :] if quote else line)


def _inline(markup: str, names: Names) -> Iterator[Node]:
    end = 0
    for found in PIECE.finditer(markup):
        yield from _words(markup[end : found.start()])
        end = found.end()
        kind, content = str(found.lastgroup), found[str(found.lastgroup)]
        if kind == "code":
            yield Node(kind=NodeKind.CODE, text=unescape(content))
        elif kind == "entity":
            yield _entity(content, names)
        else:
            yield around(STYLES[kind], tuple(_inline(content, names)))
    yield from _words(markup[end:])


def _words(markup: str) -> Iterator[Node]:
    return linked(with_emoji(unescape(markup)))


def _entity(content: str, names: Names) -> Node:
    target, _, label = content.partition("|")
    sigil, rest = target[:1], target[1:]
    if sigil in {"@", "#"}:
        name = names.get(rest) or label.removeprefix(sigil) or rest
        return Node(kind=NodeKind.MENTION, text=sigil + name)
    if sigil == "!":
        command = rest.partition("^")[0]
        broadcast = command in {"here", "channel", "everyone"}
        return Node(kind=NodeKind.MENTION, text=f"@{command}" if broadcast else label or rest)
    url = unescape(target)
    words = unescape(label or target.removeprefix("mailto:"))
    return link(url, tuple(lines(with_emoji(words))))
