"""Whom entries are for, and what is kept from everybody else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.entries import Entry
from core.knowledge.postings import Numbers

Audience: TypeAlias = frozenset[str]
"""What somebody who asks is part of, such as `channel:slack:T1:C1` or `role:admin`."""
Hidden: TypeAlias = NDArray[np.bool_]

EVERYBODY: Audience = frozenset()
"""Part of nothing that an entry could be kept for: sees what is for everybody."""


@dataclass(frozen=True, slots=True)
class Audiences:
    """The entries that are for some only, by number. Build them with `audiences_of`."""

    entries_for: Mapping[str, Numbers]
    restricted: Hidden

    @property
    def known(self) -> Audience:
        """All that an entry is for."""
        return frozenset(self.entries_for)

    def hidden_from(self, asker: Audience) -> Hidden:
        """For each entry whether it is kept from who asks."""
        hidden = self.restricted.copy()
        for one in asker:
            if one in self.entries_for:
                hidden[self.entries_for[one]] = False
        return hidden


def audiences_of(entries: Sequence[Entry]) -> Audiences | None:
    """The audiences of entries; None where every one is for everybody, as is ordinary."""
    found: dict[str, list[int]] = {}
    restricted = [number for number, entry in enumerate(entries) if entry.audience]
    if not restricted:
        return None
    for number in restricted:
        for one in entries[number].audience:
            found.setdefault(one, []).append(number)
    by_audience = {one: np.array(each, np.int32) for one, each in found.items()}
    return Audiences(by_audience, np.array([bool(entry.audience) for entry in entries]))


def documents_of(entries: Sequence[Entry]) -> Hidden | None:
    """For each entry whether it is a part of a document; None where none is."""
    if not any(entry.passage for entry in entries):
        return None
    return np.array([entry.passage for entry in entries])
