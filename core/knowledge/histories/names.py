"""Take the people out of what was said."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from core.knowledge.importing.passages import tidy

SOMEONE = "someone"
SHORTEST = 3  # letters of a name that is looked for
MENTION = re.compile(r"(?<![\w@.])@[^\W\d][\w.-]*\w")
ADDRESSED = "@someone"
AT_THE_START = re.compile(
    rf"\A\s*(?:(?:(?:and|&|und|y|et) )?(?:{ADDRESSED}|{SOMEONE}(?=[,:]))[ \t,:]*)+\s*"
)
GREETING = re.compile(
    r"\A\s*(?:hi|hello|hey|hallo|moin|hola|bonjour|good (?:morning|afternoon|evening)|guten"
    r" (?:morgen|tag|abend)|dear)\b[ ,]*(?:(?:@?someone|all|everyone|everybody|team|folks|guys"
    r"|there|and|&|zusammen|leute|à tous|todos)\b[ ,]*)*[ \t,!.:👋-]*\s*",
    re.IGNORECASE,
)
REPEATED = re.compile(rf"\b{SOMEONE}(?:(?: and| &)? +{SOMEONE}\b(?!'))+")
WORD = re.compile(r"\w+")
EDGES = re.compile(r"\A\W+|\W+\Z")
MOST_WORDS = 6
SPACES = re.compile(r"[ \t]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Finds names of people: whole ones as they are written, first names where they are capital.

    `longest` is the number of words in the longest one; `firsts` are their first words.
    """

    known: frozenset[str]
    firsts: frozenset[str]
    longest: int

    @classmethod
    def of(cls, names: Collection[str]) -> "Names":
        """The names by which the people of an export are called."""
        whole = {" ".join(EDGES.sub("", name).split()) for name in names}
        known = {part for name in whole for part in (name, *name.split()) if _is_name(part)}
        longest = max((len(WORD.findall(name)) for name in known), default=0)
        firsts = frozenset(WORD.findall(name)[0] for name in known)
        return cls(known=frozenset(known), firsts=firsts, longest=min(longest, MOST_WORDS))

    def taken_out(self, text: str) -> str:
        """The text with `someone` in the place of people, and without the greeting."""
        text = "".join(self._replaced(tidy(text)))
        text = GREETING.sub("", MENTION.sub(ADDRESSED, text), count=1)
        text = AT_THE_START.sub("", text, count=1).replace(ADDRESSED, SOMEONE)
        return SPACES.sub(" ", REPEATED.sub(SOMEONE, text)).strip()

    def _replaced(self, text: str) -> Iterator[str]:
        """The text piece by piece. Words are looked up: an export may name thousands of people."""
        words = list(WORD.finditer(text))
        at = done = 0
        while at < len(words):
            start = words[at].start()
            count = next(
                (n for n in self._counts(words, at) if self._is_known(text, words, at, n)), 0
            )
            if count:
                called = text[start - 1 : start] == "@"
                yield text[done : start - called]
                yield ADDRESSED if called else SOMEONE
                done = words[at + count - 1].end()
            at += count or 1
        yield text[done:]

    def _counts(self, words: Sequence[re.Match[str]], at: int) -> Sequence[int]:
        if words[at][0] not in self.firsts:
            return ()
        return range(min(self.longest, len(words) - at), 0, -1)

    def _is_known(self, text: str, words: Sequence[re.Match[str]], at: int, count: int) -> bool:
        found = text[words[at].start() : words[at + count - 1].end()]
        return " ".join(found.split()) in self.known


def _is_name(part: str) -> bool:
    """A word that begins small may be any word: it is a name behind an @ alone."""
    return len(part) >= SHORTEST and (not part[0].islower() or " " in part or "@" in part)
