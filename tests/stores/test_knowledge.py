"""What an organization knows, in PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
import pytest

from adapters.stores.postgres.connection import APPLICATION_ROLE, Database, open_pool
from adapters.stores.postgres.gaps import PostgresGaps
from adapters.stores.postgres.knowledge import CHANNEL, PostgresKnowledge
from adapters.stores.postgres.organizations import find_organization
from bots.embedded import Addresses
from bots.knowledge import knowledge_in
from core.entries import NewEntry
from core.errors import UnavailableError, UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Knowledge of the default organization, and a look at the tables."""

    knowledge: PostgresKnowledge
    bot: asyncpg.Pool
    pool: asyncpg.Pool
    organization: UUID


@pytest.fixture
async def store(addresses: Addresses) -> AsyncIterator[Store]:
    async with (
        open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE) as bot,
        open_pool(addresses.postgres_owner_dsn, size=1) as pool,
    ):
        organization = await find_organization(Database(pool=bot), "")
        yield Store(knowledge=PostgresKnowledge(bot), bot=bot, pool=pool, organization=organization)


def entry(question: str, answer: str, source: str = "faq.csv", *more: str) -> NewEntry:
    return NewEntry(phrasings=(question, *more), answer=answer, keywords=("key",), source=source)


async def test_what_is_saved_is_loaded_at_its_revision(store: Store) -> None:
    assert (await store.knowledge.load(store.organization)).entries == ()

    given = [entry("Why?", "Because.", "faq.csv", "How come?"), entry("Who? 🇩🇪", "You “all”.")]
    report = await store.knowledge.save(store.organization, given)
    snapshot = await store.knowledge.load(store.organization)

    assert (report.added, report.changed, report.unchanged, report.revision) == (2, 0, 0, 1)
    assert snapshot.revision == await store.knowledge.revision(store.organization) == 1
    assert [e.phrasings for e in snapshot.entries] == [("Why?", "How come?"), ("Who? 🇩🇪",)]
    assert [e.answer for e in snapshot.entries] == ["Because.", "You “all”."]
    assert snapshot.entries[0].keywords == ("key",)
    assert list(snapshot.entries) == list(await store.knowledge.list(store.organization, limit=9))
    assert len(await store.knowledge.list(store.organization, limit=9, offset=1)) == 1


async def test_the_same_entries_again_change_nothing(store: Store) -> None:
    given = [entry("Why?", "Because."), entry("Who?", "You.")]
    await store.knowledge.save(store.organization, given)
    report = await store.knowledge.save(store.organization, given)
    assert (report.added, report.changed, report.unchanged, report.revision) == (0, 0, 2, 1)


async def test_a_new_phrasing_and_a_corrected_answer_keep_the_entry(store: Store) -> None:
    await store.knowledge.save(store.organization, [entry("Why?", "A"), entry("Who?", "B")])
    before = await store.knowledge.list(store.organization, limit=9)

    given = [entry("Why?", "A", "faq.csv", "How come?"), entry("Who?", "B, corrected")]
    report = await store.knowledge.save(store.organization, given)
    after = await store.knowledge.list(store.organization, limit=9)

    assert (report.added, report.changed, report.revision) == (0, 2, 2)
    assert [e.id for e in after] == [e.id for e in before]
    assert [e.answer for e in after] == ["A", "B, corrected"]


async def test_entries_of_another_source_are_left_alone(store: Store) -> None:
    await store.knowledge.save(store.organization, [entry("Why?", "A", "one.csv")])
    await store.knowledge.save(store.organization, [entry("Why?", "B", "two.csv")])
    assert len(await store.knowledge.list(store.organization, limit=9)) == 2


async def test_nothing_is_written_when_one_entry_cannot_be(store: Store) -> None:
    no_phrasing = NewEntry(phrasings=(), answer="C")
    with pytest.raises(asyncpg.CheckViolationError):
        await store.knowledge.save(store.organization, [entry("Why?", "A"), no_phrasing])
    snapshot = await store.knowledge.load(store.organization)
    assert (snapshot.revision, snapshot.entries) == (0, ())


async def test_characters_that_no_database_stores_are_replaced(store: Store) -> None:
    await store.knowledge.save(store.organization, [entry("Why\x00?", "A\ud800")])
    [kept] = await store.knowledge.list(store.organization, limit=9)
    assert (kept.phrasings, kept.answer) == (("Why\ufffd?",), "A\ufffd")


async def test_imports_at_once_take_turns(store: Store) -> None:
    async with asyncio.TaskGroup() as tasks:
        for number in range(8):
            given = [entry(f"Question {n}?", f"Answer {n}") for n in range(number, number + 4)]
            tasks.create_task(store.knowledge.save(store.organization, given))
    snapshot = await store.knowledge.load(store.organization)
    assert sorted(e.answer for e in snapshot.entries) == sorted(f"Answer {n}" for n in range(11))
    rows = await store.pool.fetch("SELECT revision, added FROM knowledge_revisions ORDER BY 1")
    assert [row["revision"] for row in rows] == list(range(1, snapshot.revision + 1))
    assert sum(row["added"] for row in rows) == 11


async def test_a_change_is_announced_and_written_down(store: Store, addresses: Addresses) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    listener = await asyncpg.connect(addresses.postgres_dsn)
    try:
        await listener.add_listener(CHANNEL, lambda *call: heard.put_nowait(str(call[-1])))
        await store.knowledge.save(store.organization, [entry("Why?", "A")])
        async with asyncio.timeout(60):
            assert await heard.get() == str(store.organization)
    finally:
        await listener.close()
    row = await store.pool.fetchrow("SELECT revision, added, changed FROM knowledge_revisions")
    assert row is not None
    assert tuple(row) == (1, 1, 0)


async def test_a_gap_is_counted_not_repeated(store: Store) -> None:
    for question in ("where is the moon", "where is the moon", "why\x00", "ü" * 3_000):
        await PostgresGaps(database=Database(pool=store.bot)).note(store.organization, question)
    rows = await store.pool.fetch("SELECT question, times FROM knowledge_gaps ORDER BY times DESC")
    assert len(rows) == 3
    assert tuple(rows[0]) == ("where is the moon", 2)


async def test_organizations_do_not_see_each_other(store: Store) -> None:
    other = await store.pool.fetchval(
        "INSERT INTO organizations (name) VALUES ('other') RETURNING id"
    )
    await store.knowledge.save(store.organization, [entry("Why?", "A")])
    assert (await store.knowledge.load(other)).entries == ()
    assert await store.knowledge.revision(other) == 0
    assert await find_organization(Database(pool=store.pool), "other") == other


async def test_an_unknown_organization_is_named(store: Store) -> None:
    with pytest.raises(UserError, match=r"no organization 'nobody'. There is: default"):
        await find_organization(Database(pool=store.pool), "nobody")
    for call in (store.knowledge.load(uuid4()), store.knowledge.save(uuid4(), [entry("a", "b")])):
        with pytest.raises(UserError, match="no such organization"):
            await call


async def test_a_search_sees_what_was_saved_a_moment_ago(store: Store) -> None:
    service = knowledge_in(store.bot)
    assert await service.search(store.organization, "Why is the sky blue?") == ()
    await service.import_entries(store.organization, [entry("Why is the sky blue?", "Light.")])
    [found] = await service.search(store.organization, "why is the sky blue")
    assert (found.answer, found.score) == ("Light.", 1.0)


async def test_a_database_that_went_away_is_unavailable(store: Store, addresses: Addresses) -> None:
    owner = await asyncpg.connect(addresses.postgres_owner_dsn)
    try:
        async with owner.transaction(), asyncio.TaskGroup() as tasks:
            await owner.execute("SELECT 1 FROM organizations FOR UPDATE")
            saving = tasks.create_task(_refused(store))
            while not await owner.fetchval(CUT_WHO_WAITS):
                await asyncio.sleep(0.01)
            await saving
    finally:
        await owner.close()


CUT_WHO_WAITS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


async def _refused(store: Store) -> None:
    with pytest.raises(UnavailableError):
        await store.knowledge.save(store.organization, [entry("Why?", "A")])


async def test_entries_are_taken_of_the_pool_and_given_back_when_deleted(store: Store) -> None:
    await store.pool.execute(
        "INSERT INTO organization_pools VALUES ($1, 'knowledge_entries', 3)", store.organization
    )
    given = [entry("Why?", "Because."), entry("Who?", "You.")]
    await store.knowledge.save(store.organization, given)
    await store.knowledge.save(store.organization, given)  # nothing new costs nothing
    more = [*given, entry("When?", "Now."), entry("Where?", "Here.")]
    with pytest.raises(UserError, match=r"add 2 entries, and 1 of 3 are left.*nothing was written"):
        await store.knowledge.save(store.organization, more)

    assert await used_entries(store) == 2
    assert await store.pool.fetchval("SELECT count(*) FROM usage_records") == 1
    assert (await store.knowledge.load(store.organization)).revision == 1

    database = Database(pool=store.bot)
    await database.fetch_in(store.organization, "DELETE FROM knowledge_entries")
    assert await used_entries(store) == 0
    assert await store.pool.fetchval("SELECT quantity FROM usage_records") == 0
    report = await store.knowledge.save(store.organization, more[:3])
    assert report.added == 3
    assert await used_entries(store) == 3


async def used_entries(store: Store) -> object:
    return await store.pool.fetchval(
        "SELECT used FROM quotas WHERE resource_type = 'knowledge_entries'"
    )


async def test_what_the_sources_no_longer_have_is_counted_and_removed_on_request(
    store: Store,
) -> None:
    both = [entry("Why?", "Because."), entry("Who?", "Me.")]
    await store.knowledge.save(store.organization, both)
    await store.knowledge.save(store.organization, [entry("Where?", "Here.", "other.csv")])

    report = await store.knowledge.save(store.organization, both[:1])
    assert (report.unchanged, report.missing, report.removed, report.revision) == (1, 1, 0, 2)
    report = await store.knowledge.save(store.organization, both[:1], prune=True)
    assert (report.unchanged, report.missing, report.removed, report.revision) == (1, 0, 1, 3)
    kept = await store.knowledge.list(store.organization, limit=9)
    assert [one.answer for one in kept] == ["Because.", "Here."]


async def test_a_heading_that_is_gone_from_a_page_is_missed(store: Store) -> None:
    page = [entry("Why?", "Because.", "page.md#why"), entry("Who?", "Me.", "page.md#who")]
    await store.knowledge.save(store.organization, page)
    await store.knowledge.save(store.organization, [entry("Who?", "She.", "paged.md#who")])
    report = await store.knowledge.save(store.organization, page[:1], files=["page.md"], prune=True)
    assert (report.missing, report.removed) == (0, 1)
    assert len(await store.knowledge.list(store.organization, limit=9)) == 2


async def test_an_entry_is_removed_by_its_words_and_found_no_more(store: Store) -> None:
    service = knowledge_in(store.bot)
    await service.import_entries(store.organization, [entry("Why?", "Because.", "a", "How come?")])
    assert await service.search(store.organization, "why")
    assert await service.remove(store.organization, "when") is None
    removed = await service.remove(store.organization, "HOW come")
    assert removed is not None
    assert removed.answer == "Because."
    assert not await service.search(store.organization, "why")
    assert await store.knowledge.revision(store.organization) == 2


async def test_gaps_are_shown_by_how_often_they_were_asked(store: Store) -> None:
    service = knowledge_in(store.bot)
    for question in ("Is there cake?", "is there cake", "Who wins?"):
        await service.note_gap(store.organization, question)
    [first, second] = await service.gaps(store.organization, limit=9)
    assert (first.question, first.times) == ("is there cake", 2)
    assert second.times == 1
    assert len(await service.gaps(store.organization, limit=1)) == 1
