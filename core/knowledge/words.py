"""The words of a text, as far as they tell what it is about."""

import re
from functools import lru_cache

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
    which who who's will with would you your anyone anybody someone somebody there's that's whats
    wheres hows im ive pls plz might may here too than guys
"""
GERMAN = """
    aber auch auf bei bin bitte da das dass dem den denn der des dir du ein eine einem einen einer
    er es für gibt hallo habe haben hast hier ich ihr ihre im ist kann kannst können könnten
    mein meine meinem meinen meiner mich mir mit nach noch oder sich sie sind soll um und uns
    unser unsere vom von wann warum was welche welcher welches wenn wer werden wie wieso wir wird
    wo wurde zu zum zur über
"""
SPANISH = """
    al como cual cuando cuanto cuánto cuántos cuál cuándo cómo de del dónde donde el ella en es
    esta este esto está están estoy favor hay hola la las le lo los me mi mis nos nuestro o para
    por puede puedes puedo que quien quién qué se si su sus te tengo tiene tu tus un una
    unos y ya yo
"""
FRENCH = """
    au aux avec bonjour ce cette ces comment dans des du elle est et il ils je j'ai la le les leur
    ma mes mon nos notre nous ou où plaît pourquoi puis-je quand que quel quelle
    quelles quels qui sa ses sont ta tes un une vos votre vous à
"""
ENGLISH_FUNCTION_WORDS = frozenset(ENGLISH.split())
FUNCTION_WORDS = ENGLISH_FUNCTION_WORDS.union(f"{GERMAN} {SPANISH} {FRENCH}".split())
"""Words that a question shares with any other. In other languages their rarity tells them."""

HYPHENATED = re.compile(r"(?<![\w-])([^\W\d_]+)-([^\W\d_]+)(?![\w-])")
LONGEST = 60  # letters of a word that are looked at
CACHED = 50_000  # words whose stems are remembered
SHORT_PART = 2  # letters of a part that no word would be by itself, as in `wi-fi` and `e-mail`


def words(text: str) -> list[str]:
    """The words in order, folded and cut to their stems."""
    return [word for written in spelt(text) for word in stems(written)]


def spelt(text: str) -> list[str]:
    """The words in order as they are written, folded; short parts are joined: `wi-fi` is `wifi`."""
    return WORD.findall(HYPHENATED.sub(_joined, normalise(text)))


def stems(written: str) -> tuple[str, ...]:
    """What a written word is compared by: its stem, or pairs where it is several words."""
    if UNSPACED.search(written):
        return tuple(_pairs(written))
    return (_stem(written[:LONGEST]),)


@lru_cache(CACHED)
def _stem(written: str) -> str:
    return written if written in FUNCTION_WORDS else stem(written)


def _joined(match: re.Match[str]) -> str:
    parts = match.groups()
    short = any(len(part) <= SHORT_PART for part in parts)
    return "".join(parts) if short and FUNCTION_WORDS.isdisjoint(parts) else match.group()


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
