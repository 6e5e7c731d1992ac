"""Emoji by the names that Slack has for them."""

import re
import unicodedata

from simulator.playground.values import PlaygroundError

NAMES = {
    "👍": "+1",
    "👎": "-1",
    "❤": "heart",
    "😄": "smile",
    "🙂": "slightly_smiling_face",
    "😂": "joy",
    "😕": "confused",
    "😢": "cry",
    "😮": "open_mouth",
    "🤔": "thinking_face",
    "🎉": "tada",
    "🚀": "rocket",
    "👀": "eyes",
    "🙏": "pray",
    "🙌": "raised_hands",
    "👏": "clap",
    "👋": "wave",
    "💡": "bulb",
    "🔥": "fire",
    "💯": "100",
    "⚠": "warning",
    "✅": "white_check_mark",
    "❌": "x",
}
EMOJI = {
    **{name: emoji for emoji, name in NAMES.items()},
    "thumbsup": "👍",
    "thumbsdown": "👎",
}
SELECTOR = "\N{VARIATION SELECTOR-16}"
CODE = re.compile(r":([a-z0-9_+-]+):")


def to_name(emoji: str) -> str:
    """Slack's name of an emoji. Raises `PlaygroundError` for what is more than one character."""
    bare = emoji.strip().replace(SELECTOR, "")
    if bare in NAMES:
        return NAMES[bare]
    if len(bare) != 1 or unicodedata.category(bare) != "So":
        raise PlaygroundError("That is no emoji that can be given here: take 👍, 🎉 or 👀.")
    return unicodedata.name(bare).lower().replace(" ", "_")


def to_emoji(name: str) -> str:
    """The emoji of a name, the name between colons where there is none."""
    known = EMOJI.get(name)
    if known is not None:
        return known
    try:
        return unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return f":{name}:"


def with_emoji(text: str) -> str:
    """A text with emoji in place of the names that are well known."""
    return CODE.sub(lambda found: EMOJI.get(found[1], found[0]), text)
