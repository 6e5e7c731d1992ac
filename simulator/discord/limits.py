"""What Discord refuses in a message.

https://discord.com/developers/docs/resources/message#create-message-jsonform-params and
https://discord.com/developers/docs/components/reference.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from simulator.discord.calls import invalid
from simulator.discord.objects import JSON, failure

LONGEST_CONTENT = 2_000
LONGEST_NONCE = 25
LONGEST_CUSTOM_ID = 100
LONGEST_LABEL = 80
MOST_ROWS = 5
MOST_BUTTONS = 5
MOST_EMBEDS = 10
LONGEST_EMBEDS = 6_000
EMBED_LIMITS = {"title": 256, "description": 4_096}
MOST_FIELDS = 25
ROW, BUTTON, LINK_STYLE = 1, 2, 5
SELECTS = frozenset({3, 5, 6, 7, 8})
EMPTY_MESSAGE = 50006


def refusal(said: Any, *, has_files: bool = False, may_be_empty: bool = False) -> JSON | None:
    """Why Discord would not take a message, None when it would."""
    if not isinstance(said, dict) or not isinstance(said.get("content") or "", str):
        return invalid("content", "BASE_TYPE_BAD_TYPE")
    content = said.get("content") or ""
    if len(content) > LONGEST_CONTENT:
        return invalid("content", "BASE_TYPE_BAD_LENGTH")
    says = content.strip() or said.get("embeds") or said.get("components") or has_files
    if not says and not may_be_empty:
        return failure("Cannot send an empty message", EMPTY_MESSAGE)
    if len(str(said.get("nonce") or "")) > LONGEST_NONCE:
        return invalid("nonce", "NONCE_TYPE_INVALID")
    return _of_embeds(said.get("embeds") or ()) or _of_components(said.get("components") or ())


def buttons(components: Sequence[JSON]) -> Iterator[JSON]:
    """The buttons of a message, first to last."""
    for row in components:
        if row.get("type") == BUTTON:
            yield row
        yield from buttons(row.get("components") or ())


def label(button: JSON) -> str:
    """What is written on a button."""
    emoji = button.get("emoji") or {}
    return str(button.get("label") or emoji.get("name") or "")


def _of_embeds(embeds: Sequence[JSON]) -> JSON | None:
    if len(embeds) > MOST_EMBEDS:
        return invalid("embeds", "BASE_TYPE_BAD_LENGTH")
    length = 0
    for embed in embeds:
        fields = embed.get("fields") or ()
        if len(fields) > MOST_FIELDS:
            return invalid("embeds", "BASE_TYPE_BAD_LENGTH")
        for name, limit in EMBED_LIMITS.items():
            if len(embed.get(name) or "") > limit:
                return invalid("embeds", "BASE_TYPE_MAX_LENGTH")
            length += len(embed.get(name) or "")
        length += sum(len(field.get("name", "") + field.get("value", "")) for field in fields)
    return invalid("embeds", "MAX_EMBED_SIZE_EXCEEDED") if length > LONGEST_EMBEDS else None


def _of_components(rows: Sequence[JSON]) -> JSON | None:
    if len(rows) > MOST_ROWS:
        return invalid("components", "BASE_TYPE_BAD_LENGTH")
    seen: set[str] = set()
    for row in rows:
        inner = row.get("components") or ()
        if row.get("type") != ROW or not 1 <= len(inner) <= MOST_BUTTONS:
            return invalid("components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED")
        for component in inner:
            problem = _of_component(component, seen)
            if problem is not None:
                return problem
    return None


def _of_component(component: JSON, seen: set[str]) -> JSON | None:
    identifier = component.get("custom_id")
    if component.get("type") == BUTTON and component.get("style") == LINK_STYLE:
        return None if component.get("url") else invalid("components", "BASE_TYPE_REQUIRED")
    if component.get("type") not in (BUTTON, *SELECTS):
        return invalid("components", "UNION_TYPE_CHOICES")
    if not isinstance(identifier, str) or not 1 <= len(identifier) <= LONGEST_CUSTOM_ID:
        return invalid("components", "BASE_TYPE_BAD_LENGTH")
    if identifier in seen:
        return invalid("components", "COMPONENT_CUSTOM_ID_DUPLICATED")
    seen.add(identifier)
    if component.get("type") == BUTTON and not 1 <= len(label(component)) <= LONGEST_LABEL:
        return invalid("components", "BASE_TYPE_BAD_LENGTH")
    return None
