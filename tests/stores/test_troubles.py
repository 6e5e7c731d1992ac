"""What was given up is listed, and the admins hear of it: once, and not too often."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.stores.postgres.troubles import PostgresTroubles
from bots.clock import new_id, utc_now
from bots.embedded import Addresses
from core.messages import Posting
from core.ports.troubles import GivenUp, Trouble
from core.troubles import letter
from tests.stores.people import Owner, open_owner
from tests.stores.replica import TIMEOUT, Replica, open_replica, slack_message

NOW = timedelta(0)
HOUR = timedelta(hours=1)
ADMIN = """
UPDATE memberships SET role = 'admin'
 WHERE user_id = (SELECT user_id FROM identities WHERE id = $1)
"""


@pytest.fixture
async def replica(addresses: Addresses) -> AsyncIterator[Replica]:
    async with open_replica(addresses) as replica:
        yield replica


@pytest.fixture
async def owner(addresses: Addresses) -> AsyncIterator[Owner]:
    async with open_owner(addresses) as owner:
        yield owner


def troubles_of(replica: Replica) -> PostgresTroubles:
    return PostgresTroubles(database=replica.bot, replica=replica.id, settle=NOW)


async def gives_up(replica: Replica, number: int, reason: str = "channel_not_found") -> Posting:
    """A reply that no platform takes."""
    admitted = await replica.admit(slack_message(number, user="U1", thread=str(number)))
    [posting] = (await replica.settle(admitted, "yes")).postings
    await replica.outbox.dead(posting, reason)
    return posting


async def has_admin(replica: Replica, owner: Owner, user: str = "U2") -> None:
    await replica.settle(await replica.admit(slack_message(900, user=user, thread="900")))
    await owner.run(ADMIN, user)


async def told(troubles: PostgresTroubles, *, pause: timedelta = HOUR) -> list[tuple[int, Posting]]:
    """Write what is due, as the sweep does; how many admins each letter is for."""
    written = []
    for due in await troubles.due(pause=pause):
        letters = await troubles.tell(due, "It did not work.")
        if letters is not None:
            written += [(letters.admins, posting) for posting in letters.postings]
    return written


async def test_admins_are_written_to_once_where_the_trouble_was(
    replica: Replica, owner: Owner
) -> None:
    await has_admin(replica, owner)
    troubles = troubles_of(replica)
    assert await troubles.due(pause=HOUR) == []
    await gives_up(replica, 1)
    await gives_up(replica, 2)
    [(admins, posting)] = await told(troubles)
    assert (admins, posting.visible_to) == (1, "U2")
    assert (posting.conversation.key, posting.conversation.direct) == ("slack:T1:U2", True)
    assert posting.text == "It did not work."
    assert await told(troubles, pause=NOW) == []


async def test_what_happens_within_the_hour_is_in_the_next_letter(
    replica: Replica, owner: Owner
) -> None:
    await has_admin(replica, owner)
    troubles = troubles_of(replica)
    await gives_up(replica, 1)
    assert len(await told(troubles)) == 1
    later = await gives_up(replica, 2, "is_archived")
    assert await told(troubles) == []
    [due] = await troubles.due(pause=NOW)
    [found] = await troubles.of(due.organization_id, due.since, due.until)
    assert (found.id, found.kind, found.reason) == (later.id, GivenUp.POSTING, "is_archived")


async def test_of_two_bots_one_writes(addresses: Addresses, replica: Replica, owner: Owner) -> None:
    await has_admin(replica, owner)
    await gives_up(replica, 1)
    async with open_replica(addresses) as second:
        one, other = troubles_of(replica), troubles_of(second)
        dues = [(each, (await each.due(pause=HOUR))[0]) for each in (one, other)]
        letters = await asyncio.gather(*(each.tell(due, "No.") for each, due in dues))
    assert sum(each is not None for each in letters) == 1
    assert await owner.one("SELECT count(*) FROM outbox WHERE visible_to = 'U2'") == 1


async def test_a_letter_that_does_not_arrive_is_listed_and_brings_no_other(
    replica: Replica, owner: Owner
) -> None:
    await has_admin(replica, owner)
    troubles = troubles_of(replica)
    await gives_up(replica, 1)
    [(_, posting)] = await told(troubles)
    await replica.outbox.dead(posting, "user_disabled")
    assert await told(troubles, pause=NOW) == []
    now = utc_now()
    found = await troubles.of(owner.organization_id, now - HOUR, now + HOUR)
    assert [(one.reason, one.is_letter) for one in found] == [
        ("channel_not_found", False),
        ("user_disabled", True),
    ]


async def test_a_message_that_failed_three_times_is_among_it(
    replica: Replica, owner: Owner
) -> None:
    admitted = await replica.admit(slack_message(1))
    await replica.settle(admitted, "It failed.")
    await owner.run("UPDATE inbox SET outcome = 'dead'")
    troubles = troubles_of(replica)
    [due] = await troubles.due(pause=HOUR)
    [found] = await troubles.of(due.organization_id, due.since, due.until)
    assert (found.kind, found.id) == (GivenUp.MESSAGE, admitted.id)
    assert found.conversation == admitted.conversation.key
    letters = await troubles.tell(due, "It did not work.")
    assert letters is not None
    assert (letters.admins, letters.postings) == (0, [])  # nobody is an admin


async def test_what_ends_at_this_moment_waits_for_what_ended_before(
    replica: Replica, owner: Owner
) -> None:
    await has_admin(replica, owner)
    await gives_up(replica, 1)
    assert await replace(troubles_of(replica), settle=TIMEOUT * 60).due(pause=HOUR) == []


def trouble(reason: str, platform: str = "slack", kind: GivenUp = GivenUp.POSTING) -> Trouble:
    return Trouble(
        kind=kind, id=new_id(), conversation=f"{platform}:T1:C1", reason=reason, at=utc_now()
    )


def test_a_letter_names_what_happened_most_and_counts_the_rest() -> None:
    text = letter(
        [
            *[trouble("channel_not_found")] * 3,
            trouble("Forbidden: *blocked*\nby the user", "telegram"),
            *(trouble(f"reason {number}") for number in range(5)),
            trouble("", kind=GivenUp.MESSAGE),
        ]
    )
    lines = [line for line in text.splitlines() if line.startswith("- ")]
    assert lines[0] == "- 1 message could not be handled: whoever wrote was told so"
    assert lines[1] == "- Slack did not take 3 replies: channel_not_found"
    assert lines[2] == r"- Telegram did not take 1 reply: Forbidden: \*blocked\* by the user"
    assert lines[-1] == "- 2 more replies, for other reasons"
    assert "trialogue troubles" in text
