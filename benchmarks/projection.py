"""What a projection costs and how it answers, beside the index of all of it in memory."""

import argparse
import asyncio
import random
import time
from datetime import timedelta
from uuid import UUID

import numpy as np

from adapters.stores.scylla.config import ScyllaAddress
from adapters.stores.scylla.knowledge import ScyllaProjection
from benchmarks.answers.knowledge import KnowledgeInMemory
from benchmarks.answers.speed import Texts, memory
from core.entries import Band, Entry, Passage
from core.knowledge.index import build
from core.knowledge.projected import ProjectedKnowledge
from core.knowledge.projecting import ProjectKnowledge
from core.ports.knowledge import Snapshot
from tests.cql import session_server
from tests.stores.engines import connected

HERE = UUID(int=1)
ASKED = 300


class Nobody:
    """Nothing is due: the benchmark projects by itself."""

    async def claim(self, *, least: int, within: timedelta) -> UUID | None:
        del least, within
        return None

    async def keep(self, organization_id: UUID, *, within: timedelta) -> bool:
        del organization_id, within
        return True

    async def release(self, organization_id: UUID, revision: int | None) -> None:
        del organization_id, revision


def main() -> None:
    """Measure one size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    texts = Texts(random.Random(arguments.seed))
    entries = tuple(
        Entry(id=UUID(int=n + 1), phrasings=(texts.question(),), answer=texts.answer(), source="s")
        for n in range(arguments.entries)
    )
    asked = [texts.question() for _ in range(ASKED // 3)]
    asked += [entry.phrasings[0] + " exactly" for entry in entries[:: len(entries) // ASKED]]
    with session_server() as server, asyncio.Runner() as runner:
        store = KnowledgeInMemory(entries=entries, at=1)
        runner.run(_measure(server.address, store, asked))


async def _measure(address: ScyllaAddress, store: KnowledgeInMemory, asked: list[str]) -> None:
    async with connected(address) as connection:
        projection = ScyllaProjection(cql=connection.cql)
        begun = time.perf_counter()
        await ProjectKnowledge(store=store, projection=projection, due=Nobody()).project(HERE)
        print(f"{len(store.entries):,} entries projected in {time.perf_counter() - begun:.1f} s")
        before, begun = memory(), time.perf_counter()
        served = ProjectedKnowledge(projection=projection)
        await served.index_for(HERE, 1, asked[0])
        loaded, size = time.perf_counter() - begun, memory() - before
        print(f"first question: {loaded:.2f} s, {size:.0f} MB")
        times: list[float] = []
        found: dict[str, tuple[Passage, ...]] = {}
        for question in asked:
            begun = time.perf_counter()
            if index := await served.index_for(HERE, 1, question):
                found[question] = index.search(question)[:1]
                times.append((time.perf_counter() - begun) * 1e3)
        p50, p99 = np.percentile(times, 50), np.percentile(times, 99)
        print(f"a question: p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    before, begun = memory(), time.perf_counter()
    whole = build(Snapshot(revision=1, entries=store.entries))
    print(f"all in memory: {time.perf_counter() - begun:.1f} s, {memory() - before:.0f} MB")
    print(f"read in time: {len(found)} of {len(asked)} questions; of these")
    _compare([(one, whole.search(question)[:1]) for question, one in found.items()])


def _compare(both: list[tuple[tuple[Passage, ...], tuple[Passage, ...]]]) -> None:
    told = [(one, other) for one, other in both if _band(other) != Band.UNKNOWN]
    same = sum(bool(one) and one[0].entry_id == other[0].entry_id for one, other in told)
    bands = sum(_band(one) == _band(other) for one, other in both)
    print(f"the same entry: {same} of {len(told)} answered or offered")
    print(f"the same band: {bands} of {len(both)}")


def _band(passages: tuple[Passage, ...]) -> Band:
    return passages[0].band if passages else Band.UNKNOWN


if __name__ == "__main__":
    main()
