"""What Slack says to a `chat.postMessage`, and what people then see.

Limits: https://docs.slack.dev/reference/methods/chat.postMessage and the pages of the blocks.
"""

import re
from collections.abc import Mapping

import orjson

from simulator.slack.workspace import Workspace, unescape

LONGEST_TEXT = 40_000
LONGEST_SECTION = 3_000
LONGEST_MARKDOWN = 12_000
LONGEST_BLOCKS = 13_200
MOST_BLOCKS = 50
OTHER_BLOCKS = frozenset(
    {"actions", "context", "context_actions", "divider", "file", "header", "image", "rich_text"}
)
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
    """The error code with which Slack refuses a posting.

    One rule is stricter than Slack, which lets a reply hang below another reply.
    """
    channel, thread = arguments.get("channel"), arguments.get("thread_ts")
    if not workspace.has_channel(channel):
        return "channel_not_found"
    if thread:
        root = workspace.roots.get((str(channel), str(thread)))
        if root is None:
            return "thread_not_found"
        if root != thread:
            return "cannot_reply_to_message"
    if not _has_text(arguments):
        return "no_text"
    return _metadata_problem(arguments) or _blocks_problem(read_blocks(arguments))


def shown(arguments: Arguments) -> str:
    """What people see: the blocks' text when there are any."""
    parts = [_visible(block) for block in read_blocks(arguments) or []]
    if parts:
        return "\n".join(parts)
    return unescape(str(arguments.get("text", ""))[:LONGEST_TEXT])


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
        case {"type": str(kind)}:
            return kind in OTHER_BLOCKS
        case _:
            return False


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
