"""Admission and settlement, and the traps of doing them in groups."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg
import pytest

from adapters.stores.postgres.seen import PostgresSeen
from bots.clock import new_id
from bots.embedded import Addresses
from core.accounts import Access
from core.errors import UnstorableError
from core.messages import Kind, Platform
from core.ports.inbox import Verdict
from tests.stores.replica import (
    Replica,
    delivered,
    open_replica,
    slack_message,
    telegram_direct_message,
    telegram_group_message,
)


@pytest.fixture
async def replica(addresses: Addresses) -> AsyncIterator[Replica]:
    async with open_replica(addresses) as replica:
        yield replica


@pytest.fixture
async def other(addresses: Addresses) -> AsyncIterator[Replica]:
    async with open_replica(addresses) as replica:
        yield replica


async def test_first_contact_creates_space_account_and_membership(replica: Replica) -> None:
    admitted = await replica.admit(slack_message(1))

    assert admitted.verdict is Verdict.NEW
    assert admitted.account is not None
    assert admitted.account.plan == "free"
    assert admitted.account.quota_left == 1000
    assert await replica.one("SELECT id FROM spaces WHERE platform = 'slack'") == "T1"
    assert (
        await replica.one("SELECT user_id FROM memberships WHERE role = 'member'")
        == admitted.account.user_id
    )


async def test_a_person_keeps_their_account(replica: Replica) -> None:
    first = await replica.admit(slack_message(1))
    second = await replica.admit(slack_message(2, thread="2.2"))
    stranger = await replica.admit(slack_message(3, user="U2"))

    assert first.account
    assert second.account
    assert stranger.account
    assert first.account.user_id == second.account.user_id
    assert first.account.user_id != stranger.account.user_id


async def test_the_same_event_is_admitted_once(replica: Replica) -> None:
    first = await replica.admit(slack_message(1))
    again = await replica.admit(slack_message(1))

    assert again.verdict is Verdict.DUPLICATE
    assert again.id == first.id


async def test_two_events_of_one_message_are_admitted_once(replica: Replica) -> None:
    await replica.admit(slack_message(1, event="EvMention"))
    twin = await replica.admit(slack_message(1, event="EvMessage"))

    assert twin.verdict is Verdict.DUPLICATE


async def test_copies_within_one_group_are_admitted_once(replica: Replica) -> None:
    async with asyncio.TaskGroup() as tasks:
        # The first call occupies the statement; the others wait and share the next one.
        tasks.create_task(replica.admit(slack_message(0)))
        copies = [tasks.create_task(replica.admit(slack_message(1))) for _ in range(5)]
        twins = [
            tasks.create_task(replica.admit(slack_message(1, event=f"Twin{n}"))) for n in range(5)
        ]

    verdicts = [task.result().verdict for task in copies + twins]
    assert verdicts.count(Verdict.NEW) == 1
    assert verdicts.count(Verdict.DUPLICATE) == 9
    assert await replica.one("SELECT count(*) FROM inbox") == 2


async def test_a_repeat_of_our_own_call_is_ours(replica: Replica) -> None:
    message, message_id = slack_message(1), new_id()
    first = await replica.inbox.admit(message, message_id=message_id)
    repeat = await replica.inbox.admit(message, message_id=message_id)

    assert repeat.verdict is Verdict.YOURS
    assert (repeat.id, repeat.sequence, repeat.attempt) == (first.id, 1, 1)


async def test_the_same_event_to_two_replicas_at_once_is_admitted_once(
    replica: Replica, other: Replica
) -> None:
    messages = [slack_message(n, thread=str(n % 7)) for n in range(200)]
    async with asyncio.TaskGroup() as tasks:
        calls = [
            tasks.create_task(one.admit(message))
            for message in messages
            for one in (replica, other)
        ]

    verdicts = [call.result().verdict for call in calls]
    assert verdicts.count(Verdict.NEW) == 200
    assert verdicts.count(Verdict.DUPLICATE) == 200


async def test_unsorted_groups_of_new_people_and_places_do_not_deadlock(
    replica: Replica, other: Replica, addresses: Addresses
) -> None:
    """Each replica inserts the same new keys in the opposite order."""
    names = [f"{n:03}" for n in range(120)]
    for round_number in range(5):
        messages = [
            slack_message(round_number * 1000 + n, thread=f"{round_number}.{name}", user=f"U{name}")
            for n, name in enumerate(names)
        ]
        async with asyncio.TaskGroup() as tasks:
            for message in messages:
                tasks.create_task(replica.admit(message))
            for message in reversed(messages):
                tasks.create_task(other.admit(message))

    connection = await asyncpg.connect(addresses.postgres_owner_dsn)
    deadlocks = await connection.fetchval(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    await connection.close()
    assert deadlocks == 0
    assert await replica.one("SELECT count(*) FROM inbox") == 600
    assert await replica.one("SELECT count(*) FROM identities") == 120


async def test_messages_of_a_conversation_are_numbered_without_gaps(
    replica: Replica, other: Replica
) -> None:
    async with asyncio.TaskGroup() as tasks:
        for n in range(100):
            tasks.create_task((replica if n % 2 else other).admit(slack_message(n)))
            tasks.create_task(replica.admit(slack_message(n)))

    rows = await replica.database.fetch("SELECT sequence FROM inbox ORDER BY sequence")
    assert [row["sequence"] for row in rows] == list(range(1, 101))


async def test_one_replica_owns_a_busy_conversation(replica: Replica, other: Replica) -> None:
    first = await replica.admit(slack_message(1))
    second = await other.admit(slack_message(2))

    assert second.owner == replica.id
    assert second.queued

    await replica.settle(first, "one")
    [handed] = await replica.inbox.waiting(first.conversation_id)
    assert handed.message.message_id == "2"
    await replica.settle(handed, "two")
    assert (await other.admit(slack_message(3))).owner == other.id


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"])
async def test_one_message_the_database_refuses_harms_no_other(replica: Replica, text: str) -> None:
    """It gets past a careless caller: its own call fails, the group's other calls do not."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(replica.admit(slack_message(0)))
        good = [
            tasks.create_task(replica.admit(slack_message(n, thread=str(n)))) for n in range(1, 20)
        ]
        bad = tasks.create_task(_error_of(replica.admit(slack_message(99, text=text))))
        good += [
            tasks.create_task(replica.admit(slack_message(n, thread=str(n)))) for n in range(20, 40)
        ]

    assert isinstance(bad.result(), UnstorableError)
    assert {task.result().verdict for task in good} == {Verdict.NEW}
    assert await replica.one("SELECT count(*) FROM inbox") == 40


async def test_every_message_is_counted_once(replica: Replica) -> None:
    admitted = await replica.admit(slack_message(1))
    await replica.settle(admitted, "yes")
    await replica.settle(admitted, "yes")

    after = await replica.admit(slack_message(2))
    assert after.account
    assert after.account.quota_left == 999
    assert await replica.one("SELECT sum(quantity) FROM usage_records") == 1


async def test_usage_is_summed_for_one_person_within_a_group(replica: Replica) -> None:
    """An UPDATE from a list applies once a row: ten messages of one person must count ten."""
    waiting = [await replica.admit(slack_message(n, thread=str(n))) for n in range(30)]
    async with asyncio.TaskGroup() as tasks:
        for admitted in waiting:
            tasks.create_task(replica.settle(admitted, "yes"))

    assert await replica.one("SELECT used FROM quotas") == 30
    assert await replica.one("SELECT count(*) FROM usage_records") == 30


async def test_settling_hands_back_the_first_part_and_keeps_the_rest_in_line(
    replica: Replica,
) -> None:
    admitted = await replica.admit(slack_message(1))
    settled = await replica.settle(admitted, "one", "two", "three")

    texts = []
    postings = list(settled.postings)
    while postings:
        [posting] = postings
        texts.append(posting.text)
        postings = list(await replica.outbox.sent(posting, delivered(posting)))
    assert texts == ["one", "two", "three"]


async def test_a_message_that_changed_hands_is_not_settled_by_its_old_owner(
    addresses: Addresses, other: Replica
) -> None:
    async with open_replica(addresses, alive=False) as paused:
        admitted = await paused.admit(slack_message(1))
        [adopted] = await other.recovery.messages(10)

        assert not (await paused.settle(admitted, "late")).applied
        assert (await other.settle(adopted, "right")).applied
    assert await other.one("SELECT text FROM outbox") == "right"


async def test_a_stranger_is_refused_and_gets_no_account(replica: Replica) -> None:
    admitted = await replica.admit(telegram_direct_message(1))

    assert admitted.verdict is Verdict.REFUSED
    assert admitted.account is None
    assert await replica.one("SELECT count(*) FROM users") == 0
    settled = await replica.settle(admitted, "Sorry.")
    assert [posting.text for posting in settled.postings] == ["Sorry."]
    assert await replica.one("SELECT count(*) FROM usage_records") == 0


async def test_a_member_of_a_group_may_write_directly(replica: Replica) -> None:
    group = await replica.admit(telegram_group_message(1))
    direct = await replica.admit(telegram_direct_message(2, user="5"))

    assert direct.verdict is Verdict.NEW
    assert group.account
    assert direct.account
    assert direct.account.user_id == group.account.user_id


async def test_open_access_takes_everybody(addresses: Addresses) -> None:
    async with open_replica(addresses, access=Access.OPEN) as replica:
        assert (await replica.admit(telegram_direct_message(1))).verdict is Verdict.NEW


async def test_invite_takes_only_people_who_were_added(addresses: Addresses) -> None:
    async with open_replica(addresses) as members:
        await members.admit(slack_message(1, user="U1"))
    async with open_replica(addresses, access=Access.INVITE) as replica:
        assert (await replica.admit(slack_message(2, user="U1"))).verdict is Verdict.NEW
        assert (await replica.admit(slack_message(3, user="U2"))).verdict is Verdict.REFUSED


async def test_a_suspended_account_is_told_so(replica: Replica) -> None:
    await replica.admit(slack_message(1))
    await replica.database.fetch("UPDATE users SET is_active = false")

    assert (await replica.admit(slack_message(2))).verdict is Verdict.SUSPENDED


async def test_a_reply_in_a_group_joins_the_chain_of_what_it_answers(replica: Replica) -> None:
    question = await replica.admit(telegram_group_message(10))
    settled = await replica.settle(question, "Like this.")
    [posting] = settled.postings
    answer_id = "11"
    await replica.outbox.sent(posting, type(delivered(posting))(message_ids=(answer_id,)))

    follow_up = await replica.admit(telegram_group_message(12, reply_to=answer_id))
    deeper = await replica.admit(telegram_group_message(13, reply_to="12"))
    apart = await replica.admit(telegram_group_message(14))

    assert question.conversation.key == "telegram:7:-100:0:10"
    assert follow_up.conversation_id == question.conversation_id == deeper.conversation_id
    assert apart.conversation_id != question.conversation_id


async def test_only_what_was_written_moves_the_mark_for_reading_back(replica: Replica) -> None:
    """A command has an id of its own, newer than messages that may have been missed."""
    seen = PostgresSeen(database=replica.bot, platform=Platform.SLACK)
    await replica.admit(slack_message(1))
    await replica.admit(replace(slack_message(2), kind=Kind.COMMAND))
    assert await seen() == {"C1": "1"}
    await replica.admit(slack_message(3))
    assert await seen() == {"C1": "3"}
    assert await seen.began() < datetime.now(UTC)


async def test_the_application_owns_nothing(replica: Replica, addresses: Addresses) -> None:
    [row] = await replica.bot.fetch(
        "SELECT current_user AS name, (SELECT count(*) FROM pg_class WHERE relowner ="
        " (SELECT oid FROM pg_roles WHERE rolname = current_user)) AS owned"
    )
    assert (row["name"], row["owned"]) == ("trialogue_bot", 0)
    for statement in ("DELETE FROM usage_records", "CREATE TABLE mine (id int)"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await replica.bot.fetch(statement)
    async with open_replica(addresses) as again:
        assert again.id != replica.id


async def _error_of(call: Awaitable[object]) -> BaseException | None:
    [outcome] = await asyncio.gather(call, return_exceptions=True)
    return outcome if isinstance(outcome, BaseException) else None
