"""Read a question in the knowledge's own words: misspelt ones, joined ones, split ones."""

from collections.abc import Container, Sequence
from dataclasses import dataclass

from core.knowledge.features import Reading, read
from core.knowledge.spelling import Spelling
from core.knowledge.words import FUNCTION_WORDS, LONGEST, stems

REPAIRS = 6  # words of one question that are looked up by their spelling
SHORTEST_PART = 3  # letters of a word that another one is made of


@dataclass(frozen=True, slots=True)
class Reader:
    """Knows the words that entries have, their answers included.

    `among` are the words that a misspelt one may be read as; None: all that `spelling` has.
    """

    known: Container[str]
    spelling: Spelling
    among: Container[str] | None = None

    def knowing(self, known: Container[str]) -> "Reader":
        """One that knows no other words."""
        return Reader(known, self.spelling, known)

    def read(self, question: str) -> tuple[Reading, Sequence[str]]:
        """A question as it is meant, and the words in it that are read as others."""
        repaired: list[str] = []
        return read(question, lambda tokens: self._repair(tokens, repaired)), repaired

    def _repair(self, tokens: Sequence[str], repaired: list[str]) -> Sequence[str]:
        """Read a word that nobody here has used as those it is made of, or is nearly spelt like."""
        read_as: list[str] = []
        for token in self._together(tokens):
            cut = stems(token)
            if len(cut) != 1 or self.knows(cut[0]) or len(repaired) >= REPAIRS:
                read_as.append(token)
            elif parts := self._parts(token):
                read_as += parts
            elif meant := self.spelling.meant(cut[0], self.among):
                repaired.append(meant)
                read_as.append(meant)
            else:
                read_as.append(token)
        return read_as

    def _together(self, tokens: Sequence[str]) -> Sequence[str]:
        """`log in` where the knowledge has `login` and not both parts of it."""
        found: list[str] = []
        for token in tokens:
            joined = f"{found[-1]}{token}" if found else ""
            if joined and not self._both_known(found[-1], token) and self._has(joined):
                found[-1] = joined
            else:
                found.append(token)
        return found

    def _both_known(self, one: str, other: str) -> bool:
        return all(self._has(token) or token in FUNCTION_WORDS for token in (one, other))

    def _parts(self, token: str) -> list[str]:
        """The two words that a word is made of: `signin`, `printerpaper`."""
        for at in range(SHORTEST_PART, min(len(token), LONGEST) - 1):
            one, other = token[:at], token[at:]
            told = one not in FUNCTION_WORDS and self._has(one)
            if told and (self._has(other) or other in FUNCTION_WORDS):
                return [one, other]
        return []

    def _has(self, token: str) -> bool:
        cut = stems(token)
        return len(cut) == 1 and cut[0] in self.known

    def knows(self, word: str) -> bool:
        """Whether the knowledge has a word, or everybody has."""
        return word in self.known or word in FUNCTION_WORDS
