"""Say why a question is answered with an entry, or why it is not, in words for people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.entries import CERTAIN, Band, Entry, Passage, band_of
from core.knowledge.confidence import FEW, WHOLE, Evidence
from core.knowledge.features import read
from core.knowledge.index import Index
from core.knowledge.turns import turned, turns
from core.knowledge.words import FUNCTION_WORDS, stems

CLOSE = 0.85  # of the best entry's score: a rival from here on makes it hard to tell
LITTLE = 0.7  # of a question's weight: an entry that has less of it is about something else
LOOKED_AT = 100  # entries among which the first one's evidence is looked for
SHOWN = 8  # words in one sentence

WORD_FOR_WORD = "It is one of the ways to ask for this entry, word for word."
IN_SEVERAL_LANGUAGES = (
    "It is one of the ways to ask for each of these, word for word: the language is for who asks to"
    " choose."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """An entry that was found: `passage` names its nearest phrasing, `score` is how sure it is.

    Of the words of the question that tell something, `shared` are in that phrasing and `told`
    elsewhere in the entry; `lacking` are those of the phrasing that were not asked for.
    """

    entry: Entry
    passage: Passage
    shared: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What the bot makes of a question. `why` are sentences about the first of the reasons.

    `read_as` is the question as it was understood, `unseen` are its words that no entry has.
    """

    question: str
    read_as: str
    band: Band
    why: tuple[str, ...]
    unseen: tuple[str, ...]
    reasons: tuple[Reason, ...]


def explain(index: Index, question: str, *, limit: int) -> Explanation:
    """Look a question up as somebody to whom everything may be shown, and say what was found."""
    reading, _ = index.texts.reader.read(question)
    passages = index.search(question, limit=limit, audience=None)
    asked = [word for word in _once(reading.written.split()) if word not in FUNCTION_WORDS]
    unseen = tuple(word for word in asked if not any(map(index.texts.reader.knows, stems(word))))
    exact = index.texts.exact(question)
    if exact:
        reasons = [
            Reason(entry=index.entries[index.entry_of[number]], passage=passage)
            for number, passage in zip(exact, passages, strict=False)
        ]
        why = [WORD_FOR_WORD if len(exact) == 1 else IN_SEVERAL_LANGUAGES]
    elif not passages:
        reasons, why = [], ["Nothing that is known has anything in common with it."]
    else:
        numbers = {entry.id: number for number, entry in enumerate(index.entries)}
        reasons = [_reason(index, numbers[one.entry_id], one, asked) for one in passages]
        evidence = _evidence(index, question, numbers[passages[0].entry_id])
        why = list(_why(index, reading.written, evidence, reasons, unseen))
    return Explanation(
        question=question,
        read_as=reading.written,
        band=band_of(reasons[0].passage.score if reasons else 0.0),
        why=tuple(why),
        unseen=unseen,
        reasons=tuple(reasons),
    )


def _evidence(index: Index, question: str, entry: int) -> Evidence | None:
    """What spoke for an entry; parts of documents are ranked apart, and may be far behind here."""
    matches = index.matches(question, limit=LOOKED_AT)
    return next((match.evidence for match in matches if match.entry == entry), None)


def _reason(index: Index, entry: int, passage: Passage, asked: Sequence[str]) -> Reason:
    phrasing = read(passage.question)
    own = set(phrasing.words)
    shared = tuple(word for word in asked if own.intersection(stems(word)))
    told = tuple(
        word
        for word in asked
        if word not in shared and any(index.texts.passages.has(entry, stem) for stem in stems(word))
    )
    mine = {stem for word in asked for stem in stems(word)}
    lacking = tuple(
        word
        for word in _once(phrasing.written.split())
        if word not in FUNCTION_WORDS and mine.isdisjoint(stems(word))
    )
    return Reason(
        entry=index.entries[entry],
        passage=passage,
        shared=shared,
        told=told,
        lacking=lacking,
    )


def _why(
    index: Index,
    asked: str,
    evidence: Evidence | None,
    reasons: Sequence[Reason],
    unseen: Sequence[str],
) -> Iterable[str]:
    """What decided about the first entry, the most telling first."""
    first = reasons[0]
    if first.shared:
        yield f"The question shares {_listed(first.shared)} with “{first.passage.question}”."
    if evidence is not None and evidence.meant is not None:
        yield f"By its meaning it is {evidence.meant:.0%} like the nearest phrasing."
    if first.passage.score >= CERTAIN:
        if evidence is not None and evidence.phrasings >= FEW:
            yield f"The entry is known by {evidence.phrasings} phrasings that agree."
        return
    if first.entry.passage:
        yield (
            "It is a part of a document: the bot answers with one by itself only where that is"
            " next to certain. An entry of its own helps."
        )
    elif evidence is not None and index.calibration.probability(evidence) >= CERTAIN:
        yield _difference(asked, first)
        return
    if unseen:
        yield f"Nothing that is known has the {_words(unseen)} {_listed(unseen)}."
    if evidence is not None:
        yield from _doubts(evidence, reasons)


def _doubts(evidence: Evidence, reasons: Sequence[Reason]) -> Iterable[str]:
    first = reasons[0]
    if evidence.content == 0:
        yield "The question has nothing but common words, which any question could have."
    few = evidence.phrasings < FEW and not first.entry.passage
    if few and evidence.content_shared < WHOLE:
        yield (
            f"An entry with fewer than {FEW} phrasings answers by itself only what is wholly about"
            " it: another phrasing helps."
        )
    rival = next((one for one in reasons[1:] if one.entry.answer != first.entry.answer), None)
    sure = first.passage.band is not Band.UNKNOWN
    if sure and rival is not None and evidence.rival >= CLOSE * evidence.score:
        yield f"“{rival.passage.question}” fits nearly as well, and has another answer."
    if evidence.asked_by_entry < LITTLE:
        yield f"The entry has {evidence.asked_by_entry:.0%} of what the question is about."
    elif first.lacking:
        yield f"The question does not have {_listed(first.lacking)} of that phrasing."


def _difference(asked: str, first: Reason) -> str:
    """Why what looks alike is taken for another question."""
    phrasing = first.passage.question
    if turned(turns(asked), turns(read(phrasing).written)):
        return (
            f"It looks like “{phrasing}”, but a small word turns it: a number, a negation, another"
            " person or the opposite."
        )
    words = f", which does not have {_listed(first.lacking)}" if first.lacking else ""
    return f"It looks like “{phrasing}” but asks for something else{words}."


def _once(tokens: Iterable[str]) -> Sequence[str]:
    return list(dict.fromkeys(tokens))


def _words(found: Sequence[str]) -> str:
    return "word" if len(found) == 1 else "words"


def _listed(found: Sequence[str]) -> str:
    shown = [f"“{word}”" for word in found[:SHOWN]]
    more = len(found) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
