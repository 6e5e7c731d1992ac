"""Votes on answers, alike on PostgreSQL and on a CQL engine."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from bots.clock import new_id
from core.accounts import Account
from tests.stores.engines import ENGINES, Engine, Source, open_engine, source_of


@pytest.fixture(params=ENGINES)
def source(request: pytest.FixtureRequest) -> Source:
    return source_of(request)


@pytest.fixture
async def engine(source: Source) -> AsyncIterator[Engine]:
    async with open_engine(source) as engine:
        yield engine


def account() -> Account:
    return Account(
        user_id=uuid4(),
        organization_id=uuid4(),
        plan="free",
        quota_limit=1000,
        quota_left=1000,
        knowledge_revision=1,
    )


async def test_the_last_vote_of_a_person_counts(engine: Engine) -> None:
    message_id, person = new_id(), account()
    for helpful in (True, True, False):
        await engine.feedback.rate(person, message_id=message_id, helpful=helpful)
    assert await engine.votes() == [(message_id, person.user_id, -1)]


async def test_each_person_has_a_vote_on_each_answer(engine: Engine) -> None:
    people, messages = [account() for _ in range(3)], [new_id() for _ in range(4)]
    await asyncio.gather(
        *(
            engine.feedback.rate(person, message_id=message, helpful=True)
            for person in people
            for message in messages
        )
    )
    expected = {(message, person.user_id, 1) for person in people for message in messages}
    assert set(await engine.votes()) == expected
    assert len(await engine.votes()) == 12
