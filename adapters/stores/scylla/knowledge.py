"""Knowledge by keyword: a projection of what PostgreSQL has."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from adapters.stores.scylla.bridge import Row
from adapters.stores.scylla.cql import Cql, Write
from core.chunks import in_chunks
from core.entries import Entry
from core.errors import UnavailableError
from core.ports.projection import Head, Keyed

BUCKETS = 1
SHARDS = 16
PART = 512 * 1024  # bytes
BATCH = 100  # rows of one partition in a statement
SIDE_BY_SIDE = 24  # statements: turns have the right of way
TRIES = 6
PAUSE = 1.0  # seconds, before a statement that was not answered in time is tried again

POST = """
INSERT INTO knowledge_base (organization_id, keyword, bucket, weight, entry_id)
VALUES (?, ?, ?, ?, ?)
"""
UNPOST = """
DELETE FROM knowledge_base
 WHERE organization_id = ? AND keyword = ? AND bucket = ? AND weight = ? AND entry_id = ?
"""
POSTED = """
SELECT entry_id, weight FROM knowledge_base
 WHERE organization_id = ? AND keyword = ? AND bucket = ? LIMIT ?
"""
PUT = """
INSERT INTO knowledge_entries (organization_id, shard, entry_id, phrasings, answer, keywords,
                               source, tags, language, audience, passage)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
DROP = "DELETE FROM knowledge_entries WHERE organization_id = ? AND shard = ? AND entry_id = ?"
FIND = """
SELECT entry_id, phrasings, answer, keywords, source, tags, language, audience, passage
  FROM knowledge_entries WHERE organization_id = ? AND shard = ? AND entry_id IN ?
"""
IDS = "SELECT entry_id FROM knowledge_entries WHERE organization_id = ? AND shard = ?"
HEAD = "SELECT revision, towards FROM knowledge_projections WHERE organization_id = ?"
BEGIN = """
INSERT INTO knowledge_projections (organization_id, revision, towards) VALUES (?, ?, ?)
"""
FINISH = """
INSERT INTO knowledge_projections (organization_id, revision, towards, parts)
VALUES (?, ?, null, ?)
"""
ADD_PART = """
INSERT INTO knowledge_statistics (organization_id, revision, part, bytes) VALUES (?, ?, ?, ?)
"""
PARTS = "SELECT bytes FROM knowledge_statistics WHERE organization_id = ? AND revision = ?"
DROP_PARTS = "DELETE FROM knowledge_statistics WHERE organization_id = ? AND revision = ?"
COMPLETE = "SELECT revision, parts FROM knowledge_projections WHERE organization_id = ?"

Place = tuple[UUID, str, int, float, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScyllaProjection:
    """`Projection` in CQL. Entries are written after their postings: they tell what is there."""

    cql: Cql

    async def head(self, organization_id: UUID) -> Head | None:
        for revision, towards in await self.cql.fetch(HEAD, organization_id):
            return Head(revision=revision, towards=towards)
        return None

    async def begin(self, organization_id: UUID, head: Head) -> None:
        row = (organization_id, head.revision, head.towards)
        await self.cql.write([Write(BEGIN, row)])

    async def write(
        self, organization_id: UUID, *, new: Sequence[Keyed], old: Sequence[Keyed]
    ) -> None:
        posted = {place for one in new for place in _places(organization_id, one)}
        before = {place for one in old for place in _places(organization_id, one)}
        await self._write_all(POST, posted - before)
        await self._write_all(UNPOST, before - posted)
        kept = {one.entry.id for one in new}
        gone = [one.entry.id for one in old if one.entry.id not in kept]
        puts = [Write(PUT, _row(organization_id, one.entry)) for one in new]
        drops = [Write(DROP, (organization_id, _shard(one), one)) for one in gone]
        await self._patiently([write] for write in (*puts, *drops))

    async def finish(self, organization_id: UUID, head: Head, statistics: bytes) -> None:
        before = await self.head(organization_id)
        parts = [statistics[at : at + PART] for at in range(0, len(statistics), PART)]
        for number, part in enumerate(parts):
            row = (organization_id, head.revision, number, part)
            await self.cql.write([Write(ADD_PART, row)])
        await self.cql.write([Write(FINISH, (organization_id, head.revision, len(parts)))])
        if before is not None and before.revision != head.revision:
            await self.cql.write([Write(DROP_PARTS, (organization_id, before.revision))])

    async def statistics(self, organization_id: UUID, revision: int) -> bytes | None:
        for known, parts in await self.cql.fetch(COMPLETE, organization_id):
            rows = await self.cql.fetch(PARTS, organization_id, revision)
            if known == revision and len(rows) == parts:
                return b"".join(part for (part,) in rows)
        return None

    async def holding(
        self, organization_id: UUID, word: str, *, limit: int
    ) -> Sequence[tuple[UUID, float]]:
        lists = await asyncio.gather(
            *(
                self.cql.fetch(POSTED, organization_id, word, bucket, limit // BUCKETS)
                for bucket in range(BUCKETS)
            )
        )
        return [(entry_id, weight) for rows in lists for entry_id, weight in rows]

    async def find(self, organization_id: UUID, entry_ids: Collection[UUID]) -> Sequence[Entry]:
        shards: defaultdict[int, list[UUID]] = defaultdict(list)
        for entry_id in entry_ids:
            shards[_shard(entry_id)].append(entry_id)
        found = await asyncio.gather(
            *(self.cql.fetch(FIND, organization_id, *one) for one in shards.items())
        )
        return [_to_entry(row) for rows in found for row in rows]

    async def all_ids(self, organization_id: UUID) -> Sequence[UUID]:
        return [
            entry_id
            for shard in range(SHARDS)
            for (entry_id,) in await self.cql.fetch(IDS, organization_id, shard)
        ]

    async def _write_all(self, statement: str, places: Collection[Place]) -> None:
        """Partition by partition, many side by side."""
        partitions: defaultdict[tuple[str, int], list[Write]] = defaultdict(list)
        for place in places:
            partitions[place[1], place[2]].append(Write(statement, place))
        batches = [some for rows in partitions.values() for some in in_chunks(rows, BATCH)]
        await self._patiently(batches)

    async def _patiently(self, batches: Iterable[Sequence[Write]]) -> None:
        """Some at a time. So many rows are a burden for a store: it may need a moment."""
        left = iter(batches)

        async def work() -> None:
            for batch in left:
                for _ in range(TRIES - 1):
                    try:
                        await self.cql.write(batch)
                        break
                    except UnavailableError:
                        await asyncio.sleep(PAUSE)
                else:
                    await self.cql.write(batch)

        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(SIDE_BY_SIDE):
                    tasks.create_task(work())
        except* UnavailableError as several:
            raise several.exceptions[0]  # noqa: B904 (it is one of them)


def _places(organization_id: UUID, one: Keyed) -> Iterator[Place]:
    for word, weight in one.weights.items():
        yield organization_id, word, one.entry.id.int % BUCKETS, weight, one.entry.id


def _shard(entry_id: UUID) -> int:
    return entry_id.int % SHARDS


def _row(organization_id: UUID, entry: Entry) -> tuple[object, ...]:
    return (
        organization_id,
        _shard(entry.id),
        entry.id,
        entry.phrasings,
        entry.answer,
        entry.keywords,
        entry.source,
        entry.tags,
        entry.language,
        entry.audience,
        entry.passage,
    )


def _to_entry(row: Row) -> Entry:
    entry_id, phrasings, answer, keywords, source, tags, language, audience, passage = row
    return Entry(
        id=entry_id,
        phrasings=tuple(phrasings or ()),
        answer=answer,
        keywords=tuple(keywords or ()),
        source=source,
        tags=tuple(tags or ()),
        language=language,
        audience=tuple(audience or ()),
        passage=passage,
    )
