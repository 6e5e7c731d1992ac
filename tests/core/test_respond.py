"""A message comes to an end whatever happens, and its author hears of it."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import cast
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from core import respond
from core.accounts import Access, Account
from core.commands import Ask, Command
from core.entries import Origin
from core.errors import SlowedError, UnavailableError, UnstorableError, UserError
from core.handles import Handles
from core.messages import Capability, Conversation, Kind, Reply
from core.notifications import NotificationService
from core.outcomes import Outcome
from core.ports.inbox import Admitted, Verdict
from core.ports.notifications import Happened, Notification, Notifications
from core.recording import MultiDatabaseService
from core.refusing import NO_MEMBER, SUSPENDED, invitation
from core.respond import CRASHES_ALLOWED, DEAD, FAILED, LATE, SLOWED
from core.router import Route
from core.sender import Sender
from core.telling_to_wait import WAIT, TellToWait
from core.typing_status import TypingStatus
from tests.core.memory import (
    MemoryInbox,
    MemoryOutbox,
    MemoryPlatform,
    MemoryThreads,
    admitted,
    utc_now,
)

WITHIN = 60.0


async def echo(command: Command, _: Account, ___: Admitted) -> Outcome:
    """Answers with the question."""
    assert isinstance(command, Ask)
    return Outcome(
        word="answered", reply=Reply(text=command.question), confidence=1.0, origin=Origin.CACHE
    )


@dataclass(slots=True)
class Cache:
    """A store to wait for; it is `away` for so many calls of the route."""

    away: int = 0
    is_back: asyncio.Event = field(default_factory=asyncio.Event)
    waited: int = 0

    async def back(self) -> None:
        self.waited += 1
        await self.is_back.wait()

    async def route(self, command: Command, account: Account, message: Admitted) -> Outcome:
        if self.away:
            self.away -= 1
            raise UnavailableError("Redis is not there")
        return await echo(command, account, message)


@dataclass(slots=True)
class MemoryLists:
    """`NotificationLists` of one person, and how many there were after so many messages."""

    told: dict[UUID, Notification] = field(default_factory=dict)
    after: dict[int, int] = field(default_factory=dict)

    async def add(self, user_id: UUID, notifications: Sequence[Notification]) -> None:
        for one in notifications:
            self.told.setdefault(one.id, one)

    async def read(self, user_id: UUID, *, limit: int) -> Notifications:
        latest = list(self.told.values())[::-1][:limit]
        return Notifications(latest=latest, unread=len(self.told))

    async def mark_read(self, user_id: UUID, at: datetime) -> None:
        raise AssertionError("nobody reads here")


@dataclass(slots=True)
class MemoryCounters:
    """`Counters` of organizations."""

    found: Counter[tuple[UUID | None, str]] = field(default_factory=Counter)

    async def add(
        self, metric: str, amount: int = 1, *, organization_id: UUID | None = None
    ) -> None:
        self.found[organization_id, metric] += amount


@dataclass(slots=True)
class Bench:
    """The use case with its stores in memory."""

    inbox: MemoryInbox = field(default_factory=MemoryInbox)
    outbox: MemoryOutbox = field(default_factory=MemoryOutbox)
    cache: Cache = field(default_factory=Cache)
    threads: MemoryThreads = field(default_factory=MemoryThreads)
    platform: MemoryPlatform = field(default_factory=MemoryPlatform)
    access: Access = Access.MEMBERS
    answer_within: timedelta = timedelta(minutes=15)
    tell_after: timedelta = timedelta(milliseconds=20)
    notifications: NotificationService | None = None
    counters: MemoryCounters | None = None

    async def handle(self, *messages: Admitted, route: Route = echo) -> None:
        """Handle messages side by side, to their end."""
        async with asyncio.timeout(WITHIN), asyncio.TaskGroup() as tasks:
            handle = self.made(tasks, route)
            for message in messages:
                tasks.create_task(self._call(handle, message))

    def made(self, tasks: asyncio.TaskGroup, route: Route) -> respond.RespondToMessage:
        adapters = {self.platform.platform: self.platform}
        sender = Sender(
            adapters=adapters,
            outbox=self.outbox,
            handles=Handles(clock=utc_now),
            clock=utc_now,
            tasks=tasks,
        )
        return respond.RespondToMessage(
            inbox=self.inbox,
            route=route,
            cache=self.cache,
            sender=sender,
            tell_to_wait=TellToWait(
                outbox=self.outbox, sender=sender, tasks=tasks, after=self.tell_after
            ),
            records=MultiDatabaseService(threads=self.threads, recorded=self.threads, tasks=tasks),
            typing=TypingStatus(adapters=adapters, tasks=tasks, first_after=0.02, again_after=0.02),
            adapters=adapters,
            clock=utc_now,
            access=self.access,
            answer_within=self.answer_within,
            notifications=self.notifications,
            counters=self.counters,
        )

    def said(self) -> list[str]:
        return [settlement.answer for settlement in self.inbox.settlements]

    @staticmethod
    async def _call(handle: respond.RespondToMessage, message: Admitted) -> None:
        await handle(message)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(respond, "SUSPECT_PAUSE", timedelta(milliseconds=20))
    return Bench()


async def test_an_answer_is_settled_counted_and_remembered(bench: Bench) -> None:
    message = admitted("How?")
    await bench.handle(message)
    [settlement] = bench.inbox.settlements
    assert (settlement.parts, settlement.outcome) == (("How?",), "answered")
    assert settlement.counted
    assert [(turn.actor, turn.text) for turn in bench.threads.turns] == [
        ("person", "How?"),
        ("bot", "How?"),
    ]
    assert bench.threads.marked == [message.id]


async def test_messages_and_answers_are_counted_for_the_day() -> None:
    bench, message = Bench(counters=MemoryCounters()), admitted("How?")

    async def unknown(*_: object) -> Outcome:
        return Outcome(word="unknown", reply=Reply(text="I don't know."))

    await bench.handle(message)
    await bench.handle(replace(message, id=uuid4()), route=unknown)
    assert bench.counters is not None
    assert message.account is not None
    here = message.account.organization_id
    assert bench.counters.found == {(here, "messages"): 2, (here, "answered"): 1}


async def test_a_message_that_uses_up_most_of_a_plan_is_among_the_notifications() -> None:
    lists = MemoryLists()
    message = admitted("How?")
    assert message.account
    for used in (78, 79, 80, 98, 99):
        account = replace(
            message.account, quota_limit=100, quota_used=used, period_ends=date(2026, 12, 1)
        )
        service = NotificationService(lists=lists, happened=cast("Happened", None), clock=utc_now)
        bench = Bench(notifications=service)
        await bench.handle(replace(message, account=account))
        assert len(bench.said()) == 1
        lists.after[used] = len(lists.told)
    assert lists.after == {78: 0, 79: 1, 80: 1, 98: 1, 99: 2}


@pytest.mark.parametrize(
    ("verdict", "known", "text"),
    [(Verdict.REFUSED, False, NO_MEMBER), (Verdict.SUSPENDED, True, SUSPENDED)],
)
async def test_who_may_not_ask_is_told_so(
    bench: Bench, verdict: Verdict, known: bool, text: str
) -> None:
    await bench.handle(admitted(verdict=verdict, known=known))
    assert bench.said() == [text]
    assert bench.inbox.settlements[0].counted is known
    assert bool(bench.threads.turns) is known


async def test_who_was_not_invited_learns_alone_how_that_is_done(bench: Bench) -> None:
    bench.access = Access.INVITE
    await bench.handle(admitted(verdict=Verdict.REFUSED, known=False))
    [settlement] = bench.inbox.settlements
    assert settlement.private
    author = settlement.admitted.message.author
    assert f"`{invitation(author)}`" in settlement.answer
    assert author.id in invitation(author)


@pytest.mark.parametrize(
    ("capabilities", "said"),
    [(Capability.BUTTONS, "Did you mean:"), (Capability.NONE, "Did you mean: this or that")],
)
async def test_what_buttons_say_is_said_in_words_where_there_are_none(
    bench: Bench, capabilities: Capability, said: str
) -> None:
    async def route(_: Command, __: Account, ___: Admitted) -> Outcome:
        reply = Reply(text="Did you mean:", without_buttons="Did you mean: this or that")
        return Outcome(word="offered", reply=reply)

    bench.platform.capabilities = capabilities
    await bench.handle(admitted(), route=route)
    assert bench.said() == [said]


async def test_an_error_of_the_person_is_what_they_are_told(bench: Bench) -> None:
    async def route(_: Command, __: Account, ___: Admitted) -> Outcome:
        raise UserError("Name a file.")

    await bench.handle(admitted(), route=route)
    assert bench.said() == ["Name a file."]


async def test_a_fault_of_ours_is_told_and_logged(bench: Bench) -> None:
    async def route(_: Command, __: Account, ___: Admitted) -> Outcome:
        raise ZeroDivisionError

    with capture_logs() as logs:
        await bench.handle(admitted(), route=route)
    assert bench.said() == [FAILED]
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["message_failed"]


async def test_an_answer_with_characters_that_no_store_takes_is_said_without_them(
    bench: Bench,
) -> None:
    await bench.handle(admitted("a\x00b\ud800"))
    [settlement] = bench.inbox.settlements
    assert settlement.answer == "a\ufffdb\ufffd"
    assert settlement.parts == ("a\ufffdb\ufffd",)


async def test_a_message_that_cannot_be_settled_stops_nobody_else(bench: Bench) -> None:
    bench.inbox.trouble.append(UnstorableError("no"))
    with capture_logs() as logs:
        await bench.handle(admitted("one"), admitted("two"))
    assert len(bench.said()) == 1
    assert "message_not_settled" in [line["event"] for line in logs]


@pytest.mark.parametrize("trouble", [UnavailableError("gone"), RuntimeError("a bug")])
async def test_a_store_in_trouble_is_asked_until_it_is_over(
    bench: Bench, trouble: Exception
) -> None:
    bench.inbox.trouble.extend([trouble] * 2)
    await bench.handle(admitted("How?"))
    assert bench.said() == ["How?"]


async def test_a_message_that_changed_hands_is_left_to_its_new_owner(bench: Bench) -> None:
    bench.inbox.changed_hands = True
    await bench.handle(admitted())
    assert bench.threads.turns == []


async def test_without_the_cache_the_person_gets_one_notice_and_then_the_answer(
    bench: Bench,
) -> None:
    bench.cache.away = 3
    bench.cache.is_back.set()
    await bench.handle(admitted("How?"), route=bench.cache.route)
    assert bench.cache.waited == 3
    assert (bench.outbox.notices, bench.outbox.asides) == ([WAIT], [False])
    assert bench.said() == ["How?"]


@pytest.mark.parametrize(
    ("text", "kind", "aside"),
    [
        ("none:AAAAAAAAAAAAAAAAAAAAAA", Kind.CLICK, True),
        ("/usage", Kind.COMMAND, True),
        ("/help", Kind.COMMAND, True),
        ("help", Kind.MESSAGE, False),
        ("/kb gaps", Kind.MESSAGE, True),
        ("/ask how?", Kind.COMMAND, False),
    ],
)
async def test_who_alone_sees_the_answer_is_alone_told_to_wait_for_it(
    bench: Bench, text: str, kind: Kind, aside: bool
) -> None:
    bench.cache.away = 1_000
    bench.answer_within = timedelta(milliseconds=100)
    message = admitted()
    message = replace(message, message=replace(message.message, text=text, kind=kind))
    open_place = replace(message.conversation, direct=False)
    await bench.handle(replace(message, conversation=open_place), route=bench.cache.route)
    assert (bench.outbox.notices, bench.outbox.asides) == ([WAIT], [aside])
    [settlement] = bench.inbox.settlements
    assert (settlement.answer, settlement.private) == (LATE, aside)


async def test_an_answer_that_is_there_sooner_is_not_waited_for_in_words(bench: Bench) -> None:
    bench.tell_after = timedelta(seconds=1)
    bench.cache.away = 1
    bench.cache.is_back.set()
    await bench.handle(admitted("How?"), route=bench.cache.route)
    assert (bench.outbox.notices, bench.said()) == ([], ["How?"])


async def test_what_is_waited_for_with_the_lines_own_store_is_not_told_afterwards(
    bench: Bench,
) -> None:
    """PostgreSQL is away for both; the answer comes first when it is back."""
    bench.cache.away = 3
    bench.outbox.away = 1
    bench.cache.is_back.set()
    await bench.handle(admitted("How?"), route=bench.cache.route)
    assert bench.outbox.away == 0
    assert (bench.outbox.notices, bench.said()) == ([], ["How?"])


async def test_a_cache_that_stays_away_ends_in_an_apology(bench: Bench) -> None:
    bench.cache.away = 1_000
    bench.answer_within = timedelta(milliseconds=100)
    began = asyncio.get_running_loop().time()
    await bench.handle(admitted(), route=bench.cache.route)
    assert asyncio.get_running_loop().time() - began >= 0.1
    assert bench.outbox.notices == [WAIT]
    assert bench.said() == [LATE]


async def test_a_message_whose_time_is_over_is_not_told_to_wait(bench: Bench) -> None:
    """It stood behind others that waited for the same store."""
    bench.cache.away = 1_000
    await bench.handle(
        admitted(received_at=utc_now() - timedelta(minutes=16)), route=bench.cache.route
    )
    assert (bench.outbox.notices, bench.said()) == ([], [LATE])


async def test_a_message_that_crashes_its_process_is_given_up_and_its_author_told(
    bench: Bench,
) -> None:
    reached = 0

    async def route(command: Command, account: Account, message: Admitted) -> Outcome:
        nonlocal reached
        reached += 1
        return await echo(command, account, message)

    for crashes in range(CRASHES_ALLOWED):
        await bench.handle(admitted(orphaned=True, crashes=crashes), route=route)
    assert reached == CRASHES_ALLOWED - 1
    assert bench.said()[-1] == DEAD


async def test_a_new_message_is_nobodys_suspect(bench: Bench) -> None:
    message = admitted(orphaned=False)
    await bench.handle(message)
    assert bench.inbox.redrives == {}


async def test_suspects_go_one_at_a_time_while_others_go_on(bench: Bench) -> None:
    under_way: set[UUID] = set()
    most = 0
    order: list[str] = []

    async def route(command: Command, account: Account, message: Admitted) -> Outcome:
        nonlocal most
        assert isinstance(command, Ask)
        if command.question != "new":
            under_way.add(account.user_id)
            most = max(most, len(under_way))
            await asyncio.sleep(0.02)
            under_way.discard(account.user_id)
        order.append(command.question)
        return await echo(command, account, message)

    suspects = [
        admitted(f"s{number}", conversation_id=uuid4(), orphaned=True, crashes=1)
        for number in range(4)
    ]
    await bench.handle(*suspects, admitted("new"), route=route)
    assert most == 1
    assert order[0] == "new"
    assert sorted(order[1:]) == ["s0", "s1", "s2", "s3"]
    assert set(bench.inbox.redrives.values()) == {1}


async def test_a_message_that_was_settled_meanwhile_is_not_handled_again(bench: Bench) -> None:
    """What killed two processes would kill this one."""
    bench.inbox.settled_already = True
    await bench.handle(admitted(orphaned=True, crashes=2))
    assert bench.said() == []


@dataclass(slots=True)
class TypingPlatform(MemoryPlatform):
    """Counts how often it showed that an answer is under way."""

    capabilities: Capability = Capability.TYPING
    typed: int = 0

    async def show_typing(self, conversation: Conversation) -> None:
        self.typed += 1


async def test_statement_26_people_see_that_a_slow_answer_is_under_way(bench: Bench) -> None:
    bench.platform = platform = TypingPlatform()

    async def route(command: Command, account: Account, message: Admitted) -> Outcome:
        while platform.typed < 3:
            await asyncio.sleep(0.005)
        return await echo(command, account, message)

    await bench.handle(admitted("How?"), route=route)
    typed = platform.typed
    await asyncio.sleep(0.1)
    assert (bench.said(), platform.typed) == (["How?"], typed)


async def test_statement_26_nobody_types_while_a_store_is_waited_for(bench: Bench) -> None:
    """They were told to wait, and it may take minutes."""
    bench.platform = platform = TypingPlatform()
    bench.cache.away = 1
    bench.answer_within = timedelta(milliseconds=150)
    await bench.handle(admitted(), route=bench.cache.route)
    assert (bench.said(), platform.typed) == ([LATE], 0)


@pytest.mark.parametrize(
    ("verdict", "databases"),
    [(Verdict.NEW, ("postgresql", "redis")), (Verdict.SUSPENDED, ("postgresql",))],
)
async def test_the_log_names_the_databases_that_were_used(
    bench: Bench, verdict: Verdict, databases: tuple[str, ...]
) -> None:
    with capture_logs() as logs:
        await bench.handle(admitted(verdict=verdict))
    [line] = [line for line in logs if line["event"] == "message_processed"]
    assert line["databases_used"] == databases


@pytest.mark.parametrize(
    ("tell", "kind", "ephemeral", "said"),
    [
        (True, Kind.MESSAGE, False, [SLOWED]),
        (False, Kind.MESSAGE, True, []),
        (False, Kind.COMMAND, False, []),
        (False, Kind.COMMAND, True, [SLOWED]),  # it waits for something to show
    ],
)
async def test_who_asks_too_fast_is_settled_without_an_answer_and_told_privately(
    bench: Bench, tell: bool, kind: Kind, ephemeral: bool, said: list[str]
) -> None:
    async def too_fast(*_: object) -> Outcome:
        raise SlowedError(tell=tell)

    bench.platform.capabilities = Capability.EPHEMERAL if ephemeral else Capability.NONE
    message = admitted("How?")
    message = replace(message, message=replace(message.message, kind=kind))
    await bench.handle(message, route=too_fast)
    [settlement] = bench.inbox.settlements
    assert list(settlement.parts) == said
    assert (settlement.outcome, settlement.private) == ("slowed", True)
    assert (settlement.counted, settlement.remembered) == (False, False)
    assert bench.threads.turns == []
