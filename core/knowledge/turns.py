"""The small words that turn a question into another one: `my` and `your`, `on` and `off`, `2`."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

from core.knowledge.words import FUNCTION_WORDS

Turns: TypeAlias = Mapping[str, frozenset[str]]

CACHED = 2_000  # questions whose turns are remembered
NUMBER = re.compile(r"\d[\d.,:]*|[a-z]+\d+[a-z\d]*")

COUNTED = """
    one:1 two:2 three:3 four:4 five:5 six:6 seven:7 eight:8 nine:9 ten:10 eleven:11 twelve:12
    twenty:20 thirty:30 fifty:50 hundred:100 thousand:1000 half:half double:2x twice:2x triple:3x
    first:1. second:2. third:3. fourth:4.
    eins:1 zwei:2 drei:3 vier:4 fünf:5 sechs:6 sieben:7 acht:8 neun:9 zehn:10
    uno:1 dos:2 tres:3 cuatro:4 cinco:5 deux:2 trois:3 quatre:4 cinq:5
"""
NUMBERS = dict(pair.split(":") for pair in COUNTED.split())
NEGATED = """
    not no never none nothing nobody neither nor without cannot cant dont doesnt didnt wont isnt
    arent wasnt werent shouldnt couldnt wouldnt havent hasnt unable nicht kein keine keinen nie ohne
    sin nunca ningún pas jamais sans
"""
NEGATIONS = frozenset(NEGATED.split())
EITHER = {
    "person": "my mine our ours me / your yours / his her hers him their theirs them",
    "switched": (
        "on enable enabled activate activated / off disable disabled deactivate deactivated"
    ),
    "way": "in into / out",
    "height": "up upgrade increase raise / down downgrade decrease reduce lower",
    "order": "before / after / during / since / until",
    "running": "start begin / stop end finish / pause / restart",
    "access": "open unlock / close lock / block",
    "change": "add create / remove delete / rename",
    "trade": "buy purchase / sell / rent",
    "mail": "send sender outgoing / receive recipient incoming",
    "load": "upload import / download export",
    "presence": "install subscribe join / uninstall unsubscribe leave",
    "extreme": "minimum min least lowest / maximum max most highest / average",
    "age": "old oldest former / new newest",
    "turn": "this current / next following upcoming coming / last previous past",
    "amount": "more / less fewer",
    "day": "today / tomorrow / yesterday",
    "rhythm": "daily / weekly / monthly / yearly annual annually / hourly",
    "week": (
        "monday / tuesday / wednesday / thursday / friday / saturday / sunday / weekend / weekday"
    ),
    "month": (
        "january / february / march / april / june / july / august"
        " / september / october / november / december"
    ),
    "hours": "morning / evening / night / noon / afternoon",
    "side": "left / right",
    "public": "public external / private internal",
    "journey": "arrival arrive arriving / departure depart departing",
    "parties": (
        "employee employees / employer / contractor contractors"
        " / customer customers / supplier suppliers / manager managers / intern interns"
    ),
    "asked": "why / when / where / who whom whose",
    "money": "pay owe / earn / refund",
    "time": "earlier / later",
    "borrowing": "lend / borrow",
    "family": "husband / wife / son / daughter / mother / father / brother / sister",
    "kin": "man men / woman women / child children",
}
"""Words of which a question has those of one side."""


def _sides() -> Mapping[str, tuple[str, str]]:
    return {
        word: (kind, side.split()[0])
        for kind, sides in EITHER.items()
        for side in sides.split("/")
        for word in side.split()
    }


SIDES = _sides()


@lru_cache(CACHED)
def turns(written: str) -> Turns:
    """What turns a question, by kind."""
    tokens = written.split()
    found: dict[str, set[str]] = {"number": set(), "negated": set()}
    for token in tokens:
        if token in NUMBERS or NUMBER.fullmatch(token):
            found["number"].add(NUMBERS.get(token, token))
        if token in NEGATIONS or token.endswith("n't"):
            found["negated"].add("not")
        known = SIDES.get(token) or SIDES.get(token.removesuffix("s"))
        if known is not None:
            kind, side = known
            found.setdefault(kind, set()).add(side)
    if "from" in tokens:
        found["from"] = _after("from", tokens)
        found["to"] = _after("to", tokens)
    return {kind: frozenset(sides) for kind, sides in found.items()}


def turned(asked: Turns, known: Turns) -> bool:
    """Whether one of two questions is turned: other numbers, a `not` more, or the opposite."""
    return any(
        sides != known[kind] if kind in {"number", "negated"} else sides.isdisjoint(known[kind])
        for kind, sides in asked.items()
        if kind in known
    )


def _after(word: str, tokens: Sequence[str]) -> set[str]:
    """What comes after a word, articles and the like left out."""
    found = set()
    for at, token in enumerate(tokens):
        if token == word:
            rest = (other for other in tokens[at + 1 :] if other not in FUNCTION_WORDS)
            found.add(next(rest, ""))
    return found
