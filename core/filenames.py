"""Names of files, as they are kept and shown."""

import re
import unicodedata

LONGEST = 120  # characters; in UTF-8 below what any file system takes
LONGEST_SUFFIX = 16
NAMELESS = "file"

SEPARATORS = re.compile(r"[/\\]")
NOT_IN_NAMES = frozenset('<>:"|?*\N{REPLACEMENT CHARACTER}')
UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
"""Control and format characters (direction marks too), surrogates, and what is no character."""


def clean_name(name: str) -> str:
    """The last part of a path, without what is not seen or what some system takes for a sign.

    What is longer is cut before its suffix. The result is never empty, `.` or `..`.
    """
    last = SEPARATORS.split(name[-4096:])[-1]
    whole = unicodedata.normalize("NFC", "".join(map(_seen, last)))
    words = " ".join(whole.split()).strip(". ")
    if not words:
        return NAMELESS
    if len(words) <= LONGEST:
        return words
    stem, dot, suffix = words.rpartition(".")
    if not dot or len(suffix) > LONGEST_SUFFIX:
        return words[:LONGEST].rstrip(". ")
    return f"{stem[: LONGEST - len(suffix) - 1].rstrip('. ')}.{suffix}"


def _seen(letter: str) -> str:
    if letter.isspace():
        return " "
    return "" if letter in NOT_IN_NAMES or unicodedata.category(letter) in UNSEEN else letter
