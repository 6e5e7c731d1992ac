"""Do again what people changed by hand, on what a file says: an import takes none of it away."""

from collections.abc import Sequence
from dataclasses import replace

from core.entries import Entry, NewEntry
from core.knowledge.checking import union
from core.ports.knowledge import Change
from core.text import normalise

NOTHING = NewEntry(phrasings=(), answer="")


def replayed(given: NewEntry, by_hand: Sequence[Change]) -> NewEntry:
    """An entry of a file with the changes that were made by hand, in their order.

    A way to ask that was added stays, and one that was taken away stays away. An answer that was
    corrected stays so until the file has another one than it had.
    """
    for change in by_hand:
        if change.after is not None:
            given = _replayed(given, change.before, change.after)
    return given


def _replayed(given: NewEntry, old: Entry | None, new: Entry) -> NewEntry:
    before = old or NOTHING
    return replace(
        given,
        phrasings=_labels(given.phrasings, before.phrasings, new.phrasings) or given.phrasings,
        keywords=_labels(given.keywords, before.keywords, new.keywords),
        tags=_labels(given.tags, before.tags, new.tags),
        audience=_labels(given.audience, before.audience, new.audience),
        answer=new.answer if old and given.answer == old.answer else given.answer,
        language=new.language if old and given.language == old.language else given.language,
    )


def _labels(given: Sequence[str], before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """What is given, without what was taken away and with what was added."""
    stayed = {normalise(text) for text in after}
    gone = {normalise(text) for text in before} - stayed
    known = {normalise(text) for text in before}
    added = [text for text in after if normalise(text) not in known]
    return union([text for text in given if normalise(text) not in gone], added)
