"""Text that every store and platform can take."""

import re
import unicodedata

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """Replace what no database stores: NUL and lone surrogates."""
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def utf16_length(text: str) -> int:
    """The length in UTF-16 code units, as Telegram and Discord count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def normalise(text: str) -> str:
    """Text as it is compared: one form for what looks the same, no case, single spaces.

    Punctuation around a sentence goes; inside, it can carry the meaning (`C++`, `-5`, `v1.2`).
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.replace("’", "'").split()).strip(" ?!.…。？！,;:¿¡\"'")
