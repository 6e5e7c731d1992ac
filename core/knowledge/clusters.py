"""Put questions without an answer together that mean nearly the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.entries import Entry
from core.knowledge.index import build
from core.knowledge.turns import turned, turns
from core.ports.gaps import Gap
from core.ports.knowledge import Snapshot

NEAR = 0.45
"""How alike two questions are from which on they are taken for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Questions that mean nearly the same; the first one was asked most."""

    gaps: tuple[Gap, ...]

    @property
    def question(self) -> str:
        """The one that was asked most."""
        return self.gaps[0].question

    @property
    def times(self) -> int:
        """How often they were asked in all."""
        return sum(gap.times for gap in self.gaps)

    @property
    def last_asked_at(self) -> datetime:
        """When one of them was asked last."""
        return max(gap.last_asked_at for gap in self.gaps)


def clustered(gaps: Sequence[Gap]) -> tuple[Cluster, ...]:
    """Clusters by how often their questions were asked; each gap is in one of them.

    Around the most frequent one first: whatever is like it and not its opposite, then of what is
    left. The work grows with the square of their number.
    """
    ordered = sorted(gaps, key=lambda gap: -gap.times)
    texts = build(
        Snapshot(revision=0, entries=list(map(_as_entry, range(len(gaps)), ordered)))
    ).texts
    found, left = [], dict(enumerate(ordered))
    for number, gap in enumerate(ordered):
        if number not in left:
            continue
        asked = texts.ask(gap.question)
        mine = turns(gap.question)
        near = [
            other
            for other in left
            if other != number
            and asked is not None
            and asked.alike[other] >= NEAR
            and not turned(mine, turns(left[other].question))
        ]
        found.append(Cluster(gaps=tuple(left.pop(one) for one in (number, *near))))
    return tuple(sorted(found, key=lambda cluster: -cluster.times))


def _as_entry(number: int, gap: Gap) -> Entry:
    return Entry(id=UUID(int=number), phrasings=(gap.question,), answer="")
