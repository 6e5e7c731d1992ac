"""A person is forgotten in every store, whatever is under way, and the others are not."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import pytest

from adapters.stores.postgres.erasure import PostgresErasures, PostgresPeople
from adapters.stores.postgres.feedback import PostgresFeedback
from adapters.stores.postgres.gaps import PostgresGaps
from adapters.stores.postgres.threads import PostgresUnrecorded
from adapters.stores.postgres.waiting import PostgresWaiting
from adapters.stores.scylla.config import ScyllaAddress
from adapters.stores.scylla.threads import ScyllaThreads
from bots.embedded import Addresses
from core.errors import UnavailableError
from core.history import ReadHistory
from core.messages import Author, Platform
from core.ports.erasure import Erasure, Forgets
from core.ports.gaps import Asker
from core.ports.inbox import Admitted
from core.ports.threads import Threads
from core.ports.waiting import LateAnswer
from core.privacy.erase import ErasePerson
from core.privacy.export import ExportPerson
from tests.stores.engines import connected, scylla_threads
from tests.stores.people import Owner, open_owner
from tests.stores.replica import Replica, delivered, open_replica, slack_message

ADA = Author(platform=Platform.SLACK, scope="T1", id="U1")
SECRET = "where is my secret?"
TOLD = "Your secret is safe."
EVERYWHERE = """
SELECT count(*) FROM (
    SELECT row_to_json(t)::text AS row FROM turns t
    UNION ALL SELECT row_to_json(t)::text FROM turns_cold t
    UNION ALL SELECT row_to_json(t)::text FROM inbox t
    UNION ALL SELECT row_to_json(t)::text FROM outbox t
    UNION ALL SELECT row_to_json(t)::text FROM knowledge_gaps t
    UNION ALL SELECT row_to_json(t)::text FROM gap_askers t
    UNION ALL SELECT row_to_json(t)::text FROM users t) AS rows
 WHERE row ~* 'secret'
"""


@dataclass(slots=True)
class AwayStore:
    """Another store that is away as often as planned."""

    times: int
    forgotten: list[Erasure]
    name: str = "scylladb"

    async def forget(self, erasure: Erasure) -> None:
        if self.times > 0:
            self.times -= 1
            raise UnavailableError("away")
        self.forgotten.append(erasure)


@pytest.fixture
async def owner(addresses: Addresses) -> AsyncIterator[Owner]:
    async with open_owner(addresses) as owner:
        yield owner


@pytest.fixture
async def replica(addresses: Addresses) -> AsyncIterator[Replica]:
    async with open_replica(addresses) as replica:
        yield replica


async def say(replica: Replica, number: int, user: str, text: str, answer: str) -> Admitted:
    """A message that is answered, and posted."""
    admitted = await replica.admit(slack_message(number, user=user, text=text))
    for posting in (await replica.settle(admitted, answer)).postings:
        await replica.outbox.sent(posting, delivered(posting))
    return admitted


async def record(replica: Replica, threads: Threads, conversation_id: UUID) -> None:
    """Bring what was said to the thread store."""
    for exchange in await PostgresUnrecorded(database=replica.bot).exchanges(conversation_id):
        await threads.append(exchange.turns)
        await replica.recorded.mark(exchange.message_id)


def eraser(replica: Replica, *stores: Forgets) -> ErasePerson:
    return ErasePerson(erasures=PostgresErasures(database=replica.bot), stores=stores)


async def texts(threads: Threads, conversation_id: UUID) -> Sequence[str]:
    return [turn.text for turn in await threads.history(conversation_id, limit=100)]


async def test_nothing_of_a_person_is_left_and_everything_of_the_others(
    replica: Replica, owner: Owner
) -> None:
    first = await say(replica, 1, "U1", SECRET, TOLD)
    await say(replica, 2, "U2", "How?", "So.")
    await record(replica, replica.threads, first.conversation_id)
    await say(replica, 3, "U1", SECRET, TOLD)
    assert first.account
    user = first.account.user_id
    await PostgresFeedback(database=replica.bot).rate(
        first.account, message_id=first.id, helpful=True
    )
    await owner.run("UPDATE turns SET at = at - interval '2 years' WHERE id = $1", first.id)
    await replica.recovery.cool(10)
    await owner.run("UPDATE users SET display_name = 'Bea' WHERE id <> $1", user)
    used = await owner.one("SELECT sum(used) FROM quotas")

    assert await eraser(replica)(user) == []

    assert await owner.one(EVERYWHERE) == 0
    names = "SELECT display_name FROM users ORDER BY display_name"
    assert [row["display_name"] for row in await owner.rows(names)] == ["", "Bea"]
    assert await owner.one("SELECT count(*) FROM user_feedback") == 0
    assert await owner.one("SELECT sum(used) FROM quotas") == used
    await record(replica, replica.threads, first.conversation_id)
    assert await texts(replica.threads, first.conversation_id) == ["How?", "So."]
    assert await replica.recovery.unrecorded(10) == []
    assert (await replica.admit(slack_message(1, user="U1", text=SECRET))).verdict == "duplicate"


async def test_what_they_asked_in_vain_is_forgotten_and_what_they_were_told_late(
    replica: Replica, owner: Owner
) -> None:
    gaps = PostgresGaps(database=replica.bot)
    waiting = PostgresWaiting(database=replica.bot, replica=replica.id)
    admitted = await say(replica, 1, "U1", SECRET, "I do not know.")
    other = await say(replica, 2, "U2", "Who else asked?", "I do not know.")
    for asked, questions in (
        (admitted, (SECRET, "Who else asked?")),
        (other, ("Who else asked?",)),
    ):
        assert asked.account
        asker = Asker(
            message_id=asked.id,
            conversation_id=asked.conversation_id,
            user_id=asked.account.user_id,
        )
        for question in questions:
            await gaps.note(owner.organization_id, question, asker)
    for gap in await waiting.take(owner.organization_id, 1, limit=5):
        people = await waiting.people(owner.organization_id, gap, after=None, limit=5)
        late = [LateAnswer(person=one, parts=(TOLD,)) for one in people if "secret" in gap.question]
        answered = await waiting.answer(owner.organization_id, gap, late)
        for posting in answered.postings:
            await replica.outbox.sent(posting, delivered(posting))

    assert admitted.account
    assert await eraser(replica)(admitted.account.user_id) == []
    assert await owner.one(EVERYWHERE) == 0
    kept = await owner.rows("SELECT question FROM knowledge_gaps")
    assert [row["question"] for row in kept] == ["who else asked"]
    assert await owner.one("SELECT count(*) FROM gap_askers") == 1


async def test_what_is_being_answered_meanwhile_is_forgotten_too(
    replica: Replica, owner: Owner
) -> None:
    admitted = await replica.admit(slack_message(1, text=SECRET))
    assert admitted.account
    erase = eraser(replica)
    await erase(admitted.account.user_id)

    for posting in (await replica.settle(admitted, TOLD)).postings:
        await replica.outbox.sent(posting, delivered(posting))
    [exchange] = await PostgresUnrecorded(database=replica.bot).exchanges(admitted.conversation_id)
    await replica.threads.append(exchange.turns)
    await erase.sweep()
    await replica.threads.append(exchange.turns)
    assert await texts(replica.threads, admitted.conversation_id) == []
    assert await owner.one(EVERYWHERE) == 0


async def test_it_ends_when_nothing_is_under_way_any_more(replica: Replica, owner: Owner) -> None:
    admitted = await say(replica, 1, "U1", SECRET, TOLD)
    assert admitted.account
    user = admitted.account.user_id
    store = AwayStore(times=2, forgotten=[])
    erase = eraser(replica, store)
    assert await erase(user) == ["scylladb"]
    await erase.sweep()
    assert store.forgotten == []
    await erase.sweep()
    [done] = store.forgotten
    assert done.user_id == user
    assert await owner.one("SELECT done FROM erasures") == ["scylladb"]

    await owner.run(
        "UPDATE inbox SET received_at = received_at - interval '1 hour',"
        " settled_at = settled_at - interval '1 hour'"
    )
    await owner.run("UPDATE erasures SET until = until - interval '5 minutes', done = '{}'")
    await erase.sweep()
    assert sorted(await done_in(owner)) == ["postgresql", "scylladb"]
    forgotten = len(store.forgotten)
    await erase.sweep()
    assert len(store.forgotten) == forgotten


async def test_asked_again_it_goes_up_to_that_moment(replica: Replica, owner: Owner) -> None:
    admitted = await say(replica, 1, "U1", SECRET, TOLD)
    assert admitted.account
    erase = eraser(replica, AwayStore(times=0, forgotten=[]))
    await erase(admitted.account.user_id)
    await say(replica, 2, "U1", SECRET, TOLD)
    await record(replica, replica.threads, admitted.conversation_id)
    assert await texts(replica.threads, admitted.conversation_id) == [SECRET, TOLD]
    await erase(admitted.account.user_id)
    assert await texts(replica.threads, admitted.conversation_id) == []


async def test_what_scylladb_has_is_forgotten_also_when_it_is_written_late(
    replica: Replica, owner: Owner, scylla: ScyllaAddress
) -> None:
    async with connected(scylla) as connection:
        threads: ScyllaThreads = scylla_threads(connection)
        first = await say(replica, 1, "U1", SECRET, TOLD)
        await say(replica, 2, "U2", "How?", "So.")
        assert first.account
        late = await PostgresUnrecorded(database=replica.bot).exchanges(first.conversation_id)
        await record(replica, threads, first.conversation_id)
        assert len(await texts(threads, first.conversation_id)) == 4
        assert await eraser(replica, threads.erasures)(first.account.user_id) == []
        for exchange in late:
            await threads.append(exchange.turns)
        assert await texts(threads, first.conversation_id) == ["How?", "So."]
        assert await threads.conversations_of(first.account.user_id) == []


async def test_a_person_is_given_what_is_kept_and_no_word_of_others(
    replica: Replica, owner: Owner
) -> None:
    first = await say(replica, 1, "U1", SECRET, TOLD)
    await say(replica, 2, "U2", "How?", "So.")
    await record(replica, replica.threads, first.conversation_id)
    await say(replica, 3, "U1", "again?", TOLD)
    assert first.account
    await PostgresFeedback(database=replica.bot).rate(
        first.account, message_id=first.id, helpful=False
    )
    people = PostgresPeople(database=replica.bot)
    history = ReadHistory(
        threads=replica.threads, unrecorded=PostgresUnrecorded(database=replica.bot)
    )
    user = await people.find(ADA)
    assert user == first.account.user_id
    about = await ExportPerson(people=people, history=history)(user)
    assert about["account"]["name"] == "Ada"
    assert [one["id"] for one in about["identities"]] == ["U1"]
    assert [vote["rating"] for vote in about["votes"]] == [-1]
    assert [(row["resource"], row["used"]) for row in about["usage"]] == [("messages", 2)]
    said = about["conversations"][str(first.conversation_id)]
    assert [(one["by"], one["text"]) for one in said] == [
        ("person", SECRET),
        ("bot", TOLD),
        ("person", "again?"),
        ("bot", TOLD),
    ]
    assert about["complete"]
    await eraser(replica)(user)
    after = await ExportPerson(people=people, history=history)(user)
    assert (after["conversations"], after["votes"], after["account"]["name"]) == ({}, None, "")
    assert after["erased_until"]
    assert await people.find(replace(ADA, id="U9")) is None


async def done_in(owner: Owner) -> Sequence[str]:
    found = await owner.one("SELECT done FROM erasures")
    assert isinstance(found, list)
    return found
