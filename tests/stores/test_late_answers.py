"""Open gaps against the knowledge as it changes: who is answered, with what, and who is not."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from adapters.stores.postgres.erasure import PostgresErasures
from adapters.stores.postgres.happened import PostgresHappened
from adapters.stores.postgres.roles import PostgresRoles
from adapters.stores.postgres.threads import PostgresUnrecorded
from adapters.stores.postgres.waiting import PostgresWaiting
from adapters.stores.redis.notifications import RedisNotifications
from adapters.stores.redis.pipeline import Pipeline
from bots.clock import utc_now
from bots.embedded import Addresses
from bots.knowledge import knowledge_in
from core.answers.audience import WhoAsks
from core.answers.explain import FORGOTTEN, LATE, ExplainAnswer
from core.clicks import Why, understand_click
from core.entries import NewEntry
from core.handles import Handles
from core.history import ReadHistory
from core.knowledge.service import KnowledgeService
from core.late_answers import LONGEST_QUOTE, AnswerLate, quoted
from core.messages import Capability, IncomingMessage, Platform, Posting
from core.notifications import NotificationService
from core.ports.gaps import Asker
from core.ports.inbox import Admitted
from core.ports.receipts import Receipt
from core.recording import MultiDatabaseService
from core.sender import Sender
from tests.core.memory import MemoryPlatform, MemoryThreads
from tests.stores.people import Owner, open_owner
from tests.stores.replica import Replica, delivered, open_replica, slack_message
from tests.stores.test_history import AwayThreads

QUESTION = "Where is the stapler?"
OTHERS = tuple(
    NewEntry(phrasings=(question,), answer=answer)
    for question, answer in (
        ("How do I reset my password?", "Open the portal."),
        ("When is the canteen open?", "At noon."),
        ("Who repairs the printers?", "Ask Grace."),
        ("How do I book a meeting room?", "In the calendar."),
    )
)


@dataclass(slots=True)
class MemoryReceipts:
    """`Receipts` of this process."""

    kept: dict[UUID, Receipt] = field(default_factory=dict)

    def keep(self, organization_id: UUID, receipt: Receipt) -> None:
        self.kept[receipt.message_id] = receipt

    async def get(self, organization_id: UUID, message_id: UUID) -> Receipt | None:
        return self.kept.get(message_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A replica that answers late, and the Slack it posts to."""

    replica: Replica
    owner: Owner
    knowledge: KnowledgeService
    late: AnswerLate
    slack: MemoryPlatform

    @property
    def organization(self) -> UUID:
        return self.owner.organization_id

    async def asks(self, message: IncomingMessage, question: str = QUESTION) -> Admitted:
        """A person asks, is told that nobody knows, and waits."""
        admitted = await self.replica.admit(message)
        assert admitted.account
        asker = Asker(
            message_id=admitted.id,
            conversation_id=admitted.conversation_id,
            user_id=admitted.account.user_id,
            question=question,
        )
        await self.knowledge.note_gap(self.organization, question, asker)
        for posting in (await self.replica.settle(admitted, "I don't know.")).postings:
            await self.replica.outbox.sent(posting, delivered(posting))
        return admitted

    async def learns(self, answer: str, question: str = QUESTION, *, audience: str = "") -> UUID:
        new = NewEntry(
            phrasings=(question,), answer=answer, audience=(audience,) if audience else ()
        )
        return (await self.knowledge.add(self.organization, new, by=None)).id

    async def looks(self) -> list[Posting]:
        """Look once, and return what was posted by it."""
        before = len(self.slack.calls)
        await self.late.look()
        while self.late.sender.busy():
            await asyncio.sleep(0.01)
        return self.slack.calls[before:]


def explain_with(replica: Replica, knowledge: KnowledgeService) -> ExplainAnswer:
    roles = PostgresRoles(database=replica.bot)
    return ExplainAnswer(
        knowledge=knowledge,
        receipts=MemoryReceipts(),
        roles=roles,
        who_asks=WhoAsks(roles=roles),
        clock=utc_now,
    )


@pytest.fixture
async def desk(addresses: Addresses) -> AsyncIterator[Desk]:
    slack = MemoryPlatform(platform=Platform.SLACK, capabilities=Capability.BUTTONS)
    async with (
        open_replica(addresses) as replica,
        open_owner(addresses) as owner,
        asyncio.TaskGroup() as tasks,
    ):
        knowledge = knowledge_in(replica.bot.pool)
        await knowledge.import_entries(owner.organization_id, OTHERS)
        sender = Sender(
            adapters={Platform.SLACK: slack},
            outbox=replica.outbox,
            handles=Handles(clock=utc_now),
            clock=utc_now,
            tasks=tasks,
        )
        late = AnswerLate(
            knowledge=knowledge,
            records=MultiDatabaseService(
                threads=replica.threads, recorded=replica.recorded, tasks=tasks
            ),
            waiting=PostgresWaiting(
                database=replica.bot, replica=replica.id, platforms=(Platform.SLACK,)
            ),
            sender=sender,
            explain=explain_with(replica, knowledge),
            adapters={Platform.SLACK: slack},
            quiet=timedelta(0),
        )
        yield Desk(replica=replica, owner=owner, knowledge=knowledge, late=late, slack=slack)


async def test_nobody_hears_anything_before_there_is_an_answer(desk: Desk) -> None:
    await desk.asks(slack_message(1))
    assert await desk.looks() == []
    await desk.learns("In the drawer.", "Which train goes to the office?")
    assert await desk.looks() == []
    assert await desk.late.waiting.organizations() == []


async def test_a_change_answers_whoever_asked_in_their_words_with_the_source(desk: Desk) -> None:
    await desk.asks(slack_message(1))
    entry_id = await desk.learns("In the *drawer*.")
    [posting] = await desk.looks()
    assert posting.text.startswith("Ada, you asked “Where is the stapler?”. Now I know:\n\nIn the")
    assert "Source:" in posting.text
    assert posting.reply_to == "1"
    assert [button.label for button in posting.buttons] == ["👍", "👎", "Why?"]
    assert await desk.looks() == []
    assert await desk.knowledge.gaps(desk.organization, limit=5) == []
    assert await desk.owner.one("SELECT closed_by FROM knowledge_gaps") == entry_id
    async with asyncio.timeout(60):
        while not (turns := await desk.replica.threads.history(posting.conversation_id, limit=5)):
            await asyncio.sleep(0.01)
    [turn] = turns
    assert (turn.actor, turn.text, turn.id) == ("bot", posting.text, posting.message_id)


async def test_why_tells_of_a_late_answer_what_it_tells_of_any(desk: Desk) -> None:
    admitted = await desk.asks(slack_message(1))
    await desk.learns("In the drawer.")
    [posting] = await desk.looks()
    why = understand_click(posting.buttons[-1].value)
    assert isinstance(why, Why)
    assert admitted.account
    said = await desk.late.explain.why(why, admitted.account, admitted)
    for words in (f"“{QUESTION}”", "%)", LATE, "ms and cost nothing"):
        assert words in said.text
    assert FORGOTTEN not in said.text


async def test_a_late_answer_is_read_and_recorded_whatever_becomes_of_the_bot(desk: Desk) -> None:
    """Nothing but the transaction that queued it is done here, as if the bot had died then."""
    admitted = await desk.asks(slack_message(1))
    await desk.learns("In the drawer.")
    forgetful = MemoryThreads()
    async with asyncio.TaskGroup() as tasks:
        lost = MultiDatabaseService(threads=AwayThreads(), recorded=forgetful, tasks=tasks)
        await replace(desk.late, records=lost).look()
    place = admitted.conversation_id
    unrecorded = PostgresUnrecorded(database=desk.replica.bot)
    read = ReadHistory(threads=desk.replica.threads, unrecorded=unrecorded)
    assert admitted.account
    assert await unrecorded.conversations_of(admitted.account.user_id) == [place]
    [turn] = await unrecorded.late(place)
    assert "In the drawer." in turn.text
    assert turn in (await read(place, limit=9)).turns
    assert turn not in await desk.replica.threads.history(place, limit=9)

    assert await desk.replica.recovery.late_turns(9) == []
    left = await replace(desk.replica.recovery, timeout=timedelta(0)).late_turns(9)
    assert await desk.late.records.catch_up(left) == 1
    assert turn in await desk.replica.threads.history(place, limit=9)
    assert await unrecorded.late(place) == []
    assert (await read(place, limit=9)).turns.count(turn) == 1


async def test_who_is_forgotten_has_no_late_answer_on_its_way(desk: Desk) -> None:
    admitted = await desk.asks(slack_message(1))
    await desk.learns("In the drawer.")
    async with asyncio.TaskGroup() as tasks:
        lost = MultiDatabaseService(threads=AwayThreads(), recorded=MemoryThreads(), tasks=tasks)
        await replace(desk.late, records=lost).look()
    assert admitted.account
    erasures = PostgresErasures(database=desk.replica.bot)
    await erasures.scrub(await erasures.begin(admitted.account.user_id))
    assert await desk.owner.one("SELECT count(*) FROM late_turns") == 0


async def test_who_is_being_forgotten_leaves_no_late_answer_behind(desk: Desk) -> None:
    """It is told between the wish and its fulfilment, and is in the thread store by then."""
    admitted = await desk.asks(slack_message(1))
    await desk.learns("In the drawer.")
    assert admitted.account
    erasures = PostgresErasures(database=desk.replica.bot)
    erasure = await erasures.begin(admitted.account.user_id)
    assert len(await desk.looks()) == 1
    place = admitted.conversation_id
    async with asyncio.timeout(60):
        while not await desk.replica.threads.history(place, limit=5):
            await asyncio.sleep(0.01)
    await erasures.scrub(erasure)
    [again] = await erasures.pending([], limit=5)
    assert again.until > erasure.until
    assert await desk.replica.threads.history(place, limit=5) == []
    assert await desk.owner.one("SELECT count(*) FROM late_turns") == 0
    assert (await erasures.scrub(again)).until == again.until


async def test_a_change_that_is_taken_back_before_anybody_looks_answers_nobody(desk: Desk) -> None:
    await desk.asks(slack_message(1))
    await desk.learns("In the drawer.")
    await desk.knowledge.undo(desk.organization, by=None)
    assert await desk.looks() == []
    await desk.knowledge.import_entries(
        desk.organization, [NewEntry(phrasings=(QUESTION,), answer="On the shelf.")]
    )
    [posting] = await desk.looks()
    assert "On the shelf." in posting.text


async def test_many_people_are_answered_each_once_in_batches(desk: Desk) -> None:
    for number in range(60):
        await desk.asks(slack_message(number, thread=str(number), user=f"U{number % 40}"))
    await desk.learns("In the drawer.")
    posted = await desk.looks()
    assert {one.conversation.thread for one in posted} == {str(number) for number in range(60)}
    assert len(posted) == 60


async def test_what_is_for_a_channel_is_said_there_alone(desk: Desk) -> None:
    here, elsewhere = slack_message(1), slack_message(2, user="U2")
    elsewhere = _in_channel(elsewhere, "C2")
    await desk.asks(here)
    await desk.asks(elsewhere)
    await desk.learns("In the drawer.", audience="channel:slack:T1:C1")
    [posting] = await desk.looks()
    assert (posting.conversation.channel, posting.visible_to) == ("C1", None)
    assert len(await desk.knowledge.gaps(desk.organization, limit=5)) == 1

    await desk.learns("On the shelf.")
    [posting] = await desk.looks()
    assert (posting.conversation.channel, posting.visible_to) == ("C2", None)
    assert "On the shelf." in posting.text


async def test_what_is_for_a_channel_is_said_in_a_thread_below_it(desk: Desk) -> None:
    """Discord's threads have addresses of their own."""
    thread = slack_message(1)
    place = replace(thread.conversation, channel="C7", thread="", parent="C1")
    await desk.asks(replace(thread, conversation=place))
    await desk.asks(_in_channel(slack_message(2), "C8"))
    await desk.learns("In the drawer.", audience="channel:slack:T1:C1")
    [posting] = await desk.looks()
    assert (posting.conversation.channel, posting.visible_to) == ("C7", None)


async def test_what_is_for_admins_is_said_to_admins_alone_and_in_private(desk: Desk) -> None:
    await desk.asks(slack_message(1, user="U1"))
    await desk.asks(slack_message(2, user="U2", thread="2"))
    await desk.owner.run(
        "UPDATE memberships SET role = 'admin' WHERE user_id ="
        " (SELECT user_id FROM identities WHERE id = 'U1')"
    )
    await desk.learns("In the safe.", audience="role:admin")
    [posting] = await desk.looks()
    assert posting.visible_to == "U1"
    assert await desk.replica.threads.history(posting.conversation_id, limit=5) == []


async def test_a_long_answer_comes_in_parts_with_the_buttons_below_the_last(desk: Desk) -> None:
    await desk.asks(slack_message(1))
    await desk.learns("\n\n".join(f"Step {number}: {'go on ' * 20}" for number in range(30)))
    posted = await desk.looks()
    assert len(posted) > 3
    assert [bool(one.buttons) for one in posted] == [False] * (len(posted) - 1) + [True]


async def test_a_gap_that_fails_keeps_no_other_waiting(desk: Desk) -> None:
    await desk.asks(slack_message(1), "poison")
    await desk.asks(slack_message(2, thread="2"))
    await desk.owner.run(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NEW.question = 'poison' AND OLD.looked <> NEW.looked THEN RAISE 'no'; END IF;"
        " RETURN NEW; END $$;"
        " CREATE TRIGGER fail BEFORE UPDATE ON knowledge_gaps FOR EACH ROW EXECUTE FUNCTION fail()"
    )
    await desk.learns("In the drawer.")
    with capture_logs() as logs:
        assert len(await desk.looks()) == 1
    assert {line["event"] for line in logs} == {"look_failed", "gap_answered"}


def test_a_question_is_quoted_on_one_line_as_plain_text() -> None:
    assert quoted("Where\nis *it*, <!channel>?") == r"Where is \*it\*, \<!channel\>?"
    assert quoted("long " * 100).endswith("…")
    assert len(quoted("long " * 100)) <= LONGEST_QUOTE


def _in_channel(message: IncomingMessage, channel: str) -> IncomingMessage:
    return replace(message, conversation=replace(message.conversation, channel=channel))


async def test_who_is_answered_finds_it_among_their_notifications_once(
    desk: Desk, pipeline: Pipeline
) -> None:
    lists = RedisNotifications(pipeline=pipeline)
    happened = PostgresHappened(database=desk.replica.bot)
    service = NotificationService(lists=lists, happened=happened, clock=utc_now)
    await desk.asks(slack_message(1))
    await desk.learns("In the drawer.")
    await replace(desk.late, notifications=service).look()
    user = await desk.owner.one("SELECT user_id FROM identities")
    assert isinstance(user, UUID)
    told = await lists.read(user, limit=9)
    assert [one.text for one in told.latest] == [
        "Your question was answered: Where is the stapler?"
    ]
    assert await service.of(user) == told
