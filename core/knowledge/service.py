"""What an organization knows: imported, listed, searched."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from core.entries import Entry, NewEntry, Passage
from core.knowledge.audiences import EVERYBODY, Audience
from core.knowledge.fits import Fitter
from core.knowledge.index import Index, build
from core.knowledge.memory import Indexes
from core.ports.knowledge import Gap, ImportReport, Knowledge
from core.text import normalise

LONGEST_GAP = 1_000  # characters of a question that had no answer


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeService:
    """Knowledge in its store, and its indexes in the memory of this process."""

    store: Knowledge
    indexes: Indexes = field(default_factory=Indexes)
    fitter: Fitter | None = None

    async def index_at(self, organization_id: UUID, revision: int) -> Index:
        """The index at this revision or a later one.

        It is loaded when the one in memory is older. The revision comes with each message, from
        the store at its admission: no change is missed, and no message needs a query to know it.
        """
        if index := self.indexes.get(organization_id, revision):
            return index
        async with self.indexes.lock(organization_id):
            if index := self.indexes.get(organization_id, revision):
                return index
            snapshot = await self.store.load(organization_id)
            index = await self._fitted(organization_id, await asyncio.to_thread(build, snapshot))
            self.indexes.put(organization_id, index)
            return index

    async def _fitted(self, organization_id: UUID, index: Index) -> Index:
        """The index with the latest fit there is; a newer one is asked for and comes later."""
        if self.fitter is None:
            return index
        model = await self.fitter.model(organization_id)
        if model is None or model.revision != index.revision:
            self.fitter.want(organization_id)
        return index if model is None else await asyncio.to_thread(model.apply, index)

    async def search(
        self,
        organization_id: UUID,
        question: str,
        *,
        limit: int = 3,
        audience: Audience | None = EVERYBODY,
    ) -> Sequence[Passage]:
        """The entries that fit a question best, with the confidence in each, as of now.

        What is not for the `audience` is not there; None sees everything.
        """
        revision = await self.store.revision(organization_id)
        index = await self.index_at(organization_id, revision)
        return index.search(question, limit=limit, audience=audience)

    async def import_entries(
        self,
        organization_id: UUID,
        entries: Sequence[NewEntry],
        *,
        files: Sequence[str] = (),
        prune: bool = False,
    ) -> ImportReport:
        """Write all entries or none; with `prune` remove what their sources no longer have."""
        return await self.store.save(organization_id, entries, files=files, prune=prune)

    async def remove(self, organization_id: UUID, question: str) -> Entry | None:
        """Remove the entry that is asked for with exactly these words; None when there is none."""
        wanted = normalise(question)
        for entry in (await self.store.load(organization_id)).entries:
            if wanted in map(normalise, entry.phrasings):
                await self.store.remove(organization_id, [entry.id])
                return entry
        return None

    async def gaps(self, organization_id: UUID, *, limit: int) -> Sequence[Gap]:
        """Questions that had no answer, the most frequent first."""
        return await self.store.gaps(organization_id, limit=limit)

    async def list(self, organization_id: UUID, *, limit: int, offset: int = 0) -> Sequence[Entry]:
        """Entries by the time they were added."""
        return await self.store.list(organization_id, limit=limit, offset=offset)

    async def note_gap(self, organization_id: UUID, question: str) -> None:
        """Keep a question that had no answer, so that somebody can add one."""
        if gap := normalise(question)[:LONGEST_GAP]:
            await self.store.note_gap(organization_id, gap)
