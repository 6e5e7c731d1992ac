"""Postings: one at a time in a conversation, each brought to an end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bots.embedded import Addresses
from core.messages import Posting
from tests.stores.replica import Replica, delivered, open_replica, slack_message

SOON = timedelta(milliseconds=50)


@pytest.fixture
async def replica(addresses: Addresses) -> AsyncIterator[Replica]:
    async with open_replica(addresses) as replica:
        yield replica


async def _posting(replica: Replica, number: int, text: str = "yes") -> list[Posting]:
    admitted = await replica.admit(slack_message(number))
    return list((await replica.settle(admitted, text)).postings)


async def test_only_the_head_of_a_conversation_is_sent(replica: Replica) -> None:
    [first] = await _posting(replica, 1, "one")
    assert await _posting(replica, 2, "two") == []

    [second] = await replica.outbox.sent(first, delivered(first))
    assert second.text == "two"
    assert await replica.outbox.sent(second, delivered(second)) == []


async def test_a_posting_that_waits_holds_its_conversation_back(replica: Replica) -> None:
    [first] = await _posting(replica, 1, "one")
    await replica.outbox.later(first, timedelta(minutes=1), reason="429")
    assert await _posting(replica, 2, "two") == []
    assert await replica.outbox.due([first.conversation_id]) == []


async def test_a_posting_whose_time_has_come_is_tried_again(replica: Replica) -> None:
    [first] = await _posting(replica, 1)
    await replica.outbox.later(first, SOON, reason="429")
    await asyncio.sleep(SOON.total_seconds() * 2)
    [again] = await replica.outbox.due([first.conversation_id])
    assert (again.id, again.attempts, again.unconfirmed) == (first.id, 2, False)


async def test_a_posting_whose_delay_is_over_already_is_handed_out_once(replica: Replica) -> None:
    [first] = await _posting(replica, 1)
    at_once = await replica.outbox.later(first, timedelta(microseconds=1), reason="429")
    await asyncio.sleep(SOON.total_seconds())
    after = await replica.outbox.due([first.conversation_id])
    assert [one.id for one in (*at_once, *after)] == [first.id]


async def test_an_unconfirmed_posting_says_so_on_its_next_attempt(replica: Replica) -> None:
    [first] = await _posting(replica, 1)
    await replica.outbox.later(first, timedelta(0), reason="reset", unconfirmed=True)
    await asyncio.sleep(SOON.total_seconds())
    assert await replica.one("SELECT state FROM outbox") == "ambiguous"

    [again] = await replica.outbox.due([first.conversation_id])
    assert again.unconfirmed


async def test_a_refused_format_is_sent_again_as_plain_text(replica: Replica) -> None:
    [first] = await _posting(replica, 1)
    [again] = await replica.outbox.plain(first)
    assert (again.id, again.plain) == (first.id, True)


async def test_a_dead_posting_frees_its_conversation(replica: Replica) -> None:
    [first] = await _posting(replica, 1, "one")
    await _posting(replica, 2, "two")
    [second] = await replica.outbox.dead(first, "channel_not_found")
    assert second.text == "two"
    assert await replica.one("SELECT reason FROM outbox WHERE state = 'dead'") == (
        "channel_not_found"
    )


async def test_a_notice_goes_ahead_of_the_answer_and_only_once(replica: Replica) -> None:
    admitted = await replica.admit(slack_message(1))
    [notice] = await replica.outbox.notice(admitted, "one moment", private=False)
    assert await replica.outbox.notice(admitted, "one moment", private=False) == []
    assert (await replica.settle(admitted, "yes")).postings == []

    [answer] = await replica.outbox.sent(notice, delivered(notice))
    assert answer.text == "yes"


async def test_a_notice_is_its_authors_alone_where_the_answer_is(replica: Replica) -> None:
    admitted = await replica.admit(slack_message(1))
    [notice] = await replica.outbox.notice(admitted, "one moment", private=True)
    assert notice.visible_to == admitted.message.author.id


async def test_nobody_is_told_to_wait_for_what_they_have(replica: Replica) -> None:
    admitted = await replica.admit(slack_message(1))
    [answer] = (await replica.settle(admitted, "yes")).postings
    assert await replica.outbox.notice(admitted, "one moment", private=False) == []
    assert await replica.outbox.sent(answer, delivered(answer)) == []


async def test_ends_of_many_conversations_share_a_group(replica: Replica) -> None:
    postings: list[Posting] = []
    for number in range(50):
        admitted = await replica.admit(slack_message(number, thread=str(number)))
        postings += (await replica.settle(admitted, "one", "two")).postings
    async with asyncio.TaskGroup() as tasks:
        calls = [tasks.create_task(replica.outbox.sent(one, delivered(one))) for one in postings]

    freed = [posting for call in calls for posting in call.result()]
    assert {posting.text for posting in freed} == {"two"}
    assert {call.result()[0].conversation_id for call in calls} == {
        posting.conversation_id for posting in postings
    }
    for call, posting in zip(calls, postings, strict=True):
        assert call.result()[0].conversation_id == posting.conversation_id


async def test_settling_while_the_head_ends_leaves_no_posting_behind(replica: Replica) -> None:
    """The race between a new row and the end of the one before it, on two connections."""
    for round_number in range(40):
        thread = f"9.{round_number}"
        first = await replica.admit(slack_message(2 * round_number, thread=thread))
        [head] = (await replica.settle(first, "one")).postings
        second = await replica.admit(slack_message(2 * round_number + 1, thread=thread))
        async with asyncio.TaskGroup() as tasks:
            settled = tasks.create_task(replica.settle(second, "two"))
            freed = tasks.create_task(replica.outbox.sent(head, delivered(head)))
        handed = [*settled.result().postings, *freed.result()]
        assert [posting.text for posting in handed] == ["two"]


async def test_an_earlier_message_that_ends_later_waits_for_what_is_being_sent(
    replica: Replica,
) -> None:
    first, second = await replica.admit(slack_message(1)), await replica.admit(slack_message(2))
    [sending] = (await replica.settle(second, "two")).postings
    assert await replica.outbox.notice(first, "one moment", private=False) == []
    assert (await replica.settle(first, "one")).postings == []
    assert await replica.outbox.due([first.conversation_id]) == []

    [notice] = await replica.outbox.sent(sending, delivered(sending))
    [answer] = await replica.outbox.sent(notice, delivered(notice))
    assert (notice.text, answer.text) == ("one moment", "one")
