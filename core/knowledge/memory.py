"""The indexes that this process holds, the least used ones dropped first."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID
from weakref import WeakValueDictionary

from core.knowledge.index import Index

MOST_PHRASINGS = 50_000
"""Over all organizations; two to seven kilobytes each, two more with meanings. One organization is
always held."""


@dataclass(slots=True, kw_only=True)
class Indexes:
    """Indexes by organization. `changed` is told when one is held instead of another."""

    most_phrasings: int = MOST_PHRASINGS
    held: OrderedDict[UUID, Index] = field(default_factory=OrderedDict)
    phrasings: int = 0
    locks: WeakValueDictionary[UUID, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    changed: Callable[[UUID], None] | None = None

    def get(self, organization_id: UUID, revision: int) -> Index | None:
        """The index of an organization, if it is at this revision or a later one."""
        index = self.held.get(organization_id)
        if index is None or index.revision < revision:
            return None
        self.held.move_to_end(organization_id)
        return index

    def put(self, organization_id: UUID, index: Index) -> None:
        """Hold an index instead of the older one, and drop others where they are too many."""
        old = self.held.pop(organization_id, None)
        self.held[organization_id] = index
        self.phrasings += len(index.entry_of) - (len(old.entry_of) if old else 0)
        while self.phrasings > self.most_phrasings and len(self.held) > 1:
            _, dropped = self.held.popitem(last=False)
            self.phrasings -= len(dropped.entry_of)
        if self.changed is not None:
            self.changed(organization_id)

    def lock(self, organization_id: UUID) -> asyncio.Lock:
        """The lock for loading an organization's index: one load serves all who wait for it."""
        lock = self.locks.get(organization_id)
        if lock is None:
            lock = self.locks[organization_id] = asyncio.Lock()
        return lock
