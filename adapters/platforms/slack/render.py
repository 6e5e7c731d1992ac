"""Replies in Slack's format. Nothing in them notifies anybody.

Formats and limits: https://docs.slack.dev/reference/block-kit/blocks/markdown-block and
https://docs.slack.dev/messaging/formatting-message-text.
"""

import re
from collections.abc import Sequence

from core.messages import Button
from core.text import clean

TEXT_LIMIT = 10_000
"""A `markdown` block takes 12,000 characters, but `msg_blocks_too_long` was seen from 13,200 on for
the whole JSON, where a line end or a quotation mark counts twice."""

LONGEST_TEXT = 40_000
LONGEST_LABEL = 75
BUTTONS_A_ROW = 25
NOTHING = "\N{HORIZONTAL ELLIPSIS}"
BREAK = "\N{ZERO WIDTH SPACE}"

# `<!here>`, `<@U1>`, `<#C1>` and `<https://a|b>` are live in any text that Slack takes for its own
# markup. A backslash or an entity would show inside code, a zero-width space shows nowhere.
LIVE = re.compile(
    r"<(?=@|#[A-Z]|!(?:here|channel|everyone|group|subteam|date)|[a-z][a-z0-9+.-]*:[^<>\s|]*\|)"
    r"|@(?=(?:here|channel|everyone|group)\b)",
    re.IGNORECASE,
)
CUT_ENTITY = re.compile("&[a-z]*$")


def to_payload(text: str, *, plain: bool, buttons: Sequence[Button] = ()) -> dict[str, object]:
    """The arguments of `chat.postMessage` for CommonMark of at most `TEXT_LIMIT`.

    With `plain` the text is shown as it is, character by character, and without buttons: those are
    blocks, and Slack has refused the blocks.
    """
    shown = LIVE.sub(rf"\g<0>{BREAK}", clean(text))
    if not shown.strip():
        shown = NOTHING
    payload: dict[str, object] = {
        "text": _escape(shown),
        "link_names": False,
        "parse": "none",
        "unfurl_links": False,
        "unfurl_media": False,
    }
    if plain:
        payload["mrkdwn"] = False
    else:
        payload["blocks"] = [{"type": "markdown", "text": shown}, *_rows(buttons)]
    return payload


def _rows(buttons: Sequence[Button]) -> list[dict[str, object]]:
    elements = [_element(number, button) for number, button in enumerate(buttons)]
    return [
        {"type": "actions", "elements": elements[first : first + BUTTONS_A_ROW]}
        for first in range(0, len(elements), BUTTONS_A_ROW)
    ]


def _element(number: int, button: Button) -> dict[str, object]:
    label = clean(button.label)[:LONGEST_LABEL]
    return {
        "type": "button",
        "action_id": f"button_{number}",
        "text": {"type": "plain_text", "text": label, "emoji": True},
        "value": button.value,
    }


def _escape(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if len(escaped) <= LONGEST_TEXT:
        return escaped
    return CUT_ENTITY.sub("", escaped[:LONGEST_TEXT])
