"""Notifications are listed once, capped, forgotten in time, and there again after a flush."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from adapters.stores.postgres.happened import PostgresHappened
from adapters.stores.redis.notifications import RedisNotifications
from adapters.stores.redis.pipeline import Pipeline
from bots.clock import new_id, utc_now
from bots.embedded import Addresses
from core.errors import UnavailableError
from core.notifications import MOST, NotificationService
from core.ports.erasure import Erasure
from core.ports.notifications import Notice, Notification
from tests.stores.people import Owner, add_person, open_owner
from tests.stores.replica import Replica, open_replica, slack_message
from tests.stores.valkey import Valkey

GAP = """
INSERT INTO knowledge_gaps (organization_id, question_hash, question)
VALUES ($1, sha256('q'), 'where is the key')
"""
ASKED = """
INSERT INTO gap_askers (organization_id, question_hash, conversation_id, user_id, message_id,
                        question, answered_at)
VALUES ($1, sha256('q'), gen_random_uuid(), $2, $3, 'Where is  the key?', $4)
"""


@pytest.fixture
def lists(pipeline: Pipeline) -> RedisNotifications:
    return RedisNotifications(pipeline=pipeline)


@pytest.fixture
async def owner(addresses: Addresses) -> AsyncIterator[Owner]:
    async with open_owner(addresses) as owner:
        yield owner


@pytest.fixture
async def replica(addresses: Addresses) -> AsyncIterator[Replica]:
    async with open_replica(addresses) as replica:
        yield replica


@pytest.fixture
def service(lists: RedisNotifications, replica: Replica) -> NotificationService:
    happened = PostgresHappened(database=replica.bot)
    return NotificationService(lists=lists, happened=happened, clock=utc_now)


def several(count: int) -> list[Notification]:
    start = utc_now() - timedelta(hours=count)
    return [
        Notification(
            id=uuid4(),
            kind=Notice.ANSWERED,
            text=f"number {number}",
            at=start + timedelta(minutes=number),
        )
        for number in range(count)
    ]


async def test_the_latest_are_listed_first_and_nothing_twice(lists: RedisNotifications) -> None:
    user, three = uuid4(), several(3)
    await lists.add(user, three)
    await lists.add(user, [replace(three[0], at=utc_now(), text="again"), three[2]])
    found = await lists.read(user, limit=10)
    assert (found.latest, found.unread) == (three[::-1], 3)
    assert (await lists.read(user, limit=1)).latest == [three[2]]
    assert (await lists.read(uuid4(), limit=10)).latest == []


async def test_what_was_read_is_not_unread_and_stays(lists: RedisNotifications) -> None:
    user, three = uuid4(), several(3)
    await lists.add(user, three[:2])
    await lists.mark_read(user, utc_now())
    assert (await lists.read(user, limit=10)).unread == 0
    newer = replace(three[2], at=utc_now() + timedelta(seconds=1))
    await lists.add(user, [newer])
    found = await lists.read(user, limit=10)
    assert (len(found.latest), found.unread) == (3, 1)


async def test_a_list_is_capped_and_expires(lists: RedisNotifications, admin: Redis) -> None:
    user, many = uuid4(), several(MOST + 7)
    await lists.add(user, many)
    assert [one.text for one in (await lists.read(user, limit=1000)).latest] == [
        one.text for one in many[:6:-1]
    ]
    await lists.mark_read(user, utc_now())
    keys = [key async for key in admin.scan_iter()]
    assert len(keys) == 3
    for key in keys:
        assert 29 * 86_400 < await admin.ttl(key) <= 30 * 86_400
    assert await admin.hlen(f"trialogue:notifications:user:{{{user}}}:texts") == MOST
    await lists.forget(Erasure(user_id=user, until=utc_now()))
    assert [key async for key in admin.scan_iter()] == []


async def test_a_server_that_is_away_is_said_to_be(
    lists: RedisNotifications, service: NotificationService, valkey: Valkey, replica: Replica
) -> None:
    valkey.kill()
    with pytest.raises(UnavailableError):
        await lists.read(uuid4(), limit=1)
    await service.answered(uuid4(), new_id(), "Where?")  # nothing raises on the way of an answer


async def test_what_was_lost_is_made_of_what_happened(
    service: NotificationService, replica: Replica, owner: Owner, admin: Redis
) -> None:
    """A question that was answered later, and four of five messages that are used."""
    await owner.run("UPDATE plan_limits SET per_month = 5 WHERE resource_type = 'messages'")
    for number in range(1, 5):
        admitted = await replica.admit(slack_message(number))
        await replica.settle(admitted, "yes")
        assert admitted.account
        await service.counted(admitted.account)
    assert admitted.account
    user, message_id = admitted.account.user_id, new_id()
    await owner.run(GAP, owner.organization_id)
    await owner.run(ASKED, owner.organization_id, user, message_id, utc_now())
    await service.answered(user, message_id, "Where is  the key?")

    before = await service.of(user)
    assert {one.text for one in before.latest} == {
        "Your question was answered: Where is the key?",
        *(one.text for one in before.latest if one.text.startswith("You have used 4 of 5")),
    }
    assert (len(before.latest), before.unread) == (2, 2)
    await service.mark_read(user)
    assert (await service.of(user)).unread == 0

    await admin.flushall()
    after = await service.of(user)
    assert {(one.id, one.text) for one in after.latest} == {
        (one.id, one.text) for one in before.latest
    }
    stranger = (await add_person(owner)).user_id
    assert (await service.of(stranger)).latest == []
    assert isinstance(user, UUID)
