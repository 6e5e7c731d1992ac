"""Every posting comes to an end, in the order of its conversation."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from core import sender, tokens
from core.errors import (
    FormatRejectedError,
    NotPostedError,
    RateLimitedError,
    RejectedError,
    TokenRejectedError,
    UnconfirmedError,
    UnstorableError,
)
from core.handles import Handles
from core.messages import Delivery, Platform, Posting
from core.sender import Sender
from tests.core.memory import AskablePlatform, MemoryOutbox, MemoryPlatform, Row, utc_now

ONE, OTHER = UUID(int=1), UUID(int=2)
WITHIN = 60.0


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SHORTEST_PAUSE", "FIRST_PAUSE", "LONGEST_PAUSE"):
        monkeypatch.setattr(sender, name, getattr(sender, name) / 1000)
    for module in (sender, tokens):
        monkeypatch.setattr(module, "TOKEN_PAUSE", timedelta(milliseconds=50))


@dataclass(slots=True)
class Bench:
    """A sender between an outbox and platforms, all in memory."""

    outbox: MemoryOutbox = field(default_factory=MemoryOutbox)
    telegram: MemoryPlatform = field(default_factory=MemoryPlatform)
    slack: AskablePlatform = field(default_factory=lambda: AskablePlatform(platform=Platform.SLACK))

    async def send(self, *conversations: UUID) -> None:
        """Send what is queued, and what that frees, to the end."""
        async with asyncio.timeout(WITHIN), asyncio.TaskGroup() as tasks:
            self.start(tasks, *conversations)

    def start(self, tasks: asyncio.TaskGroup, *conversations: UUID) -> Sender:
        adapters = {one.platform: one for one in (self.telegram, self.slack)}
        made = Sender(
            adapters=adapters,
            outbox=self.outbox,
            handles=Handles(clock=utc_now),
            clock=utc_now,
            tasks=tasks,
        )
        for conversation in conversations or tuple(self.outbox.lines):
            made.put(self.outbox.heads(conversation))
        return made

    def states(self) -> list[str]:
        return [row.state for row in self.outbox.rows()]

    def only(self) -> Row:
        [row] = self.outbox.rows()
        return row


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_a_delay_that_ends_while_it_is_written_down_is_no_end(bench: Bench) -> None:
    bench.outbox.add("a", conversation_id=ONE)
    bench.outbox.slow = 0.05
    bench.telegram.planned.append(RateLimitedError(timedelta(milliseconds=1)))
    await bench.send()
    assert bench.telegram.shown == ["a"]
    assert bench.only().state == "sent"


async def test_the_parts_of_a_conversation_are_posted_in_order(bench: Bench) -> None:
    for text in ("a", "b", "c"):
        bench.outbox.add(text, conversation_id=ONE)
    await bench.send()
    assert bench.telegram.shown == ["a", "b", "c"]
    assert bench.states() == ["sent"] * 3


async def test_a_slow_conversation_does_not_delay_another(bench: Bench) -> None:
    bench.outbox.add("slow", conversation_id=ONE)
    bench.outbox.add("quick", conversation_id=OTHER, platform=Platform.SLACK)
    bench.telegram.open.clear()
    async with asyncio.timeout(WITHIN), asyncio.TaskGroup() as tasks:
        bench.start(tasks)
        while bench.slack.shown != ["quick"]:
            await asyncio.sleep(0)
        assert bench.telegram.shown == []
        bench.telegram.open.set()
    assert bench.telegram.shown == ["slow"]


async def test_what_is_under_way_is_not_sent_a_second_time(bench: Bench) -> None:
    bench.outbox.add("once", conversation_id=ONE)
    [posting] = bench.outbox.heads(ONE)
    async with asyncio.timeout(WITHIN), asyncio.TaskGroup() as tasks:
        made = bench.start(tasks)
        for _ in range(3):
            made.put([posting])
        assert made.busy() == 1
    assert bench.telegram.shown == ["once"]


@pytest.mark.parametrize(
    "refusal",
    [RateLimitedError(timedelta(milliseconds=20)), NotPostedError("refused"), NotPostedError("")],
)
async def test_a_passing_refusal_holds_its_conversation_and_is_tried_again(
    bench: Bench, refusal: Exception
) -> None:
    bench.outbox.add("first", conversation_id=ONE)
    bench.outbox.add("second", conversation_id=ONE)
    bench.telegram.planned.extend([refusal] * 3)
    await bench.send()
    assert bench.telegram.shown == ["first", "second"]
    assert bench.outbox.rows()[0].history == ["sending", "pending"] * 3 + ["sending", "sent"]
    assert not any(posting.unconfirmed for posting in bench.telegram.calls)


async def test_a_rate_limit_is_waited_for_as_long_as_the_platform_says(bench: Bench) -> None:
    bench.outbox.add("a", conversation_id=ONE)
    bench.telegram.planned.append(RateLimitedError(timedelta(milliseconds=200)))
    began = asyncio.get_running_loop().time()
    await bench.send()
    assert asyncio.get_running_loop().time() - began >= 0.2


async def test_a_refused_format_is_tried_as_plain_text_once(bench: Bench) -> None:
    bench.outbox.add("*a*", conversation_id=ONE)
    bench.outbox.add("b", conversation_id=ONE)
    bench.telegram.planned.extend([FormatRejectedError("no"), FormatRejectedError("no")])
    with capture_logs() as logs:
        await bench.send()
    assert [posting.plain for posting in bench.telegram.calls] == [False, True, False]
    assert bench.states() == ["dead", "sent"]
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["posting_dead"]


async def test_a_refusal_for_good_is_reported_once_and_frees_the_next(bench: Bench) -> None:
    bench.outbox.add("a", conversation_id=ONE)
    bench.outbox.add("b", conversation_id=ONE)
    bench.telegram.planned.append(RejectedError("channel_not_found"))
    with capture_logs() as logs:
        await bench.send()
    assert bench.states() == ["dead", "sent"]
    assert bench.outbox.rows()[0].reason == "channel_not_found"
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["posting_dead"]


async def test_an_unknown_outcome_is_looked_up_where_the_platform_can_tell(bench: Bench) -> None:
    bench.outbox.add("a", conversation_id=ONE, platform=Platform.SLACK)
    bench.slack.shown.append("a")
    bench.slack.planned.append(UnconfirmedError("cut"))
    await bench.send()
    assert (bench.slack.shown, bench.slack.lookups, len(bench.slack.calls)) == (["a"], 1, 1)
    assert bench.only().delivery == Delivery(message_ids=("found",))


async def test_unknown_outcomes_come_to_an_end(bench: Bench) -> None:
    bench.outbox.add("a", conversation_id=ONE)
    bench.outbox.add("b", conversation_id=ONE)
    bench.telegram.planned.extend([UnconfirmedError("cut")] * sender.UNKNOWN_OUTCOMES)
    await bench.send()
    assert bench.states() == ["dead", "sent"]
    assert len(bench.telegram.calls) == sender.UNKNOWN_OUTCOMES + 1


async def test_what_certainly_nobody_has_seen_is_not_given_up_for_unknown_outcomes(
    bench: Bench,
) -> None:
    """Where the platform tells, and no longer: one that refuses to is like one that cannot."""
    bench.outbox.add("a", conversation_id=ONE, platform=Platform.SLACK)
    bench.slack.planned.extend([UnconfirmedError("cut")] * (sender.UNKNOWN_OUTCOMES + 2))
    await bench.send()
    assert (bench.slack.shown, bench.states()) == (["a"], ["sent"])

    bench.outbox.add("b", conversation_id=ONE, platform=Platform.SLACK)
    bench.slack.tells = False
    bench.slack.planned.extend([UnconfirmedError("cut")] * (sender.UNKNOWN_OUTCOMES + 2))
    await bench.send()
    assert bench.states() == ["sent", "dead"]


async def test_unknown_outcomes_end_after_a_day_too(bench: Bench) -> None:
    old = utc_now() - sender.GIVE_UP_AFTER - timedelta(minutes=1)
    bench.outbox.add("old", conversation_id=ONE, platform=Platform.SLACK, written_at=old)
    bench.slack.planned.append(UnconfirmedError("cut"))
    await bench.send()
    assert bench.states() == ["dead"]


async def test_only_unknown_outcomes_count_against_a_posting(bench: Bench) -> None:
    """A platform that was out of reach for long, and then cuts one connection."""
    bench.outbox.add("a", conversation_id=ONE)
    bench.telegram.planned.extend([NotPostedError("refused")] * 8)
    bench.telegram.planned.append(UnconfirmedError("cut"))
    await bench.send()
    assert bench.only().history[-3:] == ["ambiguous", "sending", "sent"]


def test_five_unknown_outcomes_outlast_a_platform_that_is_down_for_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sender, "FIRST_PAUSE", timedelta(seconds=1))
    error = UnconfirmedError("502")
    pauses = [sender._pause(error, count) for count in range(1, sender.UNKNOWN_OUTCOMES)]
    assert pauses[0] < timedelta(seconds=2)
    assert sum(pauses, timedelta()) > timedelta(minutes=3)


async def test_unconfirmed_postings_go_one_at_a_time_on_a_platform_and_not_over_all(
    bench: Bench,
) -> None:
    for number in range(3):
        bench.outbox.add(f"t{number}", conversation_id=uuid4())
    bench.outbox.add("s", conversation_id=OTHER, platform=Platform.SLACK)
    for row in bench.outbox.rows():
        row.state = "ambiguous"
    bench.telegram.open.clear()
    async with asyncio.timeout(WITHIN), asyncio.TaskGroup() as tasks:
        bench.start(tasks)
        while bench.slack.shown != ["s"]:
            await asyncio.sleep(0)
        assert len(bench.telegram.calls) == 1
        bench.telegram.open.set()
    assert sorted(bench.telegram.shown) == ["t0", "t1", "t2"]


async def test_a_refused_token_is_tried_by_one_posting_a_pause(bench: Bench) -> None:
    for number in range(30):
        bench.outbox.add(str(number), conversation_id=uuid4())
    bench.outbox.add("s", conversation_id=OTHER, platform=Platform.SLACK)
    bench.telegram.planned = deque([TokenRejectedError("revoked")] * 100)
    first, *others = bench.outbox.lines
    async with asyncio.timeout(WITHIN), asyncio.TaskGroup() as tasks:
        made = bench.start(tasks, first)
        await asyncio.sleep(0.01)
        for conversation in others:
            made.put(bench.outbox.heads(conversation))
        await asyncio.sleep(0.2)
        assert bench.slack.shown == ["s"]
        assert 2 <= len(bench.telegram.calls) <= 6
        bench.telegram.planned.clear()
    assert sorted(map(int, bench.telegram.shown)) == list(range(30))


async def test_a_platform_that_does_not_run_here_is_waited_for(bench: Bench) -> None:
    bench.outbox.add("d", conversation_id=ONE, platform=Platform.DISCORD)
    async with asyncio.timeout(WITHIN), asyncio.TaskGroup() as tasks:
        made = bench.start(tasks)
        while bench.only().history.count("pending") < 2:
            await asyncio.sleep(0.01)
        discord = MemoryPlatform(platform=Platform.DISCORD)
        assert isinstance(made.adapters, dict)
        made.adapters[Platform.DISCORD] = discord
    assert discord.shown == ["d"]


async def test_a_posting_is_given_up_after_a_day(bench: Bench) -> None:
    old = utc_now() - sender.GIVE_UP_AFTER - timedelta(minutes=1)
    bench.outbox.add("old", conversation_id=ONE, written_at=old)
    bench.outbox.add("new", conversation_id=ONE)
    bench.telegram.planned.append(NotPostedError("refused"))
    await bench.send()
    assert bench.states() == ["dead", "sent"]


async def test_a_store_that_is_away_is_waited_for_and_nothing_is_posted_twice(
    bench: Bench,
) -> None:
    bench.outbox.add("a", conversation_id=ONE)
    bench.outbox.add("b", conversation_id=ONE)
    bench.outbox.away = 3
    await bench.send()
    assert bench.telegram.shown == ["a", "b"]


async def test_a_fault_of_an_adapter_is_an_unknown_outcome(bench: Bench) -> None:
    bench.outbox.add("a", conversation_id=ONE)
    bench.telegram.planned.append(KeyError("ts"))
    await bench.send()
    assert bench.only().history == ["sending", "ambiguous", "sending", "sent"]


class Odd(MemoryPlatform):
    """Speaks in characters that no store takes."""

    async def send(self, posting: Posting) -> Delivery:
        await MemoryPlatform.send(self, posting)
        return Delivery(message_ids=("\x00\ud800",))


async def test_what_a_platform_says_can_be_stored(bench: Bench) -> None:
    bench.outbox.add("a", conversation_id=ONE)
    bench.outbox.add("b", conversation_id=ONE)
    bench.telegram = Odd(planned=deque([RejectedError("\x00"), NotPostedError("\ud800")]))
    await bench.send()
    dead, sent = bench.outbox.rows()
    assert dead.reason == sent.reason == "\N{REPLACEMENT CHARACTER}"
    assert sent.delivery == Delivery(message_ids=("\N{REPLACEMENT CHARACTER}" * 2,))


async def test_an_end_that_cannot_be_written_down_is_not_posted_again(bench: Bench) -> None:
    """The sweep hands it in again and again."""

    class Broken(MemoryOutbox):
        async def sent(self, posting: Posting, delivery: Delivery) -> list[Posting]:
            raise UnstorableError("no")

    bench.outbox = Broken()
    bench.outbox.add("a", conversation_id=ONE)
    bench.outbox.add("b", conversation_id=OTHER, platform=Platform.SLACK)
    async with asyncio.timeout(WITHIN), asyncio.TaskGroup() as tasks:
        made = bench.start(tasks)
        await asyncio.sleep(0.01)
        made.put(bench.telegram.calls)
    assert (bench.telegram.shown, bench.slack.shown) == (["a"], ["b"])
