"""Tell what nobody can answer, such as `asdfgh`, `lol` and insults, from questions.

It is asked only about what has no answer anyway. When in doubt it is a question: one that is kept
in vain costs an admin a click, and one that is lost is never answered.
"""

import re
from enum import StrEnum

from core.ports.gaps import LONGEST_GAP
from core.text import normalise

ROWS = ("qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm")
SHORTEST_RUN = 3  # keys side by side
SHORTEST_MASH = 4  # letters: three of them can be a name
FROM_ONE_ROW = re.compile(r"[sdfghjkl]{5,}")  # without a vowel
REPEATED = re.compile(r"([^\W\d_]{1,3}?)\1{2,}[^\W\d_]{0,2}")
STRETCHED = re.compile(r"(.)\1{2,}")
WORD = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?")
LETTER_OR_COUNT = re.compile(r"[a-z]|\d{1,2}")
SIGN = re.compile(r"[^\w\s]|\d|_")
SIGNS_IN_PROSE = 0.12  # of what is no space, at most
ASKED_AROUND = 200  # characters at either end of what was pasted, where somebody may ask about it

REACTIONS = frozenset(
    """
    lol lmao rofl xd omg hm hmm mhm huh meh ugh uh uhm um oh ah aha wow yay haha hehe mdr ptdr jaja
    no nope nah yes yep yeah yup ja nein doch sí oui non ouais test testing ping bla blah blabla
    whatever egal bof
    """.split()  # noqa: SIM905 - a list of words is read more easily
)
INSULTS = frozenset(
    """
    idiot idiots idiotic moron stupid dumb useless fuck fucking fucker shit bullshit crap bastard
    bitch asshole arse ass damn hell suck sucks hate wtf stfu
    dumm dumme dummer blöd blöde blöder doof scheisse scheiss arschloch kacke nutzlos
    idiota tonto tonta estúpido estúpida inútil mierda puta joder
    merde putain stupide inutile imbécile
    """.split()  # noqa: SIM905
)
AROUND_INSULTS = frozenset(
    """
    you you're you've your yourself u ur are is am i it it's its this that a an the so such very
    really just what who go to off up shut with of wrong piece oh my god all bot robot machine
    du bist so ein eine der die das dein ist fick dich halt maul
    eres un una tan muy qué tu te es tú
    tu es le la quel
    """.split()  # noqa: SIM905
)
SHUT_UP = ("shut up", "go away", "halt's maul", "halt die klappe", "ta gueule", "cállate")
UNLUCKY = frozenset(("wert",))  # words whose letters stand side by side


class Noise(StrEnum):
    """Why a message has no answer that anybody could give."""

    NOTHING = "nothing"
    INSULT = "insult"
    PASTED = "pasted"


def noise_in(message: str) -> Noise | None:
    """What a message is that asks nothing; None when it may be a question."""
    if len(message) > LONGEST_GAP:
        return Noise.PASTED if _is_pasted(message) else None
    words = WORD.findall(normalise(message))
    if not words:
        return Noise.NOTHING
    if " ".join(words) in SHUT_UP or _is_insult(words):
        return Noise.INSULT
    if len(words) == 1 and LETTER_OR_COUNT.fullmatch(message.strip(" ?!.…")):
        return Noise.NOTHING
    joined = "".join(words)
    if _is_typed_along(joined) or all(map(_says_nothing, words)):
        return Noise.NOTHING
    return None


def _is_insult(words: list[str]) -> bool:
    return not INSULTS.isdisjoint(words) and INSULTS.union(AROUND_INSULTS).issuperset(words)


def _says_nothing(word: str) -> bool:
    if word in REACTIONS or STRETCHED.sub(r"\1", word) in REACTIONS:
        return True
    if len(word) < SHORTEST_MASH:
        return False
    return bool(REPEATED.fullmatch(word) or FROM_ONE_ROW.fullmatch(word)) or _is_typed_along(word)


def _is_typed_along(word: str) -> bool:
    """Whether fingers ran along the rows of a keyboard, forth or back: `asdf`, `qweasd`, `lkjhg`.

    At its end a run may be cut short.
    """
    if len(word) < SHORTEST_MASH or word in UNLUCKY:
        return False
    at = 0
    while at < len(word):
        run = _run_at(word, at)
        is_end = at > 0 and at + run == len(word) and run > 1
        if run < SHORTEST_RUN and not is_end:
            return False
        at += run
    return True


def _run_at(word: str, at: int) -> int:
    """How many letters from there on stand side by side on a keyboard."""
    rows = (*ROWS, *(row[::-1] for row in ROWS))
    return max(
        next(
            (
                size
                for size in range(min(len(word) - at, len(row)), 0, -1)
                if word[at : at + size] in row
            ),
            1,
        )
        for row in rows
    )


def _is_pasted(message: str) -> bool:
    """Whether somebody pasted the output of a program, and asks nothing before or behind it."""
    if "?" in message[:ASKED_AROUND] or "?" in message[-ASKED_AROUND:]:
        return False
    letters = "".join(message.split())
    return len(SIGN.findall(letters)) > SIGNS_IN_PROSE * len(letters)
