"""Words with which a question leaves an entry that it is alike to otherwise.

`turn off the alarm` has all of `alarm`, and `a customer's password` all of `password`: what is
undone, not wanted, or somebody else's is another question unless the entry speaks of it.
"""

import re
from collections.abc import Set as AbstractSet
from itertools import chain

from core.knowledge.words import stems

UNDONE = """
    off stop stopping cancel cancellation delete remove disable deactivate undo revert withdraw
    revoke quit leave abort decline reject refuse terminate end unsubscribe uninstall unregister
    disconnect close shut discard drop dismiss erase wipe avoid prevent skip without unlock lock
    block kündigen stornieren abbestellen löschen ausschalten deaktivieren entfernen beenden
    cancelar borrar eliminar desactivar apagar quitar annuler supprimer désactiver éteindre retirer
"""
PEOPLE = """
    customer client manager boss supervisor colleague coworker employee employer wife husband spouse
    son daughter mother mom father dad parent brother sister friend neighbour neighbor partner
    roommate girlfriend boyfriend child children kid visitor guest supplier vendor contractor
    freelancer intern applicant candidate tenant landlord teacher student doctor patient nurse
    grandmother grandfather uncle aunt cousin his her hers kunde kunden chef kollege kollegin frau
    mann sohn tochter freund freundin nachbar cliente jefe esposa marido hijo hija amigo amiga
    vecino collègue épouse mari fils fille ami amie voisin
"""
UNDOING = frozenset(chain.from_iterable(map(stems, UNDONE.split())))
SOMEBODY = frozenset(chain.from_iterable(map(stems, PEOPLE.split())))
REVERSED = re.compile(r"(?:un|dis|de|re|non)(?=[a-z]{4})")
UNWANTED = re.compile(
    r"""^(?:please\ )?(?:do\ not|don't|never)\ (?!know|remember|understand)
      |\b(?:(?:do|does|did|would|will|am|is|are)(?:n't|\ not)|dont|no\ longer|never)
       \ (?:really\ |even\ |ever\ |actually\ )?(?:want|need|wish|like|going|plan|intend|have\ to)\b
      |\b(?:without|instead\ of|rather\ than)\b
      |\bwill\ nicht\b|\bno\ quiero\b|\bje\ ne\ veux\ (?:pas|plus)\b""",
    re.VERBOSE,
)


def strays(asked: AbstractSet[str], own: AbstractSet[str]) -> bool:
    """Whether a question's words undo something, or are of somebody, unlike all of an entry's."""
    return any(
        word in UNDOING or word in SOMEBODY or _is_reverse(word, own) for word in asked - own
    )


def is_unwanted(written: str) -> bool:
    """Whether a question, as it is written, is about what its author does not want."""
    return UNWANTED.search(written) is not None


def _is_reverse(word: str, own: AbstractSet[str]) -> bool:
    """Whether a word turns one of others around: `unbook`, where there is `book`."""
    rest = REVERSED.sub("", word, count=1) if REVERSED.match(word) else ""
    return rest in own
