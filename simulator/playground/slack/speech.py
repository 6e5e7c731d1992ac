"""What people type, as Slack's clients send it."""

import re
from collections.abc import Iterator, Sequence

from simulator.playground.slack import mrkdwn
from simulator.playground.slack.nodes import ADDRESS
from simulator.playground.values import Node, NodeKind
from simulator.slack.workspace import BOT_USER, Json, escape

MENTION = f"<@{BOT_USER}>"
TYPED = re.compile(
    r"(?P<code>```.+?```|`[^`\n]+`)"
    r"|(?P<mention>(?<![\w@])@trialogue\b)"
    rf"|(?P<url>{ADDRESS.pattern})",
    re.DOTALL | re.IGNORECASE,
)
STYLES = {
    NodeKind.BOLD: "bold",
    NodeKind.ITALIC: "italic",
    NodeKind.STRIKE: "strike",
}


def to_text(typed: str) -> str:
    """A message's `text`: calls of the bot and addresses are entities, the rest is escaped."""
    parts, end = [], 0
    for found in TYPED.finditer(typed):
        parts += [escape(typed[end : found.start()]), _entity(found)]
        end = found.end()
    return "".join([*parts, escape(typed[end:])])


def mentions_bot(markup: str) -> bool:
    """Whether a `text` calls the bot."""
    return MENTION in markup


def to_blocks(markup: str) -> list[Json]:
    """The blocks that Slack's clients send along with a `text`."""
    elements: list[Json] = []
    for node in mrkdwn.to_nodes(markup, {}):
        match node.kind:
            case NodeKind.PREFORMATTED:
                words = [{"type": "text", "text": node.text}]
                elements.append({"type": "rich_text_preformatted", "elements": words})
            case NodeKind.QUOTE:
                pieces = [one for part in node.children for one in _pieces(part.children)]
                elements.append({"type": "rich_text_quote", "elements": pieces})
            case _:
                pieces = list(_pieces(node.children))
                elements.append({"type": "rich_text_section", "elements": pieces})
    return [{"type": "rich_text", "elements": elements}] if elements else []


def _entity(found: re.Match[str]) -> str:
    if found["mention"]:
        return MENTION
    return f"<{escape(found['url'])}>" if found["url"] else escape(found[0])


def _pieces(nodes: Sequence[Node], style: tuple[str, ...] = ()) -> Iterator[Json]:
    styled: Json = {"style": dict.fromkeys(style, True)} if style else {}
    for node in nodes:
        match node.kind:
            case NodeKind.TEXT:
                yield {"type": "text", "text": node.text, **styled}
            case NodeKind.BREAK:
                yield {"type": "text", "text": "\n"}
            case NodeKind.CODE:
                code = dict.fromkeys((*style, "code"), True)
                yield {"type": "text", "text": node.text, "style": code}
            case NodeKind.LINK:
                yield {"type": "link", "url": node.url, **styled}
            case NodeKind.MENTION:
                yield {"type": "user", "user_id": node.text.removeprefix("@"), **styled}
            case kind if kind in STYLES:
                yield from _pieces(node.children, (*style, STYLES[kind]))
            case _:
                yield from _pieces(node.children, style)
