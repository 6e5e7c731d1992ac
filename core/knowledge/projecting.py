"""Bring knowledge to the store that has it by keyword, after each change."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog

from core.chunks import in_chunks
from core.claims import held
from core.entries import Entry
from core.errors import UnavailableError
from core.knowledge.building import words_of
from core.knowledge.memory import MOST_PHRASINGS
from core.knowledge.tally import Tally, tally_from
from core.knowledge.words import FUNCTION_WORDS, words
from core.ports.knowledge import Knowledge
from core.ports.projection import DueProjections, Head, Keyed, Projection

LEAST = MOST_PHRASINGS
"""Entries from which on knowledge is projected: what is smaller is held in memory."""
LOOK_EVERY = timedelta(seconds=5)
CLAIM = timedelta(minutes=1)
"""For how long nobody else projects, if who does vanishes; renewed while it does."""
CHUNK = 5_000  # entries: the more at once, the more rows of a word go together
TOLD = 0.7  # what a word of the answer weighs beside one of a phrasing

logger = structlog.get_logger(service="project_knowledge")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectKnowledge:
    """One organization after the other; `run` it in every replica, which share them.

    What is cut off is begun again: rows that are there are not written twice, and what is counted
    is counted from the start.
    """

    store: Knowledge
    projection: Projection
    due: DueProjections
    least: int = LEAST
    claim: timedelta = CLAIM

    async def run(self) -> None:
        """Project what is due, until cancelled."""
        while True:
            try:
                while await self.one():
                    pass
            except UnavailableError as error:
                logger.info("projection_waits", reason=str(error))
            except Exception:
                logger.exception("projection_failed")
            await asyncio.sleep(LOOK_EVERY.total_seconds())

    async def one(self) -> bool:
        """Project the knowledge of one organization that is due; False where none is."""
        organization_id = await self.due.claim(least=self.least, within=self.claim)
        if organization_id is None:
            return False
        revision = None
        try:
            # Two must not write at once: one would take out what the other has put in.
            async with held(lambda: self._keep(organization_id), within=self.claim):
                revision = await self.project(organization_id)
        finally:
            await self.due.release(organization_id, revision)
        return True

    async def _keep(self, organization_id: UUID) -> bool:
        return await self.due.keep(organization_id, within=self.claim)

    async def project(self, organization_id: UUID) -> int:
        """Bring a projection up to date; the revision it is at then."""
        head = await self.projection.head(organization_id)
        tally = await self._tally(organization_id, head)
        if head is not None and tally is not None:
            found = await self.store.changes_since(organization_id, head.revision)
            if found is not None and found.revision == head.revision:
                return head.revision
            if found is not None:
                await self._begin(organization_id, head, found.revision)
                gone = [*found.removed, *(entry.id for entry in found.changed)]
                await self._replace(organization_id, found.changed, gone, tally, counted=True)
                return await self._finish(organization_id, found.revision, tally)
        return await self._anew(organization_id, head)

    async def _anew(self, organization_id: UUID, head: Head | None) -> int:
        snapshot = await self.store.load(organization_id)
        await self._begin(organization_id, head, snapshot.revision)
        tally, left = Tally(), {entry.id for entry in snapshot.entries}
        there = await self.projection.all_ids(organization_id)
        gone = [entry_id for entry_id in there if entry_id not in left]
        for chunk in in_chunks(snapshot.entries, CHUNK):
            ids = [entry.id for entry in chunk]
            await self._replace(organization_id, chunk, ids, tally, counted=False)
        await self._replace(organization_id, (), gone, tally, counted=False)
        return await self._finish(organization_id, snapshot.revision, tally)

    async def _replace(
        self,
        organization_id: UUID,
        new: Sequence[Entry],
        gone: Sequence[UUID],
        tally: Tally,
        *,
        counted: bool,
    ) -> None:
        """Write entries in the place of others; those were `counted`, or are not yet."""
        old: list[Entry] = []
        for ids in in_chunks(gone, CHUNK):
            old += await self.projection.find(organization_id, ids)
        await asyncio.to_thread(_count, tally, new, old if counted else ())
        same = _same(new, old)
        await self.projection.write(
            organization_id,
            new=[_keyed(entry) for entry in new if entry.id not in same],
            old=[_keyed(entry) for entry in old if entry.id not in same],
        )

    async def _tally(self, organization_id: UUID, head: Head | None) -> Tally | None:
        """What is counted at a head that was reached; None where it has to be counted anew."""
        if head is None or head.towards is not None:
            return None
        stored = await self.projection.statistics(organization_id, head.revision)
        return None if stored is None else await asyncio.to_thread(tally_from, stored)

    async def _begin(self, organization_id: UUID, head: Head | None, towards: int) -> None:
        revision = -1 if head is None else head.revision
        await self.projection.begin(organization_id, Head(revision=revision, towards=towards))

    async def _finish(self, organization_id: UUID, revision: int, tally: Tally) -> int:
        stored = await asyncio.to_thread(tally.to_bytes)
        await self.projection.finish(organization_id, Head(revision=revision), stored)
        logger.info(
            "knowledge_projected",
            organization_id=str(organization_id),
            revision=revision,
            entries=tally.entries,
        )
        return revision


def _count(tally: Tally, new: Sequence[Entry], old: Sequence[Entry]) -> None:
    for entry in old:
        tally.add(entry, times=-1)
    for entry in new:
        tally.add(entry)


def _same(new: Sequence[Entry], old: Sequence[Entry]) -> set[UUID]:
    """The entries that are there already."""
    there = {entry.id: entry for entry in old}
    return {entry.id for entry in new if there.get(entry.id) == entry}


def _keyed(entry: Entry) -> Keyed:
    """A word weighs most in a short phrasing, and little where only the answer has it."""
    weights = _weighed(words_of(entry), TOLD)
    for phrasing in (*entry.phrasings, *entry.keywords):
        for word, weight in _weighed(set(words(phrasing)), 1.0).items():
            weights[word] = max(weight, weights.get(word, 0.0))
    return Keyed(entry=entry, weights=weights)


def _weighed(found: set[str], whole: float) -> dict[str, float]:
    content = found - FUNCTION_WORDS
    return {word: round(whole / len(content) ** 0.5, 4) for word in content}
