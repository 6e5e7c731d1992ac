"""Text that every store and platform can take."""

import re

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """Replace what no database stores: NUL and lone surrogates."""
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def utf16_length(text: str) -> int:
    """The length in UTF-16 code units, as Telegram and Discord count."""
    return len(text) + sum(character > "\uffff" for character in text)
