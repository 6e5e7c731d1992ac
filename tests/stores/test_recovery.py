"""What a vanished replica leaves is picked up once, in order."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bots.embedded import Addresses
from core.messages import Platform
from tests.stores.replica import (
    TIMEOUT,
    Replica,
    delivered,
    open_replica,
    slack_message,
    telegram_direct_message,
)


@pytest.fixture
async def survivor(addresses: Addresses) -> AsyncIterator[Replica]:
    async with open_replica(addresses) as replica:
        yield replica


@pytest.fixture
async def vanished(addresses: Addresses) -> AsyncIterator[Replica]:
    """A replica that has never said it lives."""
    async with open_replica(addresses, alive=False) as replica:
        yield replica


async def test_a_living_replica_keeps_its_messages(survivor: Replica, addresses: Addresses) -> None:
    async with open_replica(addresses) as living:
        await living.admit(slack_message(1))
        assert await survivor.recovery.messages(10) == []


async def test_messages_are_taken_over_in_order_with_a_new_attempt(
    survivor: Replica, vanished: Replica
) -> None:
    for number in range(1, 6):
        await vanished.admit(slack_message(number))

    adopted = await survivor.recovery.messages(10)
    assert [one.message.message_id for one in adopted] == ["1", "2", "3", "4", "5"]
    assert {(one.attempt, one.orphaned, one.owner) for one in adopted} == {(2, True, survivor.id)}
    assert (await survivor.admit(slack_message(6))).owner == survivor.id


async def test_two_sweepers_share_what_there_is(
    survivor: Replica, vanished: Replica, addresses: Addresses
) -> None:
    for number in range(60):
        await vanished.admit(slack_message(number, thread=str(number)))
    async with open_replica(addresses) as second:
        one, two = await asyncio.gather(
            survivor.recovery.messages(100), second.recovery.messages(100)
        )
    assert len({admitted.id for admitted in (*one, *two)}) == len(one) + len(two)
    assert len(one) + len(two) + len(await survivor.recovery.messages(100)) == 60


async def test_a_replica_that_leaves_gives_back_without_a_crash(
    survivor: Replica, addresses: Addresses
) -> None:
    async with open_replica(addresses) as leaving:
        await leaving.admit(slack_message(1))
        await leaving.recovery.leave()
    [adopted] = await survivor.recovery.messages(10)
    assert not adopted.orphaned


async def test_crashes_are_counted_when_the_message_is_handled_again(
    survivor: Replica, vanished: Replica
) -> None:
    await vanished.admit(slack_message(1))
    [adopted] = await survivor.recovery.messages(10)
    assert [await survivor.inbox.redrive(adopted) for _ in range(3)] == [1, 2, 3]


async def test_a_posting_that_was_being_sent_is_unconfirmed(
    survivor: Replica, vanished: Replica
) -> None:
    await vanished.settle(await vanished.admit(slack_message(1)), "one", "two")

    [posting] = await survivor.recovery.postings(10)
    assert (posting.text, posting.unconfirmed) == ("one", True)
    [following] = await survivor.outbox.sent(posting, delivered(posting))
    assert (following.text, following.unconfirmed) == ("two", False)


async def test_a_posting_whose_turn_was_missed_is_found(
    survivor: Replica, vanished: Replica
) -> None:
    [posting] = (await vanished.settle(await vanished.admit(slack_message(1)), "one")).postings
    await vanished.outbox.later(posting, timedelta(minutes=1), reason="429")
    assert await survivor.recovery.postings(10) == []
    await survivor.database.fetch(
        "UPDATE outbox SET next_at = next_at - interval '1 minute' - 1.1 * $1::interval", TIMEOUT
    )

    [found] = await survivor.recovery.postings(10)
    assert (found.id, found.unconfirmed) == (posting.id, False)


async def test_a_zombies_confirmation_still_counts(survivor: Replica, vanished: Replica) -> None:
    """The old owner wakes up and reports what the platform had accepted."""
    [posting] = (await vanished.settle(await vanished.admit(slack_message(1)), "one")).postings
    [taken] = await survivor.recovery.postings(10)
    await vanished.outbox.sent(posting, delivered(posting))

    await survivor.outbox.later(taken, timedelta(0), reason="busy")
    assert await survivor.one("SELECT state FROM outbox") == "sent"


async def test_unrecorded_turns_are_found_until_they_are_marked(survivor: Replica) -> None:
    admitted = await survivor.admit(slack_message(1, text="How?"))
    await survivor.settle(admitted, "Like ", "this.")
    assert await survivor.recovery.unrecorded(10) == []
    await survivor.database.fetch(
        "UPDATE inbox SET received_at = received_at - 1.1 * $1::interval,"
        " settled_at = settled_at - 1.1 * $1::interval",
        TIMEOUT,
    )

    [exchange] = await survivor.recovery.unrecorded(10)
    assert (exchange.question, exchange.answer) == ("How?", "Like this.")
    await survivor.threads.append(exchange.turns)
    await survivor.threads.append(exchange.turns)
    await survivor.recorded.mark(exchange.message_id)

    assert await survivor.recovery.unrecorded(10) == []
    turns = await survivor.threads.history(admitted.conversation_id, limit=10)
    assert [(turn.actor, turn.text) for turn in turns] == [
        ("person", "How?"),
        ("bot", "Like this."),
    ]


async def test_rows_are_forgotten_only_when_settled_recorded_and_old(
    survivor: Replica, addresses: Addresses
) -> None:
    settled = await survivor.admit(slack_message(1, thread="1"))
    [posting] = (await survivor.settle(settled, "yes")).postings
    await survivor.outbox.sent(posting, delivered(posting))
    await survivor.recorded.mark(settled.id)
    await survivor.settle(await survivor.admit(slack_message(2, thread="2")), "unrecorded")
    await survivor.admit(slack_message(3, thread="3"))
    assert await survivor.recovery.forget(100) == 0

    await survivor.database.fetch("UPDATE inbox SET received_at = now() - interval '3 days'")
    await survivor.database.fetch("UPDATE outbox SET written_at = now() - interval '3 days'")
    assert await survivor.recovery.forget(100) == 2
    assert await survivor.one("SELECT count(*) FROM inbox") == 2


async def test_only_what_can_be_answered_here_is_taken_over(
    survivor: Replica, vanished: Replica
) -> None:
    """Another replica has the other platform's token."""
    await vanished.admit(slack_message(1))
    await vanished.settle(await vanished.admit(slack_message(2, thread="2")), "yes")
    elsewhere = replace(survivor.recovery, platforms=(Platform.TELEGRAM,))

    assert await elsewhere.messages(10) == []
    assert await elsewhere.postings(10) == []
    assert len(await survivor.recovery.messages(10)) == 1
    assert len(await survivor.recovery.postings(10)) == 1


async def test_after_a_break_of_all_the_others_get_time_to_be_heard(
    survivor: Replica, addresses: Addresses
) -> None:
    """The database was away for everybody: nobody is dead for that."""
    async with open_replica(addresses) as living:
        await living.admit(slack_message(1))
        await living.settle(await living.admit(slack_message(2, thread="2")), "yes")
        await survivor.database.fetch(
            "UPDATE replicas SET heartbeat_at = now() - 1.1 * $1::interval", TIMEOUT
        )
        assert await survivor.recovery.messages(10) == []
        await survivor.recovery.heartbeat()
        assert await survivor.recovery.messages(10) == []
        assert await survivor.recovery.postings(10) == []

        await living.recovery.heartbeat()
        await survivor.database.fetch(
            "UPDATE replicas SET steady_since = steady_since - $1::interval", TIMEOUT
        )
        assert await survivor.recovery.messages(10) == []
        await survivor.database.fetch(
            "UPDATE replicas SET heartbeat_at = now() - 1.1 * $2::interval WHERE id = $1",
            living.id,
            TIMEOUT,
        )
        assert len(await survivor.recovery.messages(10)) == 1
        assert len(await survivor.recovery.postings(10)) == 1


async def test_ones_own_waiting_messages_do_not_hide_what_others_left(
    survivor: Replica, vanished: Replica
) -> None:
    for number in range(5):
        await survivor.admit(slack_message(number, thread=str(number)))
    await vanished.admit(slack_message(9, thread="9"))
    await survivor.database.fetch(
        "UPDATE inbox SET received_at = now() - 2 * $1::interval", TIMEOUT
    )
    adopted = await survivor.recovery.messages(2)
    assert "9" in {one.message.message_id for one in adopted}


async def test_postings_of_a_platform_that_is_gone_do_not_hide_others(
    survivor: Replica, vanished: Replica
) -> None:
    for number in range(5):
        await vanished.settle(await vanished.admit(slack_message(number, thread=f"{number}")), "x")
    await vanished.settle(await vanished.admit(telegram_direct_message(9)), "yes")
    here = replace(survivor.recovery, platforms=(Platform.TELEGRAM,))
    assert [posting.text for posting in await here.postings(2)] == ["yes"]
