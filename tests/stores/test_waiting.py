"""People who wait for an answer: each hears it once, whatever happens in between."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from adapters.stores.postgres.gaps import PostgresGaps
from adapters.stores.postgres.waiting import PostgresWaiting
from bots.embedded import Addresses
from core.messages import Button, IncomingMessage, Platform, Posting
from core.ports.gaps import Asker, gap_hash
from core.ports.inbox import Admitted
from core.ports.waiting import LateAnswer, Person, Taken
from tests.stores.people import Owner, add_person, open_owner
from tests.stores.replica import (
    Replica,
    delivered,
    open_replica,
    slack_message,
    telegram_group_message,
)

QUESTION = "where is the stapler"
ENTRY = uuid4()
STAND = 3
"""After one change of the knowledge, which is fitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A replica, with everything about gaps, and an organization that has changed once."""

    replica: Replica
    waiting: PostgresWaiting
    gaps: PostgresGaps
    owner: Owner

    async def asks(
        self, message: IncomingMessage, question: str = QUESTION, *, looked: int = 0
    ) -> Admitted:
        """A person asks, nobody knows, and they are told so."""
        admitted = await self.replica.admit(message)
        await self.notes(admitted, question, looked=looked)
        settled = await self.replica.settle(admitted, "I don't know.")
        for posting in settled.postings:
            await self.replica.outbox.sent(posting, delivered(posting))
        return admitted

    async def notes(self, admitted: Admitted, question: str = QUESTION, *, looked: int = 0) -> None:
        assert admitted.account
        asker = Asker(
            message_id=admitted.id,
            conversation_id=admitted.conversation_id,
            user_id=admitted.account.user_id,
            question=admitted.message.text,
            looked=looked,
        )
        await self.gaps.note(self.owner.organization_id, question, asker)

    async def take(self, stand: int = STAND, *, limit: int = 10) -> Sequence[Taken]:
        return await self.waiting.take(self.owner.organization_id, stand, limit=limit)

    async def people(
        self, gap: Taken, *, after: Person | None = None, limit: int = 100
    ) -> Sequence[Person]:
        return await self.waiting.people(self.owner.organization_id, gap, after=after, limit=limit)

    async def answer(self, gap: Taken, *people: Person, text: str = "Here.") -> Sequence[Posting]:
        answers = [LateAnswer(person=one, parts=(text,)) for one in people]
        return (await self.waiting.answer(self.owner.organization_id, gap, answers)).postings

    async def looked(
        self, gap: Taken, *, stand: int = STAND, entry: UUID | None = None, everybody: bool = False
    ) -> None:
        await self.waiting.looked(
            self.owner.organization_id, gap, stand, entry=entry, everybody=everybody
        )

    async def closed_by(self) -> object:
        return await self.owner.one("SELECT closed_by FROM knowledge_gaps")

    async def queued(self) -> int:
        number = await self.owner.one("SELECT count(*) FROM outbox WHERE text = 'Here.'")
        assert isinstance(number, int)
        return number


@pytest.fixture
async def office(addresses: Addresses) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        yield await open_office(addresses, stack)


async def open_office(addresses: Addresses, stack: AsyncExitStack) -> Office:
    replica = await stack.enter_async_context(open_replica(addresses))
    owner = await stack.enter_async_context(open_owner(addresses))
    await owner.run("UPDATE organizations SET knowledge_revision = 1")
    return Office(
        replica=replica,
        owner=owner,
        gaps=PostgresGaps(database=replica.bot),
        waiting=PostgresWaiting(
            database=replica.bot, replica=replica.id, platforms=(Platform.SLACK,)
        ),
    )


async def test_everybody_who_asked_is_answered_where_they_asked(office: Office) -> None:
    await office.asks(slack_message(1, thread="1", user="U1", text="Where is the stapler?"))
    await office.asks(slack_message(2, thread="2", user="U2", text="where is the STAPLER"))
    await office.asks(telegram_group_message(3))
    assert await office.waiting.organizations() == [office.owner.organization_id]

    [gap] = await office.take()
    people = await office.people(gap)
    assert {one.question for one in people} >= {"Where is the stapler?", "where is the STAPLER"}
    postings = await office.answer(gap, *people)

    assert {(one.conversation.thread, one.reply_to) for one in postings} == {("1", "1"), ("2", "2")}
    assert await office.queued() == 3  # the third is for a replica that posts on Telegram
    await office.looked(gap, entry=ENTRY, everybody=True)
    assert await office.closed_by() == ENTRY
    assert await office.waiting.organizations() == []
    assert await office.gaps.open(office.owner.organization_id, limit=10) == []


async def test_who_asks_twice_in_one_place_is_answered_once_below_the_latest(
    office: Office,
) -> None:
    await office.asks(slack_message(1))
    await office.asks(slack_message(2))
    [gap] = await office.take()
    [posting] = await office.answer(gap, *await office.people(gap))
    assert posting.reply_to == "2"
    assert await office.owner.one("SELECT times FROM knowledge_gaps") == 2


async def test_a_message_that_is_handled_again_is_neither_counted_nor_answered_again(
    office: Office,
) -> None:
    admitted = await office.asks(slack_message(1))
    [gap] = await office.take()
    await office.answer(gap, *await office.people(gap))
    await office.notes(admitted)
    assert await office.people(gap) == []
    assert await office.owner.one("SELECT times FROM knowledge_gaps") == 1


async def test_who_asks_anew_after_an_answer_waits_anew(office: Office) -> None:
    await office.asks(slack_message(1))
    [gap] = await office.take()
    [person] = await office.people(gap)
    assert len(await office.answer(gap, person)) == 1
    await office.looked(gap, entry=ENTRY)
    await office.owner.run("UPDATE organizations SET knowledge_revision = 2")
    await office.asks(slack_message(2), looked=4)
    assert await office.closed_by() is None

    [gap] = await office.take(5)
    await office.answer(gap, *await office.people(gap))
    assert await office.queued() == 2


async def test_two_replicas_at_once_answer_each_person_once(
    addresses: Addresses, office: Office
) -> None:
    for number in range(30):
        await office.asks(slack_message(number, thread=str(number), user=f"U{number}"))
    [gap] = await office.take()
    people = await office.people(gap)
    async with AsyncExitStack() as stack:
        other = await open_office(addresses, stack)
        turns = [(office, people[:20]), (other, people[10:]), (other, people), (office, people)]
        async with asyncio.TaskGroup() as tasks:
            calls = [tasks.create_task(one.answer(gap, *some)) for one, some in turns]
    handed = [posting.conversation_id for call in calls for posting in call.result()]
    assert len(handed) == len(set(handed)) == 30
    assert await office.queued() == 30


async def test_asking_and_answering_at_once_leaves_nobody_waiting_and_deadlocks_nowhere(
    addresses: Addresses, office: Office
) -> None:
    """Each of them asks while others are answered; whoever came too late is due again."""

    async def ask(number: int) -> None:
        await office.asks(slack_message(number, thread=str(number % 5), user=f"U{number % 7}"))

    async def look(replica: Office) -> None:
        for _ in range(15):
            for gap in await replica.take():
                for one in await replica.people(gap):
                    for posting in await replica.answer(gap, one):
                        await replica.replica.outbox.sent(posting, delivered(posting))
                await replica.looked(gap, entry=ENTRY)

    async with AsyncExitStack() as stack:
        other = await open_office(addresses, stack)
        async with asyncio.TaskGroup() as tasks:
            for number in range(40):
                tasks.create_task(ask(number))
            tasks.create_task(look(office))
            tasks.create_task(look(other))
    await look(office)
    waiting = await office.owner.one("SELECT count(*) FROM gap_askers WHERE answered_at IS NULL")
    assert waiting == 0
    twice = "SELECT 1 FROM outbox WHERE part > 999 GROUP BY inbox_id HAVING count(*) > 1"
    assert await office.owner.rows(twice) == []


async def test_what_is_taken_is_left_alone_until_its_time_is_over(office: Office) -> None:
    await office.asks(slack_message(1))
    hasty = replace(office.waiting, lease=timedelta(0))
    organization = office.owner.organization_id
    [gap] = await hasty.take(organization, STAND, limit=10)
    [again] = await office.take()  # whoever had it was killed
    assert again.hash == gap.hash
    assert await office.take() == []

    await hasty.looked(organization, gap, STAND, entry=ENTRY, everybody=True)
    assert await office.closed_by() is None  # the one who has it now says how it ends
    await office.looked(again)
    assert await office.take() == []
    assert len(await office.take(STAND + 1)) == 1


async def test_what_is_asked_while_it_is_compared_is_compared_again(office: Office) -> None:
    await office.asks(slack_message(1))
    [gap] = await office.take()
    await office.answer(gap, *await office.people(gap))
    await office.asks(slack_message(2, thread="2", user="U2"), looked=STAND - 1)
    await office.looked(gap, entry=ENTRY, everybody=True)
    assert await office.closed_by() is None
    [again] = await office.take()
    assert [one.conversation.thread for one in await office.people(again)] == ["2"]


async def test_a_gap_is_due_after_a_change_and_once_more_when_that_is_fitted(
    office: Office,
) -> None:
    await office.asks(slack_message(1), looked=2)
    assert await office.waiting.organizations() == []
    await office.owner.run(
        "INSERT INTO knowledge_fits (organization_id, revision) VALUES ($1, 1)",
        office.owner.organization_id,
    )
    assert await office.waiting.organizations() == [office.owner.organization_id]
    [gap] = await office.take()
    await office.looked(gap)
    assert await office.waiting.organizations() == []
    await office.owner.run("UPDATE organizations SET knowledge_revision = 2")
    assert await office.waiting.organizations() == [office.owner.organization_id]


@pytest.mark.parametrize(
    "gone",
    [
        "UPDATE users SET is_active = false",
        "DELETE FROM memberships",
        "DELETE FROM conversations WHERE id IN (SELECT conversation_id FROM gap_askers)",
        "DELETE FROM gap_askers",
    ],
    ids=["suspended", "no member", "conversation gone", "erased"],
)
@pytest.mark.parametrize("late", [False, True], ids=["before", "in between"])
async def test_who_is_gone_is_not_written_to(office: Office, gone: str, late: bool) -> None:
    await office.asks(slack_message(1))
    [gap] = await office.take()
    people = await office.people(gap)
    await office.owner.run(gone)
    assert await office.people(gap) == []
    if late:
        assert await office.answer(gap, *people) == []
    assert await office.queued() == 0


async def test_an_erased_account_waits_no_more(office: Office) -> None:
    person = await add_person(office.owner)
    asker = Asker(message_id=uuid4(), conversation_id=uuid4(), user_id=person.user_id)
    await office.gaps.note(office.owner.organization_id, QUESTION, asker)
    for table in ("memberships", "subscriptions", "users"):
        key = "id" if table == "users" else "user_id"
        await office.owner.run(f"DELETE FROM {table} WHERE {key} = $1", person.user_id)
    assert await office.owner.one("SELECT count(*) FROM gap_askers") == 0
    await office.gaps.note(office.owner.organization_id, QUESTION, asker)
    assert await office.owner.one("SELECT count(*) FROM gap_askers") == 0


async def test_what_a_person_wants_forgotten_is_taken_out_of_what_they_were_told(
    office: Office,
) -> None:
    await office.asks(slack_message(1))
    await office.asks(slack_message(2, thread="2"))
    [gap] = await office.take()
    first, second = await office.answer(gap, *await office.people(gap))
    await office.replica.outbox.sent(first, delivered(first))
    forget = "SELECT forget_waiting(user_id, now()) FROM identities"
    assert await office.owner.one(forget) is False
    await office.replica.outbox.sent(second, delivered(second))
    assert await office.owner.one(forget) is True
    assert await office.queued() == 0
    assert await office.owner.one("SELECT count(*) FROM gap_askers") == 0


async def test_a_transaction_that_is_cut_off_leaves_everybody_waiting(office: Office) -> None:
    """What a kill in the middle leaves: neither the mark nor the posting."""
    await office.asks(slack_message(1))
    [gap] = await office.take()
    people = await office.people(gap)
    await office.owner.run(
        "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NEW.text = 'Here.' THEN RAISE 'cut off'; END IF; RETURN NEW; END $$;"
        " CREATE TRIGGER cut AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION cut()"
    )
    with pytest.raises(asyncpg.RaiseError):
        await office.answer(gap, *people)
    await office.owner.run("DROP TRIGGER cut ON outbox")
    assert await office.people(gap) == people
    assert len(await office.answer(gap, *people)) == 1


async def test_answers_follow_what_waits_in_their_conversation_part_by_part(
    office: Office,
) -> None:
    """Two late answers of three parts, behind a reply of two that is being sent."""
    for number, question in enumerate(("one", "two"), start=1):
        await office.asks(slack_message(number), question)
    admitted = await office.replica.admit(slack_message(3))
    [head] = (await office.replica.settle(admitted, "now 1", "now 2")).postings
    organization = office.owner.organization_id
    for gap in sorted(await office.take(), key=lambda one: one.question):
        [person] = await office.people(gap)
        parts = tuple(f"{gap.question} {part}" for part in (1, 2, 3))
        late = LateAnswer(person=person, parts=parts, buttons=(Button(label="a", value="b"),))
        answered = await office.waiting.answer(organization, gap, [late])
        assert (answered.postings, [one.late for one in answered.told]) == ([], [late])

    said, posting, buttons = [head.text], head, []
    while freed := await office.replica.outbox.sent(posting, delivered(posting)):
        [posting] = freed
        said.append(posting.text)
        if posting.buttons:
            buttons.append(posting.text)
    late_ones = [f"{question} {part}" for question in ("one", "two") for part in (1, 2, 3)]
    assert said == ["now 1", "now 2", *late_ones]
    assert buttons == ["one 3", "two 3"]


async def test_what_is_private_is_for_their_eyes_only_or_not_said(office: Office) -> None:
    await office.asks(slack_message(1, thread="1", user="U1"))
    await office.asks(slack_message(2, thread="2", user="U2"))
    await office.owner.run("UPDATE gap_askers SET author = NULL WHERE author = 'U2'")
    [gap] = await office.take()
    answers = [
        LateAnswer(person=one, parts=("Here.",), private=True) for one in await office.people(gap)
    ]
    answered = await office.waiting.answer(office.owner.organization_id, gap, answers)
    [posting] = answered.postings
    assert posting.visible_to == "U1"
    assert [one.id for one in answered.told] == [posting.message_id]
    assert await office.queued() == 1


async def test_people_come_page_by_page(office: Office) -> None:
    for number in range(7):
        await office.asks(slack_message(number, thread=str(number % 3), user=f"U{number}"))
    [gap] = await office.take()
    seen: list[UUID] = []
    after = None
    while page := await office.people(gap, after=after, limit=3):
        seen += [one.user_id for one in page]
        after = page[-1]
    assert len(seen) == len(set(seen)) == 7


async def test_who_picks_what_was_offered_waits_no_more(office: Office) -> None:
    first = await office.asks(slack_message(1, thread="1", user="U1"))
    second = await office.asks(slack_message(2, thread="2", user="U2"))
    organization = office.owner.organization_id
    for admitted, closed in ((first, None), (second, ENTRY)):
        assert admitted.account
        await office.waiting.picked(organization, admitted.id, admitted.account.user_id, ENTRY)
        assert await office.closed_by() == closed
    assert await office.take(STAND + 1) == []


async def test_what_is_too_old_is_deleted(office: Office) -> None:
    await office.asks(slack_message(1), "old")
    await office.asks(slack_message(2, thread="2", user="U2"), "asked again")
    await office.asks(slack_message(3, thread="3", user="U3"), "asked again")
    await office.owner.run(
        "UPDATE knowledge_gaps SET last_asked_at = now() - interval '91 days'"
        " WHERE question = 'old'"
    )
    await office.owner.run(
        "UPDATE gap_askers SET asked_at = now() - interval '91 days' WHERE author = 'U2'"
    )
    assert await office.waiting.expire(10) == 1
    kept = await office.owner.rows("SELECT author FROM gap_askers")
    assert [row["author"] for row in kept] == ["U3"]
    assert await office.waiting.expire(10) == 0


async def test_admins_are_asked_once_a_day_for_a_gap(office: Office) -> None:
    organization = office.owner.organization_id
    asked = await office.asks(slack_message(1, user="U1", text="Where is the stapler?"))
    click = await office.replica.admit(slack_message(2, user="U2"))
    assert (await office.waiting.ask_person(click, gap_hash(QUESTION), "?")).admins == 0
    await office.replica.admit(slack_message(3, user="U3"))
    await office.owner.run(
        "UPDATE memberships SET role = 'admin' WHERE user_id ="
        " (SELECT user_id FROM identities WHERE id = 'U3')"
    )
    assert asked.account
    question = office.waiting.question
    assert await question(organization, gap_hash(QUESTION), uuid4()) == "Where is the stapler?"
    assert await question(organization, gap_hash("anything else"), uuid4()) is None

    first = await office.waiting.ask_person(click, gap_hash(QUESTION), "Who knows?")
    assert (first.admins, first.before) == (1, False)
    [letter] = first.postings
    assert (letter.text, letter.visible_to, letter.reply_to) == ("Who knows?", "U3", None)
    again = await office.waiting.ask_person(click, gap_hash(QUESTION), "Who knows?")
    assert (again.before, again.postings) == (False, [])
    other = await office.replica.admit(slack_message(4, user="U1"))
    late = await office.waiting.ask_person(other, gap_hash(QUESTION), "Who knows?")
    assert (late.admins, late.before, late.postings) == (1, True, [])
    await office.owner.run("UPDATE knowledge_gaps SET person_asked_at = now() - interval '25h'")
    assert not (await office.waiting.ask_person(other, gap_hash(QUESTION), "?")).before
    assert await office.owner.one("SELECT count(*) FROM outbox WHERE visible_to = 'U3'") == 2
