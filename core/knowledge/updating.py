"""Bring what an index holds to a later revision without building it anew."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from core.entries import Entry
from core.knowledge.building import (
    NONE,
    Layout,
    build_texts,
    counts_of,
    detail,
    layout_of,
    outdone_in,
    own_shape,
    put_together,
    shapes,
    words_of,
)
from core.knowledge.features import Reading, read
from core.knowledge.phrasings import Phrasings
from core.knowledge.postings import Numbers, updated
from core.knowledge.texts import Texts, cuts


def update_texts(old: Texts, changed: Sequence[Entry], removed: Collection[UUID]) -> Texts:
    """The same as `build_texts` of what is left and, after it, what is changed or new."""
    gone = {*removed, *(entry.id for entry in changed)}
    stays = np.array([entry.id not in gone for entry in old.entries], bool)
    left = [entry for entry in old.entries if entry.id not in gone]
    entries = [*left, *(entry for entry in changed if entry.phrasings)]
    layout = layout_of(entries)
    if detail(len(layout.entry_of)) != len(old.kinds):
        return build_texts(entries)
    places = _places(stays[old.entry_of])
    added = _changed_phrasings(old, layout, places, len(left))
    kinds = [
        updated(
            postings,
            places=added.places,
            added={number: cut(reading) for number, reading in added.readings.items()},
            shape=shape,
        )
        for postings, cut, shape in zip(
            old.kinds, cuts(len(old.kinds)), shapes(layout, len(old.kinds)), strict=True
        )
    ]
    found = {number: words_of(entries[number]) for number in range(len(left), len(entries))}
    sizes = np.array([len(one) for one in found.values()], np.int32)
    return put_together(
        layout,
        added.same,
        kinds,
        updated(old.passages, _places(stays), found, own_shape(entries)),
        np.concatenate([old.sizes[stays], sizes]),
        old.reader.spelling.updated(counts_of(kinds[0])),
    )


@dataclass(frozen=True, slots=True)
class _Changed:
    """Where old phrasings are, how to find them, and what is read anew, by its number."""

    places: Numbers
    same: Phrasings
    readings: dict[int, Reading]


def _changed_phrasings(old: Texts, layout: Layout, places: Numbers, left: int) -> _Changed:
    first = int(layout.first_of[left])
    same = old.same.kept(places.tolist())
    new = dict(enumerate(layout.phrasings(left), first))
    for number, phrasing in new.items():
        same.add(phrasing, number)
    before = Layout(old.entries, old.entry_of, old.first_of)
    outdone_before = {int(places[number]) for number in outdone_in(before, old.same)}
    outdone_now = outdone_in(layout, same)
    turned = [number for number in outdone_before ^ outdone_now if 0 <= number < first]
    fresh = {number: read(phrasing) for number, phrasing in new.items()}
    for number in turned:
        entry = int(layout.entry_of[number])
        phrasing = layout.entries[entry].phrasings[number - int(layout.first_of[entry])]
        fresh[number] = read(phrasing)
    readings = {n: NONE if n in outdone_now else fresh[n] for n in sorted(fresh)}
    kept = places.copy()
    kept[np.isin(places, turned)] = -1
    return _Changed(kept, same, readings)


def _places(stays: NDArray[np.bool_]) -> Numbers:
    """Where what stays will be, and -1 for what does not."""
    return np.where(stays, np.cumsum(stays) - 1, -1).astype(np.int32)
