"""What Slack says to a `chat.postMessage`, and what people then see.

Limits: https://docs.slack.dev/reference/methods/chat.postMessage and the pages of the blocks.
"""

import re
from collections.abc import Mapping, Sequence

import orjson

from simulator.slack.workspace import Workspace, unescape

LONGEST_TEXT = 40_000
LONGEST_SECTION = 3_000
LONGEST_MARKDOWN = 12_000
LONGEST_BLOCKS = 13_200
MOST_BLOCKS = 50
MOST_BUTTONS = 25
MOST_CONTEXT_ACTIONS = 5
LONGEST_LABEL = 75
LONGEST_VALUE = 2_000
LONGEST_ID = 255
OTHER_BLOCKS = frozenset({"context", "divider", "file", "header", "image", "rich_text", "table"})
CALLS = re.compile(r"<!(?:here|channel|everyone|subteam\^\w+)[^<>]*>|<@[A-Z0-9]+[^<>]*>")
NAMES = re.compile(r"@(?:here|channel|everyone)\b")

Arguments = Mapping[str, object]


def read_blocks(arguments: Arguments) -> list[object] | None:
    """The blocks, which a form carries as JSON; None when they are no list."""
    blocks = arguments.get("blocks") or []
    if isinstance(blocks, str):
        try:
            blocks = orjson.loads(blocks)
        except orjson.JSONDecodeError:
            return None
    return blocks if isinstance(blocks, list) else None


def problem(arguments: Arguments, workspace: Workspace) -> str | None:
    """The error code with which Slack refuses a posting."""
    channel, thread = arguments.get("channel"), arguments.get("thread_ts")
    if not workspace.has_channel(channel):
        return "channel_not_found"
    return thread_problem(str(channel), thread, workspace) or content_problem(arguments)


def thread_problem(channel: str, thread: object, workspace: Workspace) -> str | None:
    """The error code for a `thread_ts`.

    One rule is stricter than Slack, which lets a reply hang below another reply.
    """
    if not thread:
        return None
    root = workspace.roots.get((channel, str(thread)))
    if root is None:
        return "thread_not_found"
    return None if root == thread else "cannot_reply_to_message"


def content_problem(arguments: Arguments) -> str | None:
    """The error code for what a message says."""
    markdown = arguments.get("markdown_text")
    if isinstance(markdown, str) and markdown:
        return _markdown_problem(arguments, markdown)
    if not _has_text(arguments):
        return "no_text"
    return _metadata_problem(arguments) or _blocks_problem(read_blocks(arguments))


def _markdown_problem(arguments: Arguments, markdown: str) -> str | None:
    if arguments.get("text") or arguments.get("blocks"):
        return "markdown_text_conflict"
    return "msg_too_long" if len(markdown) > LONGEST_MARKDOWN else None


def shown(arguments: Arguments) -> str:
    """What people see: the blocks' text when there are any."""
    blocks = read_blocks(arguments) or []
    parts = [_visible(block) for block in blocks if not is_actions(block)]
    if parts:
        return "\n".join(parts)
    if arguments.get("markdown_text"):
        return str(arguments["markdown_text"])
    return unescape(str(arguments.get("text", ""))[:LONGEST_TEXT])


def buttons(blocks: Sequence[object] | None) -> list[Arguments]:
    """The buttons in the blocks, first to last."""
    found: list[Arguments] = []
    for block in blocks or []:
        match block:
            case {"type": "actions" | "context_actions", "elements": list(elements)}:
                found += [one for one in elements if _is_button(one)]
            case {"accessory": dict(accessory)} if _is_button(accessory):
                found.append(accessory)
    return found


def label(button: Arguments) -> str:
    """What is written on a button."""
    return _written(button)


def is_actions(block: object) -> bool:
    """Whether a block holds only what can be clicked."""
    return isinstance(block, dict) and block.get("type") in {"actions", "context_actions"}


def called(arguments: Arguments) -> list[str]:
    """The mentions in a posting that would notify people, as they are written."""
    written = [str(arguments.get("text", ""))]
    written += [_written(block) for block in read_blocks(arguments) or []]
    patterns = [CALLS]
    if arguments.get("link_names") in (True, "1", "true") or arguments.get("parse") == "full":
        patterns.append(NAMES)
    return [call for pattern in patterns for text in written for call in pattern.findall(text)]


def _has_text(arguments: Arguments) -> bool:
    text = arguments.get("text")
    return bool(isinstance(text, str) and text.strip()) or bool(arguments.get("blocks"))


def _metadata_problem(arguments: Arguments) -> str | None:
    match arguments.get("metadata"):
        case None | str() | {"event_type": str(), "event_payload": dict()}:
            return None
        case _:
            return "invalid_metadata_format"


def _blocks_problem(blocks: list[object] | None) -> str | None:
    if blocks is None or len(blocks) > MOST_BLOCKS or not all(map(_is_block, blocks)):
        return "invalid_blocks"
    names = [name for block in blocks for name in _action_ids(block)]
    if len(set(names)) < len(names):
        return "invalid_blocks"
    markdown = sum(
        len(_written(block))
        for block in blocks
        if isinstance(block, dict) and block["type"] == "markdown"
    )
    if markdown > LONGEST_MARKDOWN:
        return "invalid_blocks"
    if blocks and len(orjson.dumps(blocks).decode()) > LONGEST_BLOCKS:
        return "msg_blocks_too_long"
    return None


def _is_block(block: object) -> bool:
    match block:
        case {"type": "markdown", "text": str(text)}:
            return bool(text.strip())
        case {"type": "section", "text": {"type": "mrkdwn" | "plain_text", "text": str(text)}}:
            return 0 < len(text) <= LONGEST_SECTION
        case {"type": "section", "fields": list()}:
            return True
        case {"type": "actions", "elements": list(elements)}:
            return 0 < len(elements) <= MOST_BUTTONS and all(map(_is_element, elements))
        case {"type": "context_actions", "elements": list(elements)}:
            return 0 < len(elements) <= MOST_CONTEXT_ACTIONS
        case {"type": str(kind)}:
            return kind in OTHER_BLOCKS
        case _:
            return False


def _is_element(element: object) -> bool:
    match element:
        case {"type": "button", "text": {"type": "plain_text", "text": str(text)}, **rest}:
            short = 0 < len(text) <= LONGEST_LABEL
            value, name = str(rest.get("value", "")), str(rest.get("action_id", ""))
            return short and len(value) <= LONGEST_VALUE and len(name) <= LONGEST_ID
        case {"type": "button"}:
            return False
        case {"type": str()}:
            return True
        case _:
            return False


def _is_button(element: object) -> bool:
    return isinstance(element, dict) and element.get("type") == "button"


def _action_ids(block: object) -> list[str]:
    """The ids that must differ within a block, with the block's own."""
    match block:
        case {"type": "actions", "elements": list(elements), **rest}:
            own = str(rest.get("block_id") or id(block))
            named = (one.get("action_id") for one in elements if isinstance(one, dict))
            return [f"{own}:{name}" for name in named if name]
        case _:
            return []


def _written(block: object) -> str:
    match block:
        case {"text": str(text)} | {"text": {"text": str(text)}}:
            return text
        case _:
            return ""


def _visible(block: object) -> str:
    match block:
        case {"text": {"type": "mrkdwn"}}:
            return unescape(_written(block))
        case _:
            return _written(block)
