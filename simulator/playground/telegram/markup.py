"""From a text and its entities, counted in UTF-16 code units, to a tree."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from simulator.playground.values import Node, NodeKind

Entity = Mapping[str, object]

AROUND = {
    "bold": NodeKind.BOLD,
    "italic": NodeKind.ITALIC,
    "underline": NodeKind.UNDERLINE,
    "strikethrough": NodeKind.STRIKE,
    "blockquote": NodeKind.QUOTE,
    "expandable_blockquote": NodeKind.QUOTE,
}
LEAVES = {
    "code": NodeKind.CODE,
    "pre": NodeKind.PREFORMATTED,
    "mention": NodeKind.MENTION,
    "text_mention": NodeKind.MENTION,
    "bot_command": NodeKind.MENTION,
}
LINKS = frozenset({"url", "text_link", "email"})
BLOCKS = frozenset({NodeKind.QUOTE, NodeKind.PREFORMATTED})
SCHEMES = frozenset({"http", "https", "mailto"})


@dataclass(frozen=True, slots=True)
class Span:
    """An entity, as places in the text."""

    start: int
    end: int
    entity: Entity

    @property
    def is_leaf(self) -> bool:
        """Whether nothing can be within it."""
        return self.entity.get("type") in LEAVES


def to_nodes(text: str, entities: Sequence[Entity] = ()) -> tuple[Node, ...]:
    """The blocks of a message: paragraphs, quotes and preformatted text."""
    return tuple(_blocks(_within(text, 0, len(text), _spans(text, entities))))


def _spans(text: str, entities: Sequence[Entity]) -> list[Span]:
    """Sorted so that what is around comes before what is within."""
    places = _places(text)
    spans = [
        Span(places[start], places[end], entity)
        for entity in entities
        if 0 <= (start := _number(entity, "offset")) < (end := _end(entity, len(places) - 1))
    ]
    return sorted(spans, key=lambda span: (span.start, -span.end, span.is_leaf))


def _places(text: str) -> Sequence[int]:
    """For every code unit of UTF-16, and the end, its place in the text."""
    if text.isascii():
        return range(len(text) + 1)
    places = [place for place, one in enumerate(text) for _ in range(1 + (ord(one) > 0xFFFF))]
    return [*places, len(text)]


def _within(text: str, start: int, end: int, spans: Sequence[Span]) -> list[Node]:
    """The nodes of a stretch of the text. What reaches out of its surroundings is cut off."""
    nodes: list[Node] = []
    at, index = start, 0
    while index < len(spans):
        span = spans[index]
        after = index + 1
        while after < len(spans) and spans[after].start < span.end:
            after += 1
        inner = [
            Span(one.start, min(one.end, span.end), one.entity) for one in spans[index + 1 : after]
        ]
        nodes += _plain(text[at : span.start])
        nodes += _formatted(text, span, inner)
        at, index = span.end, after
    return nodes + _plain(text[at:end])


def _formatted(text: str, span: Span, inner: Sequence[Span]) -> list[Node]:
    kind, said = str(span.entity.get("type")), text[span.start : span.end]
    if kind in LEAVES:
        return [Node(kind=LEAVES[kind], text=said)]
    children = _within(text, span.start, span.end, inner)
    if kind in LINKS:
        url = _address(kind, span.entity, said)
        return [Node(kind=NodeKind.LINK, url=url, children=tuple(children))] if url else children
    if kind in AROUND:
        return [Node(kind=AROUND[kind], children=tuple(children))]
    return children


def _address(kind: str, entity: Entity, said: str) -> str:
    """Where a link leads, "" when that is no place on the web."""
    url = str(entity.get("url") or "") if kind == "text_link" else said
    if kind == "email":
        url = f"mailto:{said}"
    elif kind == "url" and "://" not in said:
        url = f"https://{said}"
    try:
        return url if urlsplit(url).scheme in SCHEMES else ""
    except ValueError:
        return ""


def _plain(text: str) -> list[Node]:
    nodes: list[Node] = []
    for index, line in enumerate(text.split("\n")):
        if index:
            nodes.append(Node(kind=NodeKind.BREAK))
        if line:
            nodes.append(Node(kind=NodeKind.TEXT, text=line))
    return nodes


def _blocks(nodes: Sequence[Node]) -> Iterator[Node]:
    """Gather what stands in lines to paragraphs, which end at an empty line or at a block."""
    lines: list[Node] = []
    for node in nodes:
        if node.kind in BLOCKS:
            yield from _paragraph(lines)
            lines = []
            yield node
        elif node.kind is NodeKind.BREAK and lines and lines[-1].kind is NodeKind.BREAK:
            yield from _paragraph(lines)
            lines = []
        else:
            lines.append(node)
    yield from _paragraph(lines)


def _paragraph(lines: Sequence[Node]) -> Iterator[Node]:
    first = 1 if lines and lines[0].kind is NodeKind.BREAK else 0
    last = len(lines) - (1 if lines and lines[-1].kind is NodeKind.BREAK else 0)
    if first < last:
        yield Node(kind=NodeKind.PARAGRAPH, children=tuple(lines[first:last]))


def _number(entity: Entity, key: str) -> int:
    value = entity.get(key)
    return value if isinstance(value, int) else -1


def _end(entity: Entity, limit: int) -> int:
    return min(_number(entity, "offset") + _number(entity, "length"), limit)
