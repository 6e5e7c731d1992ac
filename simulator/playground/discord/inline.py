"""What stands within a line of Discord's Markdown.

https://support.discord.com/hc/en-us/articles/210298617 and, for mentions,
https://discord.com/developers/docs/reference#message-formatting.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from simulator.playground.values import Node, NodeKind

DEEPEST = 12
"""Marks within marks; what is deeper is shown as it was written."""

WITHIN = r"(?:\\[\s\S]|`[^`\n]*`|[^\\])+?"
ADDRESS = r"https?://(?:[^\s<>()]|\([^\s<>()]*\))+"

TOKEN = re.compile(
    r"\\(?P<escaped>[^A-Za-z0-9\s])"
    r"|(?P<ticks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
    r"|<@!?(?P<user>[0-9]+)>|<@&(?P<role>[0-9]+)>|<\#(?P<channel>[0-9]+)>"
    r"|</(?P<command>[^<>:]+):[0-9]+>|<a?:(?P<emoji>\w+):[0-9]+>"
    rf"|\[(?P<label>(?:\\.|[^\[\]\\])+)\]\(<?(?P<masked>{ADDRESS})>?(?:\s+\"[^\"\n]*\")?\)"
    rf"|<(?P<quiet>{ADDRESS})>|(?P<bare>{ADDRESS})"
    rf"|\*\*(?P<bold>{WITHIN})\*\*(?!\*)"
    rf"|__(?P<underline>{WITHIN})__(?!_)"
    rf"|~~(?P<strike>{WITHIN})~~"
    rf"|\*(?=[^\s*])(?P<italic>{WITHIN})(?<=\S)\*(?!\*)"
    rf"|(?<!\w)_(?=[^\s_])(?P<slanted>{WITHIN})(?<=\S)_(?!\w)"
    r"|(?P<newline>\n)",
    re.DOTALL,
)
TRAILING = ".,;:!?'\"*_~"
MARKS = {
    "bold": NodeKind.BOLD,
    "underline": NodeKind.UNDERLINE,
    "strike": NodeKind.STRIKE,
    "italic": NodeKind.ITALIC,
    "slanted": NodeKind.ITALIC,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the ids in mentions stand for."""

    people: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)


def to_inline(text: str, names: Names, *, depth: int = 0) -> tuple[Node, ...]:
    """Text without blocks."""
    if depth == DEEPEST:
        return (Node(kind=NodeKind.TEXT, text=text),)
    return tuple(_joined(_pieces(text, names, depth)))


def _pieces(text: str, names: Names, depth: int) -> Iterator[Node]:
    at = 0
    while found := TOKEN.search(text, at):
        yield Node(kind=NodeKind.TEXT, text=text[at : found.start()])
        at = found.end()
        if found["bare"]:
            address = found["bare"].rstrip(TRAILING)
            at = found.start() + len(address)
            yield _link(address)
        else:
            yield _piece(found, names, depth)
    yield Node(kind=NodeKind.TEXT, text=text[at:])


def _piece(found: re.Match[str], names: Names, depth: int) -> Node:
    kind, said = str(found.lastgroup), str(found[str(found.lastgroup)])
    if kind in MARKS:
        return Node(kind=MARKS[kind], children=to_inline(said, names, depth=depth + 1))
    match kind:
        case "newline":
            return Node(kind=NodeKind.BREAK)
        case "code":
            return Node(kind=NodeKind.CODE, text=said.strip())
        case "masked":
            label = to_inline(found["label"], names, depth=depth + 1)
            return Node(kind=NodeKind.LINK, url=said, children=label)
        case "quiet":
            return _link(said)
        case "escaped":
            return Node(kind=NodeKind.TEXT, text=said)
        case "emoji":
            return Node(kind=NodeKind.TEXT, text=f":{said}:")
    return Node(kind=NodeKind.MENTION, text=_mentioned(kind, said, names))


def _mentioned(kind: str, said: str, names: Names) -> str:
    match kind:
        case "user":
            return f"@{names.people.get(said, 'unknown-user')}"
        case "role":
            return f"@{names.roles.get(said, 'unknown-role')}"
        case "channel":
            return f"#{names.channels.get(said, 'unknown')}"
    return f"/{said}"


def _link(address: str) -> Node:
    shown = (Node(kind=NodeKind.TEXT, text=address),)
    return Node(kind=NodeKind.LINK, url=address, children=shown)


def _joined(pieces: Iterator[Node]) -> Iterator[Node]:
    """Without empty texts, and with one text where several follow each other."""
    text = ""
    for piece in pieces:
        if piece.kind is NodeKind.TEXT:
            text += piece.text
            continue
        if text:
            yield Node(kind=NodeKind.TEXT, text=text)
        text = ""
        yield piece
    if text:
        yield Node(kind=NodeKind.TEXT, text=text)
