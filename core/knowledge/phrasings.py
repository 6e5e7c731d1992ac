"""Find a phrasing letter by letter, also where several entries have it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from core.entries import Entry
from core.text import normalise


@dataclass(slots=True)
class Phrasings:
    """The numbers of phrasings by their normal form.

    `last` has the latest one of each, `shared` all of those that more than one entry has, in order.
    """

    last: dict[str, int] = field(default_factory=dict)
    shared: dict[str, list[int]] = field(default_factory=dict)

    def add(self, phrasing: str, number: int) -> None:
        """Add a phrasing with a number above all others."""
        normal = normalise(phrasing)
        if normal in self.last:
            self.shared.setdefault(normal, [self.last[normal]]).append(number)
        self.last[normal] = number

    def of(self, normal: str) -> Sequence[int]:
        """All numbers of a normal form, in order."""
        if normal in self.shared:
            return self.shared[normal]
        return [self.last[normal]] if normal in self.last else []

    def kept(self, places: Sequence[int]) -> "Phrasings":
        """Those whose place is not negative, under the number that is their place."""
        left = Phrasings({n: places[at] for n, at in self.last.items() if places[at] >= 0})
        for normal, numbers in self.shared.items():
            found = [places[at] for at in numbers if places[at] >= 0]
            if found:
                left.last[normal] = found[-1]
            if len(found) > 1:
                left.shared[normal] = found
        return left


def outdone(numbers: Sequence[int], entry_at: Mapping[int, Entry]) -> Iterator[int]:
    """Those of one phrasing's numbers that a later entry of the same people has instead.

    They are of one audience and one language.

    A passage's heading is its own: many sections are called alike.
    """
    met = set[tuple[frozenset[str], str]]()
    for number in reversed(numbers):
        if entry_at[number].passage:
            continue
        people = frozenset(entry_at[number].audience), entry_at[number].language
        if people in met:
            yield number
        met.add(people)
