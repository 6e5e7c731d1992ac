"""Votes: PostgreSQL holds the truth, a CQL engine gets every one of them as it is there."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.stores.postgres.feedback import PostgresFeedback, PostgresVotes
from adapters.stores.scylla.config import ScyllaAddress
from adapters.stores.scylla.connection import Connection
from adapters.stores.scylla.erasure import Erasures
from adapters.stores.scylla.feedback import ScyllaVotes
from bots.clock import new_id, utc_now
from bots.embedded import Addresses
from core.accounts import Account
from core.ports.feedback import Vote
from tests.stores.engines import connected, scylla_votes
from tests.stores.people import Owner, add_person, open_owner
from tests.stores.replica import Replica, open_replica

MIRRORED = """
SELECT message_id, user_id, organization_id, rating, writetime(rating), comment FROM user_feedback
"""


@pytest.fixture
async def owner(addresses: Addresses) -> AsyncIterator[Owner]:
    async with open_owner(addresses) as owner:
        yield owner


@pytest.fixture
async def replica(addresses: Addresses) -> AsyncIterator[Replica]:
    async with open_replica(addresses) as replica:
        yield replica


@pytest.fixture
def feedback(replica: Replica) -> PostgresFeedback:
    return PostgresFeedback(database=replica.bot)


@pytest.fixture
def votes(replica: Replica) -> PostgresVotes:
    return PostgresVotes(database=replica.bot)


@pytest.fixture
async def connection(scylla: ScyllaAddress) -> AsyncIterator[Connection]:
    async with connected(scylla) as connection:
        yield connection


@pytest.fixture
def mirror(connection: Connection) -> ScyllaVotes:
    return scylla_votes(connection)


@pytest.fixture
async def vote(owner: Owner, feedback: PostgresFeedback, votes: PostgresVotes) -> Vote:
    """One that is given, and not mirrored yet."""
    await feedback.rate(await add_person(owner), message_id=new_id(), helpful=True)
    [vote] = await votes.unrecorded(10)
    return vote


async def ratings(connection: Connection) -> dict[tuple[UUID, UUID], int]:
    rows = await connection.cql.fetch("SELECT message_id, user_id, rating FROM user_feedback")
    return {(message_id, user_id): rating for message_id, user_id, rating in rows}


async def test_the_last_vote_of_a_person_counts(
    owner: Owner, feedback: PostgresFeedback, votes: PostgresVotes
) -> None:
    message_id, person = new_id(), await add_person(owner)
    for helpful in (True, True, False):
        await feedback.rate(person, message_id=message_id, helpful=helpful)
    [kept] = await votes.unrecorded(10)
    assert (kept.message_id, kept.user_id, kept.rating) == (message_id, person.user_id, -1)


async def test_both_stores_agree_to_the_row(
    owner: Owner,
    feedback: PostgresFeedback,
    votes: PostgresVotes,
    mirror: ScyllaVotes,
    connection: Connection,
) -> None:
    people = [await add_person(owner) for _ in range(3)]
    messages = [new_id() for _ in range(4)]
    for helpful in (True, False):
        await asyncio.gather(
            *(
                feedback.rate(person, message_id=message, helpful=helpful != (number == 1))
                for number, person in enumerate(people)
                for message in messages
            )
        )
        given = await votes.unrecorded(100)
        await asyncio.gather(*(mirror.write(one) for one in given))
        await votes.mark(given)
    assert await votes.unrecorded(100) == []
    kept = {
        (row["message_id"], row["user_id"], row["organization_id"], row["rating"], row["at"])
        for row in await owner.rows("SELECT * FROM user_feedback")
    }
    epoch = utc_now().fromtimestamp(0, tz=utc_now().tzinfo)
    rows = await connection.cql.fetch(MIRRORED)
    assert {(*row[:4], epoch + timedelta(microseconds=row[4])) for row in rows} == kept
    assert len(kept) == 12


async def test_a_vote_that_changes_meanwhile_is_written_again(
    owner: Owner, feedback: PostgresFeedback, votes: PostgresVotes, vote: Vote
) -> None:
    person = await account_of(owner, vote)
    await feedback.rate(person, message_id=vote.message_id, helpful=False)
    await votes.mark([vote])
    [changed] = await votes.unrecorded(10)
    assert (changed.rating, changed.at > vote.at) == (-1, True)
    await votes.mark([changed])
    assert await votes.unrecorded(10) == []
    await owner.run("UPDATE user_feedback SET rating = 1")
    assert [one.rating for one in await votes.unrecorded(10)] == [1]


async def test_an_older_version_does_not_replace_a_newer_one(
    vote: Vote, mirror: ScyllaVotes, connection: Connection
) -> None:
    newer = replace(vote, rating=-1, at=vote.at + timedelta(microseconds=1), comment="No.\x00")
    for one in (newer, vote, newer, vote):
        await mirror.write(one)
    [row] = await connection.cql.fetch(MIRRORED)
    assert (row[3], row[5]) == (-1, "No.�")


async def test_what_was_erased_does_not_come_back_late(
    vote: Vote, mirror: ScyllaVotes, connection: Connection
) -> None:
    later = replace(vote, message_id=new_id(), at=vote.at + timedelta(hours=1))
    await mirror.write(vote)
    await Erasures(cql=connection.cql).erase(vote.user_id, until=vote.at + timedelta(minutes=1))
    await mirror.write(vote)
    await mirror.write(later)
    assert await ratings(connection) == {(later.message_id, later.user_id): 1}


async def test_votes_live_as_long_as_conversations(vote: Vote, connection: Connection) -> None:
    short = scylla_votes(connection, keep=timedelta(days=10))
    await short.write(replace(vote, at=utc_now() - timedelta(days=11)))
    assert await ratings(connection) == {}
    await short.write(replace(vote, at=utc_now() - timedelta(days=8)))
    [(left,)] = await connection.cql.fetch("SELECT ttl(rating) FROM user_feedback")
    assert round(left / 86_400) == 2


async def account_of(owner: Owner, vote: Vote) -> Account:
    return replace(await add_person(owner), user_id=vote.user_id)
