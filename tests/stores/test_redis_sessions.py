"""A session ends by itself, by its owner, and for good: no flush brings one back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from adapters.stores.postgres.happened import PostgresTokenVersions
from adapters.stores.redis.pipeline import Pipeline
from adapters.stores.redis.sessions import RedisSessions
from bots.clock import utc_now
from bots.embedded import Addresses
from core.accounts import Account
from core.errors import UserError
from core.sessions import UserSessions
from tests.stores.people import Owner, add_person, open_owner
from tests.stores.replica import Replica, open_replica

DAY = 86_400


@pytest.fixture
async def owner(addresses: Addresses) -> AsyncIterator[Owner]:
    async with open_owner(addresses) as owner:
        yield owner


@pytest.fixture
async def replica(addresses: Addresses) -> AsyncIterator[Replica]:
    async with open_replica(addresses) as replica:
        yield replica


@pytest.fixture
def sessions(pipeline: Pipeline, replica: Replica) -> UserSessions:
    return UserSessions(
        sessions=RedisSessions(pipeline=pipeline),
        versions=PostgresTokenVersions(database=replica.bot),
        clock=utc_now,
    )


@pytest.fixture
async def person(owner: Owner) -> Account:
    return await add_person(owner)


async def test_a_session_is_found_until_it_is_ended(
    sessions: UserSessions, person: Account, admin: Redis
) -> None:
    one, other = [await sessions.begin(person.user_id) for _ in range(2)]
    found = await sessions.find(one)
    assert found is not None
    assert found.user_id == person.user_id
    keys = [key.decode() async for key in admin.scan_iter()]
    assert len(keys) == 2
    assert not any(one in key or other in key for key in keys), "the id is a secret"
    assert all([DAY - 60 < await admin.ttl(key) <= DAY for key in keys])
    await sessions.end(one)
    assert await sessions.find(one) is None
    assert await sessions.find(other) is not None
    assert await sessions.find("nobody's") is None


async def test_what_was_ended_everywhere_does_not_come_back_with_the_store(
    sessions: UserSessions, person: Account, admin: Redis
) -> None:
    session_id = await sessions.begin(person.user_id)
    [key] = [key async for key in admin.scan_iter()]
    kept = await admin.dump(key)
    assert kept is not None
    await sessions.end_all(person.user_id)
    assert await sessions.find(session_id) is None
    await admin.flushall()
    await admin.restore(key, DAY * 1000, kept)  # as an older copy of the store has it
    assert await sessions.find(session_id) is None
    assert await sessions.find(await sessions.begin(person.user_id)) is not None


async def test_who_is_suspended_is_out_and_stays_out(
    sessions: UserSessions, person: Account, owner: Owner
) -> None:
    session_id = await sessions.begin(person.user_id)
    await owner.run("UPDATE users SET is_active = false WHERE id = $1", person)
    assert await sessions.find(session_id) is None
    with pytest.raises(UserError):
        await sessions.begin(person.user_id)
    with pytest.raises(UserError):
        await sessions.begin(uuid4())


async def test_use_keeps_a_session_alive_but_not_beyond_its_longest_time(
    pipeline: Pipeline, sessions: UserSessions, person: Account, admin: Redis
) -> None:
    short = replace(
        sessions,
        sessions=RedisSessions(
            pipeline=pipeline, idle=timedelta(seconds=2), longest=timedelta(seconds=3)
        ),
    )
    session_id = await short.begin(person.user_id)
    for _ in range(3):
        await asyncio.sleep(0.6)
        assert await short.find(session_id) is not None
    [key] = [key async for key in admin.scan_iter()]
    assert await admin.pttl(key) <= 2000
    await asyncio.sleep(1.6)
    assert await short.find(session_id) is None
