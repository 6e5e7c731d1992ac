"""Compare new entries with those that are kept: which are new, which change one that is there."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from uuid import UUID

from core.entries import Entry, NewEntry
from core.knowledge.checking import union
from core.knowledge.replaying import replayed
from core.ports.clock import NewId
from core.ports.knowledge import Change
from core.text import normalise

NO_CHANGES: Mapping[UUID, Sequence[Change]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a store has to write: `changed` as it is to be, under the id that it has.

    `missing` are the ids of those that are kept and were not given.
    """

    added: tuple[Entry, ...]
    changed: tuple[Entry, ...]
    unchanged: int
    missing: tuple[UUID, ...] = ()


def merge(
    kept: Sequence[Entry],
    given: Sequence[NewEntry],
    *,
    new_id: NewId,
    by_hand: Mapping[UUID, Sequence[Change]] = NO_CHANGES,
) -> Changes:
    """Find for each entry given the one it replaces.

    It is the same entry when source and answer agree, or did before somebody changed the answer.
    Where no entry has that answer, it is the one from the same source that is asked for with the
    same question: its answer was corrected. What was changed `by_hand`, in order, stays changed.
    """
    given = _combine(given)
    by_answer = {(entry.source, entry.answer): entry for entry in kept}
    claimed = {by_answer[key].id for new in given if (key := (new.source, new.answer)) in by_answer}
    left = [entry for entry in kept if entry.id not in claimed]
    by_answer = _former(left, by_hand) | by_answer
    by_question = {
        (entry.source, normalise(phrasing)): entry
        for entry in reversed(left)
        for phrasing in entry.phrasings
    }
    added, changed, met = [], [], set[UUID]()
    for new in given:
        old = by_answer.get((new.source, new.answer))
        if old is None or old.id in met:
            old = _corrected(new, by_question, met)
        if old is None:
            added.append(as_entry(new, new_id()))
            continue
        met.add(old.id)
        if as_entry(new, old.id) == old:
            continue
        if (entry := as_entry(replayed(new, by_hand.get(old.id, ())), old.id)) != old:
            changed.append(entry)
    return Changes(
        added=tuple(added),
        changed=tuple(changed),
        unchanged=len(met) - len(changed),
        missing=tuple(entry.id for entry in kept if entry.id not in met),
    )


def _former(
    left: Sequence[Entry], by_hand: Mapping[UUID, Sequence[Change]]
) -> dict[tuple[str, str], Entry]:
    """Entries by the answers that they had before somebody changed them."""
    return {
        (change.before.source, change.before.answer): entry
        for entry in left
        for change in by_hand.get(entry.id, ())
        if change.before is not None
    }


def _corrected(
    new: NewEntry, by_question: dict[tuple[str, str], Entry], met: Container[UUID]
) -> Entry | None:
    """Take the entry whose answer is corrected; no other one can correct it as well."""
    for phrasing in new.phrasings:
        old = by_question.get((new.source, normalise(phrasing)))
        if old is not None and old.id not in met:
            for other in old.phrasings:
                by_question.pop((old.source, normalise(other)), None)
            return old
    return None


def as_entry(new: NewEntry, entry_id: UUID) -> Entry:
    """A new entry under its id."""
    return Entry(
        id=entry_id,
        phrasings=new.phrasings,
        answer=new.answer,
        keywords=new.keywords,
        source=new.source,
        tags=new.tags,
        language=new.language,
        audience=new.audience,
        passage=new.passage,
    )


def _combine(given: Sequence[NewEntry]) -> list[NewEntry]:
    """Entries that are the same one, as one with the phrasings of all."""
    entries: dict[tuple[str, str], NewEntry] = {}
    for new in given:
        key = (new.source, new.answer)
        first = entries.get(key)
        entries[key] = (
            new
            if first is None
            else replace(
                first,
                phrasings=union(first.phrasings, new.phrasings),
                keywords=union(first.keywords, new.keywords),
                tags=union(first.tags, new.tags),
            )
        )
    return list(entries.values())
