"""Words with which a question leaves an entry that it is alike to otherwise.

`turn off the alarm` has all of `alarm`, and `a customer's password` all of `password`: what is
undone, not wanted, or somebody else's is another question unless the entry speaks of it. So is
what is said not to be as the entry has it (`not broken`), an undoing that is undone itself, and
what only asks for the meaning of a word.
"""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import chain, pairwise

from core.knowledge.words import FUNCTION_WORDS, stems

UNDONE = """
    off stop stopping cancel cancellation delete remove disable deactivate undo revert withdraw
    revoke quit leave abort decline reject refuse terminate end unsubscribe uninstall unregister
    disconnect close shut discard drop dismiss erase wipe avoid prevent skip without unlock lock
    block kündigen stornieren abbestellen löschen ausschalten deaktivieren entfernen beenden
    cancelar borrar eliminar desactivar apagar quitar annuler supprimer désactiver éteindre retirer
"""
SOMEBODY_ELSE = """
    customer client manager boss supervisor colleague coworker employee employer wife husband spouse
    son daughter mother mom father dad parent brother sister friend neighbour neighbor partner
    roommate girlfriend boyfriend child children kid visitor guest supplier vendor contractor
    freelancer intern applicant candidate tenant landlord teacher student doctor patient nurse
    grandmother grandfather uncle aunt cousin his her hers kunde kunden chef kollege kollegin frau
    mann sohn tochter freund freundin nachbar cliente jefe esposa marido hijo hija amigo amiga
    vecino collègue épouse mari fils fille ami amie voisin
"""
UNDOING = frozenset(chain.from_iterable(map(stems, UNDONE.split())))
SOMEBODY = frozenset(chain.from_iterable(map(stems, SOMEBODY_ELSE.split())))
REVERSED = re.compile(r"(?:un|dis|de|re|non)(?=[a-z]{4})")
UNWANTED = re.compile(
    r"""^(?:please\ )?(?:do\ not|don't|never)\ (?!know|remember|understand)
      |\b(?:(?:do|does|did|would|will|am|is|are)(?:n't|\ not)|dont|no\ longer|never)
       \ (?:really\ |even\ |ever\ |actually\ )?(?:want|need|wish|like|going|plan|intend|have\ to)\b
      |\b(?:without|instead\ of|rather\ than)\b
      |\bwill\ nicht\b|\bno\ quiero\b|\bje\ ne\ veux\ (?:pas|plus)\b""",
    re.VERBOSE,
)
DENIED = re.compile(
    r"""\b(?:am|is|are|was|were|been)(?:n't|nt|\ not)
       \ (?:really\ |even\ |actually\ |yet\ )?([^\W\d_]+)
      |\b(?:am|is|are|was|were)\ (?:[^\W_]+\ ){1,3}not\ ([^\W\d_]+)
      |\b(?:bin|ist|sind|war|waren)\ nicht\ ([^\W\d_]+)
      |\bno\ (?:es|está|esta|son|están|estan)\ ([^\W\d_]+)""",
    re.VERBOSE,
)
DEFINED = re.compile(
    r"^(?:what(?:'?s|\ is|\ are)\ an?|was\ ist\ eine?|qué\ es\ una?)(?:\ [^\W_]+){1,2}$", re.VERBOSE
)
LINKED = "a an the my our your this that last roll rolled rolling"
LINKS = frozenset(LINKED.split())
ROLLED = frozenset({"roll", "rolled", "rolling"})
SOMEONE = frozenset({"someone", "somebody", "jemanden", "jemandem", "alguien"})
PEOPLE = SOMEBODY | SOMEONE


def strays(asked: AbstractSet[str], own: AbstractSet[str]) -> bool:
    """Whether a question's words undo something, or are of somebody, unlike all of an entry's."""
    return any(
        word in UNDOING or word in SOMEBODY or _is_reverse(word, own) for word in asked - own
    )


def is_unwanted(written: str) -> bool:
    """Whether a question, as it is written, is about what its author does not want."""
    return UNWANTED.search(written) is not None


def denied(written: str) -> frozenset[str]:
    """What a question, as it is written, says that something is not: `is not broken`."""
    said = (word for match in DENIED.findall(written) for word in match if word)
    return frozenset(chain.from_iterable(map(stems, said))) - FUNCTION_WORDS


def is_for_a_word(written: str) -> bool:
    """Whether a question is what a word means: `what is a contract`."""
    return DEFINED.search(written) is not None


def is_undone_twice(written: str) -> bool:
    """Whether an undoing is undone: `cancel the cancellation`, `undo a roll back`."""
    tokens = written.split()
    undone = [at for at in range(len(tokens)) if _undoes(tokens, at)]
    return any(LINKS.issuperset(tokens[one + 1 : other]) for one, other in pairwise(undone))


def is_done_to_somebody(written: str, content: AbstractSet[str]) -> bool:
    """Whether a question is one telling word and whom it is done to: `fire someone`."""
    return len(content) == 1 and written.rpartition(" ")[2] in SOMEONE


def _undoes(tokens: Sequence[str], at: int) -> bool:
    if tokens[at] == "back":
        return at > 0 and tokens[at - 1] in ROLLED
    return not UNDOING.isdisjoint(stems(tokens[at]))


def _is_reverse(word: str, own: AbstractSet[str]) -> bool:
    """Whether a word turns one of others around: `unbook`, where there is `book`."""
    rest = REVERSED.sub("", word, count=1) if REVERSED.match(word) else ""
    return rest in own
