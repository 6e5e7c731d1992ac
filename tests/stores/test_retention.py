"""What is kept, for how long, and the daily sums."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from adapters.stores.postgres.analytics import PostgresDailyCounts
from adapters.stores.postgres.retention import (
    KeptConversations,
    list_retention,
    set_retention,
)
from adapters.stores.redis.pending import RedisPendingCounts
from adapters.stores.redis.pipeline import Pipeline
from bots.clock import new_id
from bots.embedded import Addresses
from core.errors import UnavailableError
from core.ports.analytics import DailyCount, Flush
from core.usage.counting import FlushCounts
from tests.stores.people import Owner, add_person, open_owner
from tests.stores.replica import Replica, open_replica

KINDS = ("conversations", "analytics", "audit", "sessions")
ADD_TURN = """
INSERT INTO turns (conversation_id, at, id, organization_id, actor, text)
VALUES (gen_random_uuid(), now() - $2::text::interval, gen_random_uuid(), $1, 'person', $2)
"""

ADD_REFRESH = """
INSERT INTO refresh_tokens (token_hash, family, user_id, created_at, expires_at)
VALUES (sha256(random()::text::bytea), gen_random_uuid(), $1, now() - $2::text::interval,
        now() + interval '1 year')
"""
ADD_TOKEN = """
INSERT INTO api_tokens (id, token_hash, user_id, organization_id, name, created_at, expires_at)
VALUES (gen_random_uuid(), sha256(random()::text::bytea), $1, $2, 'script',
        now() - interval '1 year', now() - $3::text::interval)
"""
ADD_AUDIT = """
INSERT INTO audit_logs (organization_id, sequence, id, action, actor, previous_hash, hash,
                        "timestamp")
VALUES ($1, $2, gen_random_uuid(), 'login', 'p1', sha256('a'), sha256('b'),
        now() - $3::text::interval)
"""
ADD_VOTE = """
INSERT INTO user_feedback (message_id, user_id, organization_id, rating, at)
VALUES (gen_random_uuid(), $1, $2, 1, now() - $3::text::interval)
"""


@pytest.fixture
async def owner(addresses: Addresses) -> AsyncIterator[Owner]:
    async with open_owner(addresses) as owner:
        yield owner


@pytest.fixture
async def replica(addresses: Addresses) -> AsyncIterator[Replica]:
    async with open_replica(addresses) as replica:
        yield replica


async def test_each_organization_keeps_turns_for_its_own_time(
    replica: Replica, owner: Owner
) -> None:
    other = await owner.one("INSERT INTO organizations (name) VALUES ('other') RETURNING id")
    assert isinstance(other, UUID)
    await set_retention(replica.bot, other, "conversations", "3 years")
    for organization in (owner.organization_id, other):
        for age in ("1 day", "4 years", "8 years"):
            await owner.run(ADD_TURN, organization, age)

    batches = [await replica.recovery.expire(1) for _ in range(4)]
    assert batches == [1, 1, 1, 0]
    left = await owner.rows(
        "SELECT organization_id, text FROM turns ORDER BY at::date, organization_id = $1", other
    )
    assert [(row["organization_id"] == other, row["text"]) for row in left] == [
        (False, "4 years"),
        (False, "1 day"),
        (True, "1 day"),
    ]


async def test_the_defaults_can_be_changed_and_come_back(replica: Replica, owner: Owner) -> None:
    here = owner.organization_id
    assert await list_retention(replica.bot, here, KINDS) == {
        "conversations": "7 years",
        "analytics": "2 years",
        "audit": "10 years",
        "sessions": "30 days",
    }
    await set_retention(replica.bot, here, "conversations", "18 months")
    await set_retention(replica.bot, here, "conversations", "90 days")
    assert (await list_retention(replica.bot, here, KINDS))["conversations"] == "90 days"
    await set_retention(replica.bot, here, "conversations", None)
    assert (await list_retention(replica.bot, here, KINDS))["conversations"] == "7 years"


async def test_a_flush_is_written_once(replica: Replica, owner: Owner) -> None:
    daily = PostgresDailyCounts(database=replica.bot)
    count = DailyCount(
        organization_id=owner.organization_id, day=date(2026, 3, 1), metric="answered", amount=5
    )
    flush = Flush(id=uuid4(), counts=[count, count])
    async with asyncio.TaskGroup() as tasks:
        for _ in range(5):
            tasks.create_task(daily.write(flush))
    await daily.write(Flush(id=uuid4(), counts=[count]))
    assert await owner.one("SELECT value FROM analytics_daily") == 15


async def test_days_go_when_they_are_too_old(replica: Replica, owner: Owner) -> None:
    for days in (10, 100):
        await owner.run(
            "INSERT INTO analytics_daily VALUES ($1, current_date - $2::integer, 'answered', 1)",
            owner.organization_id,
            days,
        )
    await set_retention(replica.bot, owner.organization_id, "analytics", "30 days")
    await replica.recovery.expire(100)
    assert await owner.one("SELECT current_date - day FROM analytics_daily") == 10


class Dying(PostgresDailyCounts):
    """Fails before or after writing, now and then: where a process could die."""

    async def write(self, flush: Flush) -> None:
        if random.random() < 0.4:
            raise UnavailableError("before")
        await super().write(flush)
        if random.random() < 0.4:
            raise UnavailableError("after")


async def test_crashes_between_the_stores_neither_lose_nor_double(
    replica: Replica, owner: Owner, pipeline: Pipeline
) -> None:
    random.seed(7)
    pending = RedisPendingCounts(pipeline, new_id=new_id)
    flushes = [FlushCounts(pending=pending, daily=Dying(database=replica.bot)) for _ in range(3)]
    added = 0
    for amount in range(1, 31):
        await pending.add(new_id(), {(owner.organization_id, "answered"): amount})
        added += amount
        await asyncio.gather(*(flush() for flush in flushes), return_exceptions=True)
    last = FlushCounts(pending=pending, daily=PostgresDailyCounts(database=replica.bot))
    for _ in range(2):
        await last()
    assert await owner.one("SELECT sum(value) FROM analytics_daily") == added
    assert await pending.take() is None


async def test_other_stores_are_told_how_long_conversations_are_kept(
    replica: Replica, owner: Owner
) -> None:
    other = await owner.one("INSERT INTO organizations (name) VALUES ('other') RETURNING id")
    assert isinstance(other, UUID)
    await set_retention(replica.bot, other, "conversations", "90 days")
    keep = KeptConversations(database=replica.bot)
    assert await keep(other) == timedelta(days=90)
    assert round((await keep(owner.organization_id)) / timedelta(days=365.25)) == 7
    await set_retention(replica.bot, other, "conversations", None)
    assert await keep(other) == timedelta(days=90)
    assert await KeptConversations(database=replica.bot)(other) > timedelta(days=2000)


async def test_sessions_tokens_votes_and_audit_logs_end_with_their_time(
    replica: Replica, owner: Owner
) -> None:
    person, hasty = [await add_person(owner) for _ in range(2)]
    other = await owner.one("INSERT INTO organizations (name) VALUES ('other') RETURNING id")
    assert isinstance(other, UUID)
    await owner.run("UPDATE memberships SET organization_id = $1 WHERE user_id = $2", other, hasty)
    await set_retention(replica.bot, other, "sessions", "3 days")
    await set_retention(replica.bot, other, "audit", "1 year")
    for account, organization in ((person, owner.organization_id), (hasty, other)):
        for age in ("2 days", "10 days", "40 days"):
            await owner.run(ADD_REFRESH, account, age)
            await owner.run(ADD_TOKEN, account, organization, age)
        for number, age in enumerate(("1 day", "2 years", "11 years"), start=1):
            await owner.run(ADD_AUDIT, organization, number, age)
        await owner.run(ADD_VOTE, account, organization, "8 years")
        await owner.run(ADD_VOTE, account, organization, "1 year")
    await owner.run(ADD_TOKEN, person, owner.organization_id, None)

    while await replica.recovery.expire(2):
        pass
    assert await count(owner, "refresh_tokens", "user_id", person, hasty) == [2, 1]
    assert await count(owner, "api_tokens", "user_id", person, hasty) == [3, 1]
    here = (owner.organization_id, other)
    assert await count(owner, "audit_logs", "organization_id", *here) == [2, 1]
    assert await count(owner, "user_feedback", "organization_id", *here) == [1, 1]


async def count(owner: Owner, table: str, column: str, *whose: object) -> list[object]:
    """How many rows each has."""
    return [
        await owner.one(f"SELECT count(*) FROM {table} WHERE {column} = $1", one) for one in whose
    ]
