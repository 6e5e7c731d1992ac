"""The words of a text, as far as they tell what it is about."""

import re

from core.text import normalise

WORD = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?(?:\+\+|\#)?")
UNSPACED = re.compile(
    "[\N{HIRAGANA LETTER SMALL A}-\N{KATAKANA LETTER SMALL RE}\u0e01-\u0eff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)
"""Japanese, Chinese, Thai and Lao are written without spaces: they are cut into pairs."""

ENGLISH = """
    a about all am an and any are as at be been but by can could did do does find for from get
    give got had has have hello hey hi how i i'd i'm i've if in into is it it's its just know let
    like many me much my need of on or our please should show so some tell thank thanks that the
    their them then there these they this to up us want was we were what what's when where where's
    which who who's will with would you your
"""
FUNCTION_WORDS = frozenset(ENGLISH.split())
"""Words that a question shares with any other. In other languages their rarity tells them."""


def words(text: str) -> list[str]:
    """The words in order, folded and cut to their stems."""
    found = []
    for match in WORD.finditer(normalise(text)):
        word = match.group()
        if UNSPACED.search(word):
            found.extend(_pairs(word))
        else:
            found.append(word if word in FUNCTION_WORDS else stem(word))
    return found


def _pairs(text: str) -> list[str]:
    """Each unspaced run as overlapping pairs of characters, and what stands between the runs."""
    found: list[str] = []
    end = 0
    for run in UNSPACED.finditer(text):
        found += [text[end : run.start()]] if run.start() > end else []
        found += [run.group()[at : at + 2] for at in range(max(len(run.group()) - 1, 1))]
        end = run.end()
    return [*found, text[end:]] if end < len(text) else found


def stem(word: str) -> str:
    """An English word without its ending, so that `resets`, `resetting` and `reset` are one.

    The same letters go from every word alike; it need not be a word any more.
    """
    word = word.removesuffix("'s")
    if len(word) <= 3 or not word.isalpha():
        return word
    if word.endswith("ies"):
        word = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            word = word[:-1] if word[-1] == word[-2] and word[-1] not in "ls" else word
            break
    word = word[:-1] if word.endswith("e") and len(word) > 3 else word
    return word[:-1] + "i" if word.endswith("y") and len(word) > 3 else word
