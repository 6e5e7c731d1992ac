"""Take the people out of what was said."""

import re
from collections.abc import Collection
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
SPACES = re.compile(r"[ \t]{2,}")


@dataclass(frozen=True, slots=True)
class Names:
    """Finds names of people: whole ones as they are written, first names where they are capital."""

    pattern: re.Pattern[str] | None

    @classmethod
    def of(cls, names: Collection[str]) -> "Names":
        """The names by which the people of an export are called."""
        parts = {part for name in names for part in (name, *name.split()) if _is_name(part)}
        if not parts:
            return cls(None)
        longest_first = sorted(parts, key=len, reverse=True)
        either = "|".join(re.escape(part) for part in longest_first)
        return cls(re.compile(rf"(?<![\w@])@?(?:{either})(?!\w)"))

    def taken_out(self, text: str) -> str:
        """The text with `someone` in the place of people, and without the greeting."""
        text = tidy(text)
        if self.pattern is not None:
            text = self.pattern.sub(_replaced, text)
        text = GREETING.sub("", MENTION.sub(ADDRESSED, text), count=1)
        text = AT_THE_START.sub("", text, count=1).replace(ADDRESSED, SOMEONE)
        return SPACES.sub(" ", REPEATED.sub(SOMEONE, text)).strip()


def _replaced(name: re.Match[str]) -> str:
    return ADDRESSED if name[0].startswith("@") else SOMEONE


def _is_name(part: str) -> bool:
    """A word that begins small may be any word: it is a name behind an @ alone."""
    return len(part) >= SHORTEST and (not part[0].islower() or " " in part or "@" in part)
