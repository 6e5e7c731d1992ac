"""Row-level security: what the bot sees without an organization, and with another's."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
import pytest

from adapters.stores.postgres.connection import APPLICATION_ROLE, ENTER, Database, open_pool
from adapters.stores.postgres.feedback import PostgresFeedback
from adapters.stores.postgres.fits import PostgresFits
from adapters.stores.postgres.knowledge import PostgresKnowledge
from bots.embedded import Addresses
from bots.knowledge import knowledge_in
from core.accounts import Account
from core.entries import NewEntry
from core.ports.fits import Fit
from core.ports.proposals import NewProposal, ProposalKind
from tests.stores.people import Owner, add_person, open_owner

TENANT_TABLES = """
SELECT c.relname AS name, c.relrowsecurity AS walled,
       EXISTS (SELECT 1 FROM pg_policies p
                WHERE p.tablename = c.relname AND p.roles @> ARRAY[$1::name]
                  AND p.qual = '(organization_id = this_organization())') AS by_organization,
       (SELECT count(*) FROM pg_policies p
         WHERE p.tablename = c.relname AND p.roles @> ARRAY[$1::name]) AS policies,
       (SELECT count(*) FROM pg_policies p
         WHERE p.tablename = c.relname AND p.roles && ARRAY['public'::name]) AS for_all,
       has_table_privilege($1, c.oid, 'SELECT, INSERT, UPDATE, DELETE')
           OR has_any_column_privilege($1, c.oid, 'SELECT, INSERT, UPDATE') AS reachable
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id'
 WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
 ORDER BY 1
"""
ON_THE_WAY = {
    "inbox",
    "outbox",
    "conversations",
    "chains",
    "identities",
    "users",
    "spaces",
    "memberships",
    "quotas",
    "usage_records",
    "replicas",
    "turns",
    "subscriptions",
    "requests_for_more",
    "gap_askers",
    "late_turns",
    "trouble_letters",
    "postings",
    "waiting_messages",
    "open_messages",
}
DEFINERS = """
SELECT p.oid::regprocedure::text AS name, p.proconfig AS settings,
       has_function_privilege('public', p.oid, 'EXECUTE') AS open
  FROM pg_proc p
 WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Two:
    """Two organizations with one of each thing of the knowledge, as the bot reaches them."""

    pool: asyncpg.Pool
    knowledge: PostgresKnowledge
    ours: Account
    theirs: UUID


@pytest.fixture
async def owner(addresses: Addresses) -> AsyncIterator[Owner]:
    async with open_owner(addresses) as owner:
        yield owner


@pytest.fixture
async def two(addresses: Addresses, owner: Owner) -> AsyncIterator[Two]:
    ours = await add_person(owner)
    theirs = await owner.one("INSERT INTO organizations (name) VALUES ('theirs') RETURNING id")
    assert isinstance(theirs, UUID)
    async with open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE) as pool:
        service = knowledge_in(pool)
        for organization, answer in ((ours.organization_id, "ours"), (theirs, "theirs")):
            await service.import_entries(
                organization, [NewEntry(phrasings=("Why?",), answer=answer)]
            )
            await service.note_gap(organization, f"Where is {answer}?")
            suggestion = NewProposal(kind=ProposalKind.ENTRY, question="Who?", answer=answer)
            await service.propose(organization, [suggestion], by=None)
            fits = PostgresFits(database=Database(pool=pool))
            await fits.put(organization, Fit(revision=1, model=answer.encode()))
        feedback = PostgresFeedback(database=Database(pool=pool))
        for _ in range(2):
            await feedback.rate(ours, message_id=uuid4(), helpful=True)
        yield Two(pool=pool, knowledge=PostgresKnowledge(pool), ours=ours, theirs=theirs)


async def test_each_table_with_an_organization_has_the_wall(owner: Owner) -> None:
    tables = await owner.rows(TENANT_TABLES, APPLICATION_ROLE)
    assert len(tables) > 12
    for table in tables:
        assert table["walled"], table["name"]
        assert table["by_organization"], table["name"]
        assert (table["policies"], table["for_all"]) == (1, 0), table["name"]


async def test_what_is_on_the_way_of_a_message_is_out_of_reach(
    owner: Owner, addresses: Addresses
) -> None:
    tables = {row["name"] for row in await owner.rows(TENANT_TABLES, APPLICATION_ROLE)}
    reachable = {
        row["name"] for row in await owner.rows(TENANT_TABLES, APPLICATION_ROLE) if row["reachable"]
    }
    assert reachable & ON_THE_WAY == set()
    assert reachable <= tables
    async with open_pool(addresses.postgres_dsn, role=APPLICATION_ROLE, size=1) as pool:
        for table in ON_THE_WAY:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await pool.fetch(f"SELECT * FROM {table}")


async def test_functions_with_the_owners_rights_are_closed_to_others(owner: Owner) -> None:
    functions = await owner.rows(DEFINERS)
    assert len(functions) > 30
    for function in functions:
        assert not function["open"], function["name"]
        assert "search_path=public, pg_temp" in function["settings"], function["name"]


@pytest.mark.parametrize(
    "table",
    [
        "knowledge_entries",
        "knowledge_changes",
        "knowledge_fits",
        "knowledge_gaps",
        "knowledge_proposals",
        "knowledge_revisions",
        "user_feedback",
    ],
)
async def test_nothing_is_seen_without_an_organization_and_nothing_of_another(
    two: Two, table: str
) -> None:
    see = f"SELECT DISTINCT organization_id FROM {table}"
    database = Database(pool=two.pool)
    ours, theirs = two.ours.organization_id, two.theirs
    for _ in range(7):  # the plan of a statement is kept and must not keep the organization
        assert await database.fetch(see) == []
        assert [tuple(row) for row in await database.fetch_in(ours, see)] == [(ours,)]
        expected = [] if table == "user_feedback" else [(theirs,)]
        assert [tuple(row) for row in await database.fetch_in(theirs, see)] == expected


async def test_nothing_is_written_for_another_organization(two: Two) -> None:
    async with two.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(ENTER, str(two.ours.organization_id))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(
                "INSERT INTO knowledge_gaps (organization_id, question_hash, question)"
                " VALUES ($1, '', 'planted')",
                two.theirs,
            )
        await transaction.rollback()
        async with connection.transaction():
            await connection.execute(ENTER, str(two.ours.organization_id))
            for statement in (
                "UPDATE knowledge_entries SET answer = 'changed' WHERE organization_id = $1",
                "DELETE FROM knowledge_entries WHERE organization_id = $1",
                "UPDATE organizations SET knowledge_revision = 99 WHERE id = $1",
            ):
                assert (await connection.execute(statement, two.theirs)).endswith(" 0")
    [kept] = (await two.knowledge.load(two.theirs)).entries
    assert kept.answer == "theirs"


async def test_an_organization_ends_with_its_transaction(two: Two) -> None:
    async with two.pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute(ENTER, str(two.ours.organization_id))
        assert await connection.fetchval("SELECT count(*) FROM knowledge_entries") == 0


async def test_an_audit_log_is_appended_to_and_people_can_be_taken_out(owner: Owner) -> None:
    await owner.run(
        "INSERT INTO audit_logs (organization_id, sequence, id, action, actor, previous_hash,"
        " hash, user_id, ip_address) VALUES ($1, 1, gen_random_uuid(), 'login', 'p1',"
        " sha256('a'), sha256('b'), gen_random_uuid(), '192.0.2.1')",
        owner.organization_id,
    )
    for change in ("action = 'other'", "hash = sha256('c')", "ip_address = '192.0.2.2'"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="only appended to"):
            await owner.run(f"UPDATE audit_logs SET {change}")
    await owner.run("UPDATE audit_logs SET user_id = NULL, ip_address = NULL")
    assert await owner.one("SELECT count(*) FROM audit_logs WHERE user_id IS NULL") == 1
