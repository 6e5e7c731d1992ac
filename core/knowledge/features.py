"""What two texts are compared by: words, words that follow each other, pairs, and characters."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from core.knowledge.words import FUNCTION_WORDS, spelt, stems

NEAR = 6  # words among which two make a pair
SHORTEST_RUN, LONGEST_RUN = 2, 4  # characters
CACHED = 50_000  # words whose runs of characters are remembered

FRAME = re.compile(
    r"""^(?:(?:hi|hello|hey|good\ (?:morning|afternoon|evening|day)|dear\ \w+|sorry|excuse\ me
        |hallo|guten\ (?:tag|morgen|abend)|hola|buen[oa]s?\ (?:d[ií]as?|tardes|noches)|bonjour
        |すみませんが?|こんにちは)\b(?:\ (?:there|all|everyone|everybody|team|guys|zusammen))?[\s,.!、。]*
      |(?:(?:could|can|would|will)\ (?:you|someone|somebody|anyone|anybody)\ (?:please\ )?
          (?:kindly\ )?(?:tell|explain|show|advise|help|let)(?:\ (?:to\ )?(?:me|us))?
          (?:\ (?:know|understand|with|out))?
        |(?:does|do)\ (?:anyone|anybody|someone|you)\ (?:happen\ to\ )?know
        |i(?:\ am|'m|\ was|\ have\ been)?\ (?:just\ |really\ )?
          (?:would\ like|'d\ like|want|need|trying|wondering|looking|wanted)
          (?:\ to\ (?:know|ask|find\ out|understand|figure\ out|learn))
        |i(?:\ am|'m|\ was)\ (?:just\ )?wondering|(?:quick|one|a|another|short)\ question
        |please\ (?:tell|explain|advise|help)(?:\ (?:to\ )?(?:me|us))?|pls|plz|please|bitte|por\ favor
        |(?:können|könnten|kannst|könntest)\ (?:sie|du|ihr)\ (?:mir|uns)\ (?:bitte\ )?(?:sagen|erklären)
        |(?:me\ )?(?:puede|puedes|podr[ií]as?)\ (?:decirme|explicarme|decir)
        |(?:pouvez|peux|pourriez)-(?:vous|tu)\ me\ dire)\b
        (?:\ (?:about|if|whether|please))?[\s,.:!]*)""",
    re.VERBOSE,
)
CLOSING = re.compile(
    r"""[\s,.!?;:-]*(?:(?:please|pls|plz|kindly)|(?:many\ )?(?:thanks|thank\ you|thx|cheers)
        (?:\ (?:so\ much|a\ lot|very\ much))?(?:\ (?:in\ advance|for\ (?:your|any|the)\ help))?
        |(?:bitte|danke|vielen\ dank)(?:\ (?:im\ voraus|schön))?|(?:por\ favor|(?:muchas\ )?gracias)
        |s'il\ (?:vous|te)\ pla[iî]t|(?:je\ vous\ remercie|merci)(?:\ d'avance)?
        |を?教えてください|お願いします)[\s.!]*$""",
    re.VERBOSE,
)
MOST_FRAMES = 4  # that are taken off one after the other


@dataclass(frozen=True, slots=True)
class Reading:
    """A text, read: its words in order, and the same as it is written, single spaces."""

    words: Sequence[str]
    written: str
    content: frozenset[str] = field(default=frozenset())


def read(text: str, repair: Callable[[Sequence[str]], Sequence[str]] | None = None) -> Reading:
    """Read a text without the courtesies around it."""
    written = without_courtesies(" ".join(spelt(text)))
    tokens: Sequence[str] = written.split()
    tokens = tokens if repair is None else repair(tokens)
    found = [word for token in tokens for word in stems(token)]
    return Reading(found, " ".join(tokens), frozenset(found) - FUNCTION_WORDS)


def without_courtesies(written: str) -> str:
    """Take off greetings, `could you tell me` and thanks, as long as something is left."""
    text = written
    for _ in range(MOST_FRAMES):
        shorter = CLOSING.sub("", FRAME.sub("", text))
        if shorter == text or not shorter:
            break
        text = shorter
    if FUNCTION_WORDS.issuperset(text.split()):
        return written
    return text


def following(reading: Reading) -> set[str]:
    """Each two words that follow each other, and the first and the last one."""
    return {
        f"{one} {other}"
        for one, other in zip(("^", *reading.words), (*reading.words, "$"), strict=True)
    }


def pairs(reading: Reading) -> set[str]:
    """Each two words that tell something and stand near each other, in any order."""
    told = [word for word in reading.words if word not in FUNCTION_WORDS]
    return {
        f"{min(one, other)}~{max(one, other)}"
        for at, one in enumerate(told)
        for other in told[at + 1 : at + NEAR]
        if one != other
    }


def runs(reading: Reading) -> set[str]:
    """Each run of two to four characters, those over a space included."""
    tokens = reading.written.split()
    found: set[str] = set()
    for token in tokens:
        found |= _runs_in(token)
    for one, other in zip(tokens, tokens[1:], strict=False):
        found |= _runs_between(one[-2:], other[:2])
    return found


@lru_cache(CACHED)
def _runs_in(token: str) -> frozenset[str]:
    return frozenset(_cut(f" {token} "))


@lru_cache(CACHED)
def _runs_between(end: str, start: str) -> frozenset[str]:
    return frozenset(run for run in _cut(f"{end} {start}") if " " in run.strip())


def _cut(text: str) -> Iterable[str]:
    for size in range(SHORTEST_RUN, LONGEST_RUN + 1):
        for at in range(len(text) - size + 1):
            yield text[at : at + size]
