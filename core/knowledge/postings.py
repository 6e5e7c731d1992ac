"""Lists of the texts that have a feature: how alike a question is to every text, in one pass."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Numbers: TypeAlias = NDArray[np.int32]

UNSEEN = 0.5  # of the square of an unseen feature's weight, in the length of a question
WALKED = 100_000  # texts in lists that one search walks through
LIKELY = 400  # texts that are looked for in the lists of common features
NOTHING = np.zeros(0, np.int32)


@dataclass(frozen=True, slots=True)
class Postings:
    """The numbers of the texts that have each feature, sorted. Build them with `Builder`.

    A feature weighs more the fewer entries have it. Two texts are as alike as the cosine of the
    angle between them; what no text has makes a question longer, and less alike to all.
    """

    ids: Mapping[str, int]
    starts: NDArray[np.int64]
    numbers: Numbers
    counts: Numbers
    weights: Floats
    unseen: float
    scales: Floats

    def similarities(self, features: Iterable[str]) -> Floats | None:
        """How alike each text is to the one that has these features; None if it has none."""
        found, unseen = self._find(features)
        if not found and not unseen:
            return None
        if not found:
            return np.zeros(len(self.scales), np.float32)
        squares = self.weights[found] ** 2
        length = np.sqrt(squares.sum() + unseen * UNSEEN * self.unseen**2)
        sums = self._sums(found, squares)
        return np.asarray(sums * (self.scales / length), np.float32)

    def shares(self, features: Mapping[str, float]) -> NDArray[np.float64]:
        """The sum of the weights given over the features that each text has."""
        found = [word for word in features if word in self.ids]
        weights = np.array([features[word] for word in found], np.float64)
        return self._sums([self.ids[word] for word in found], weights)

    def of(self, feature: str) -> Numbers:
        """The texts that have a feature."""
        place = self.ids.get(feature)
        if place is None:
            return NOTHING
        return self.numbers[self.starts[place] : self.starts[place + 1]]

    def has(self, number: int, feature: str) -> bool:
        """Whether a text has a feature."""
        numbers = self.of(feature)
        place = int(np.searchsorted(numbers, np.int32(number)))
        return place < len(numbers) and int(numbers[place]) == number

    def weight(self, feature: str) -> float:
        """How much a feature tells."""
        place = self.ids.get(feature)
        return self.unseen if place is None else float(self.weights[place])

    def _find(self, features: Iterable[str]) -> tuple[list[int], int]:
        places = [self.ids.get(feature) for feature in features]
        found = [place for place in places if place is not None]
        return found, len(places) - len(found)

    def _sums(self, found: list[int], weights: NDArray[np.floating]) -> NDArray[np.float64]:
        """The sum of weights over the features that each text has.

        Long lists of common features are walked through for the likely texts only.
        """
        if not found:
            return np.zeros(len(self.scales))
        places = np.array(found)
        lengths = self.starts[places + 1] - self.starts[places]
        order = np.argsort(lengths, kind="stable")
        walked = np.cumsum(lengths[order]) <= max(WALKED, int(lengths.min()))
        rare, common = order[walked], order[~walked]
        lists = [self._list(place) for place in places[rare]]
        each = np.repeat(weights[rare].astype(np.float64), lengths[rare])
        sums = np.bincount(np.concatenate(lists), each, len(self.scales)).astype(
            np.float64, copy=False
        )
        if len(common):
            likely = np.sort(largest(sums * self.scales, LIKELY)).astype(np.int32)
            for at in common:
                sums[likely] += weights[at] * _contains(self._list(places[at]), likely)
        return sums

    def _list(self, place: int) -> Numbers:
        return self.numbers[self.starts[place] : self.starts[place + 1]]


def largest(values: NDArray[np.floating], most: int) -> NDArray[np.intp]:
    """Where the largest values are, those of nothing left out, in no order."""
    for least in (values.max(initial=0.0) / 2, 0.0):
        found = np.flatnonzero(values > least)
        if len(found) >= most:
            return found[np.argpartition(values[found], -most)[-most:]]
    return found


def _contains(numbers: Numbers, wanted: Numbers) -> NDArray[np.bool_]:
    """Which of the numbers wanted are among others; both are sorted."""
    places = np.minimum(np.searchsorted(numbers, wanted), len(numbers) - 1)
    return np.asarray(numbers[places] == wanted)


@dataclass(frozen=True, slots=True)
class Shape:
    """What features are weighed by: the entry of each text, and how many entries there are."""

    entry_of: Numbers
    entries: int
    factor: Callable[[str], float] | None = None


@dataclass(slots=True)
class Builder:
    """Collects the features of texts, in order."""

    ids: defaultdict[str, int] = field(default_factory=defaultdict)
    found: list[Numbers] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ids.default_factory = self.ids.__len__

    def add(self, features: Iterable[str]) -> None:
        """Add the next text."""
        self.found.append(np.array([*map(self.ids.__getitem__, features)], np.int32))

    def build(self, shape: Shape) -> Postings:
        """Sort what was added."""
        lengths = np.array([len(one) for one in self.found], np.int64)
        flat = np.concatenate(self.found) if self.found else NOTHING
        self.found.clear()
        order = np.argsort(flat, kind="stable")
        numbers = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)[order]
        return _finished(dict(self.ids), flat[order], numbers, shape)


def weighed(
    old: Postings,
    counts: Mapping[str, int],
    entries: int,
    *,
    also: Iterable[str],
    factor: Callable[[str], float] | None = None,
) -> Postings:
    """The same lists, weighed as if they were of all entries: so many, `counts` by feature.

    Features `also` known of others get a list with nothing in it.
    """
    ids = dict(old.ids)
    for feature in also:
        if feature in counts:
            ids.setdefault(feature, len(ids))
    starts = np.concatenate([old.starts, np.repeat(old.starts[-1:], len(ids) - len(old.ids))])
    known = np.fromiter((counts.get(one, 1) for one in ids), np.float64, len(ids))
    weights = np.log((entries + 1) / (known + 1)).astype(np.float32) + 1
    if factor is not None:
        weights *= np.fromiter(map(factor, ids), np.float32, len(ids))
    flat = np.repeat(np.arange(len(ids), dtype=np.int32), np.diff(starts))
    squares = np.bincount(old.numbers, weights[flat] ** 2, minlength=len(old.scales))
    return Postings(
        ids=ids,
        starts=starts,
        numbers=old.numbers,
        counts=known.astype(np.int32),
        weights=weights,
        unseen=float(np.log(entries + 1) + 1),
        scales=(1 / np.sqrt(np.maximum(squares, 1e-9))).astype(np.float32),
    )


def updated(
    old: Postings, places: Numbers, added: Mapping[int, Iterable[str]], shape: Shape
) -> Postings:
    """The postings of other texts: each old one at its place, left out where that is negative.

    Places are in the order of the texts. `added` are texts by their place.
    """
    flat = np.repeat(np.arange(len(old.ids), dtype=np.int32), np.diff(old.starts))
    numbers = places[old.numbers]
    stays = numbers >= 0
    ids = defaultdict[str, int](None, old.ids)
    ids.default_factory = ids.__len__
    builder = Builder(ids)
    for features in added.values():
        builder.add(features)
    size = len(shape.entry_of)
    keys = flat[stays].astype(np.int64) * size + numbers[stays]
    lengths = [len(one) for one in builder.found]
    new = np.concatenate([NOTHING, *builder.found]).astype(np.int64) * size
    new += np.repeat(np.array([*added], np.int64), lengths)
    new.sort()
    keys = np.insert(keys, np.searchsorted(keys, new), new)
    flat, numbers = (keys // size).astype(np.int32), (keys % size).astype(np.int32)
    return _finished(*_without_holes(dict(ids), flat), numbers, shape)


def _without_holes(ids: dict[str, int], flat: Numbers) -> tuple[dict[str, int], Numbers]:
    """Forget the features that no text has any more."""
    has = np.bincount(flat, minlength=len(ids)) > 0
    if has.all():
        return ids, flat
    places = (np.cumsum(has) - 1).astype(np.int32)
    left, at = has.tolist(), places.tolist()
    return {word: at[number] for word, number in ids.items() if left[number]}, places[flat]


def _finished(ids: dict[str, int], flat: Numbers, numbers: Numbers, shape: Shape) -> Postings:
    """Weigh features: `flat` and `numbers` are each feature of each text, in this order."""
    starts = np.zeros(len(ids) + 1, np.int64)
    np.cumsum(np.bincount(flat, minlength=len(ids)), out=starts[1:])
    counts = _entries_with(flat, shape.entry_of[numbers], len(ids))
    weights = np.log((shape.entries + 1) / (counts + 1)).astype(np.float32) + 1
    if shape.factor is not None:
        weights *= np.fromiter(map(shape.factor, ids), np.float32, len(ids))
    squares = np.bincount(numbers, weights[flat] ** 2, minlength=len(shape.entry_of))
    return Postings(
        ids=ids,
        starts=starts,
        numbers=numbers,
        counts=counts,
        weights=weights,
        unseen=float(np.log(shape.entries + 1) + 1),
        scales=(1 / np.sqrt(np.maximum(squares, 1e-9))).astype(np.float32),
    )


def _entries_with(flat: Numbers, entries: Numbers, features: int) -> Numbers:
    """In how many entries each feature is: its texts are in the order of their entries."""
    first = np.ones(len(flat), bool)
    first[1:] = (flat[1:] != flat[:-1]) | (entries[1:] != entries[:-1])
    return np.bincount(flat[first], minlength=features).astype(np.int32)
