"""Telegram's pace is kept, and its pauses are obeyed to the end."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from heapq import heappop, heappush
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.platforms.telegram.adapter import TelegramAdapter
from adapters.platforms.telegram.config import PUBLIC_API, TelegramConfig
from adapters.platforms.telegram.pace import pace_of
from core.budgets import MANY, LocalBudgets
from core.errors import RateLimitedError
from core.pacing import PATIENCE, Pacing, no_pace
from simulator.telegram import TelegramStandIn
from tests.platforms.telegram import adapter_for, conversation_in, posting_to

BOT, CHAT, GROUP = (30, 1.0), (3, 3.0), (20, 60.0)


@dataclass
class Time:
    """A clock that moves when nobody has anything left to do but wait."""

    now: float = 1_000.0
    _order: "count[int]" = field(default_factory=count)
    _sleepers: list[tuple[float, int, "asyncio.Future[None]"]] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        heappush(self._sleepers, (self.now + seconds, next(self._order), woken))
        await woken

    async def pass_until(self, end: float) -> None:
        """Wake the sleepers one by one, in order."""
        await self._settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            at, _, woken = heappop(self._sleepers)
            self.now = max(self.now, at)
            if not woken.done():
                woken.set_result(None)
            await self._settle()
        self.now = end

    async def _settle(self) -> None:
        for _ in range(50):
            await asyncio.sleep(0)


@dataclass
class Outbox:
    """Sends postings as the core does: each again when its time has come, in order in its lane."""

    pacing: Pacing
    time: Time
    sent: list[tuple[float, str, int]] = field(default_factory=list)

    async def lane(self, channel: str, postings: int) -> None:
        for number in range(postings):
            while True:
                try:
                    await self.pacing.admit(conversation_in(channel))
                except RateLimitedError as error:
                    await self.time.sleep(error.retry_after.total_seconds())
                else:
                    break
            self.sent.append((self.time.now, channel, number))

    def times(self, channel: str | None = None) -> list[float]:
        return [at for at, where, _ in self.sent if channel in {None, where}]


@pytest.fixture
def time() -> Time:
    return Time()


def pacing_on(time: Time, *, rates: bool = True) -> Pacing:
    budgets = LocalBudgets(clock=time.clock)
    pace = pace_of if rates else no_pace
    return Pacing(budgets=budgets, pace_of=pace, clock=time.clock, sleep=time.sleep)


def most_within(times: list[float], seconds: float) -> int:
    """The most that happened within any stretch of time, its end left out."""
    times = sorted(times)
    return max(sum(1 for at in times if start <= at < start + seconds - 1e-6) for start in times)


async def test_statement_25_a_group_gets_20_a_minute_a_chat_1_a_second_and_all_30(
    time: Time,
) -> None:
    outbox = Outbox(pacing_on(time), time)
    chats = {"-100": 45, "-200": 10, **{str(number): 8 for number in range(1, 60)}}
    async with asyncio.TaskGroup() as group:
        for channel, postings in chats.items():
            group.create_task(outbox.lane(channel, postings))
        await time.pass_until(time.now + 200)
    assert len(outbox.sent) == sum(chats.values()), "slow, but nothing is lost"
    assert most_within(outbox.times(), BOT[1]) == BOT[0]
    assert most_within(outbox.times("-100"), GROUP[1]) == GROUP[0]
    for channel, postings in chats.items():
        assert most_within(outbox.times(channel), CHAT[1]) <= CHAT[0]
        order = [number for _, where, number in outbox.sent if where == channel]
        assert order == list(range(postings))
    minute = [at for at in outbox.times("-100") if at < 1_000 + 61]
    assert len(minute) >= 20, "the pace is used up, too"


async def test_a_short_burst_passes_at_once(time: Time) -> None:
    outbox = Outbox(pacing_on(time), time)
    await outbox.lane("7", 3)
    assert outbox.times() == [1_000.0] * 3


async def test_a_long_wait_is_the_outboxs(time: Time) -> None:
    pacing = pacing_on(time)
    for _ in range(3):
        await pacing.admit(conversation_in("7"))
    with pytest.raises(RateLimitedError) as raised:
        await pacing.admit(conversation_in("7"))
    assert raised.value.retry_after >= timedelta(seconds=3)
    assert raised.value.retry_after.total_seconds() > PATIENCE.total_seconds()
    await pacing.admit(conversation_in("8"))


async def test_a_short_wait_is_kept_in_order(time: Time) -> None:
    pacing, order = pacing_on(time), list[int]()
    for _ in range(3):
        await pacing.admit(conversation_in("7"))
    time.now += 1.5

    async def send(number: int) -> None:
        await pacing.admit(conversation_in("7"))
        order.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(send(number))
        await time.pass_until(1_002.9)
        assert order == []
        await time.pass_until(1_003.2)
    assert order == [0, 1, 2]


async def test_those_who_are_refused_come_back_one_after_the_other(time: Time) -> None:
    pacing = pacing_on(time)
    for _ in range(20):
        time.now += 2
        await pacing.admit(conversation_in("-100"))
    waits = []
    for _ in range(4):
        with pytest.raises(RateLimitedError) as raised:
            await pacing.admit(conversation_in("-100"))
        waits.append(raised.value.retry_after.total_seconds())
    assert [later - waits[0] for later in waits] == pytest.approx([0, 3, 6, 9], abs=0.1)


@pytest.mark.parametrize("rates", [True, False])
async def test_statement_24_a_pause_is_not_cut_short_by_another_request_that_ends(
    time: Time, rates: bool
) -> None:
    pacing = pacing_on(time, rates=rates)
    await pacing.admit(conversation_in("7"))
    await pacing.admit(conversation_in("8"))
    await pacing.pause(conversation_in("7"), timedelta(seconds=1.5), whole_bot=True)
    await pacing.pause(
        conversation_in("7"), timedelta(seconds=0.2), whole_bot=True
    )  # another request ends, with a shorter pause
    admitted = list[float]()

    async def send(channel: str) -> None:
        await pacing.admit(conversation_in(channel))
        admitted.append(time.now)

    async with asyncio.TaskGroup() as group:
        for channel in ("7", "8", "9", "-100"):
            group.create_task(send(channel))
        await time.pass_until(1_001.4)
        assert admitted == []
        await time.pass_until(1_002)
    assert admitted == [1_001.5] * 4


async def test_a_pause_that_comes_while_one_waits_holds_it_too(time: Time) -> None:
    pacing, admitted = pacing_on(time), list[float]()
    for _ in range(3):
        await pacing.admit(conversation_in("7"))
    time.now += 2

    async def send() -> None:
        await pacing.admit(conversation_in("7"))
        admitted.append(time.now)

    async with asyncio.TaskGroup() as group:
        group.create_task(send())
        await time.pass_until(1_002.5)
        await pacing.pause(conversation_in("7"), timedelta(seconds=1.4))
        await time.pass_until(1_003.8)
        assert admitted == []
        await time.pass_until(1_004)
    assert admitted == [pytest.approx(1_003.9)]


async def test_a_pause_that_comes_while_one_waits_for_all_the_others_holds_it_too(
    time: Time,
) -> None:
    pacing, admitted = pacing_on(time), list[float]()
    for number in range(30):
        await pacing.admit(conversation_in(str(number)))

    async def send() -> None:
        await pacing.admit(conversation_in("99"))
        admitted.append(time.now)

    async with asyncio.TaskGroup() as group:
        group.create_task(send())
        await time.pass_until(1_000.5)
        await pacing.pause(conversation_in("7"), timedelta(seconds=1.2), whole_bot=True)
        await time.pass_until(1_001.6)
        assert admitted == []
        await time.pass_until(1_002)
    assert admitted == [pytest.approx(1_001.7)]


async def test_a_pause_of_one_chat_is_not_the_others(time: Time) -> None:
    pacing = pacing_on(time, rates=False)
    await pacing.pause(conversation_in("7"), timedelta(seconds=7))
    await pacing.admit(conversation_in("8"))
    with pytest.raises(RateLimitedError) as raised:
        await pacing.admit(conversation_in("7"))
    assert raised.value.retry_after == timedelta(seconds=7)
    time.now += 7
    await pacing.admit(conversation_in("7"))


async def test_quiet_chats_are_forgotten(time: Time) -> None:
    budgets = LocalBudgets(clock=time.clock)
    pacing = Pacing(budgets=budgets, pace_of=pace_of, clock=time.clock, sleep=time.sleep)
    for number in range(3 * MANY):
        time.now += 1
        await pacing.admit(conversation_in(str(number)))
    assert len(budgets._buckets) <= MANY + 2


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(st.sampled_from(["-1", "-2", "3", "4"]), st.floats(0, 20)),
        min_size=1,
        max_size=80,
    )
)
def test_no_pattern_of_postings_breaks_a_limit(arrivals: list[tuple[str, float]]) -> None:
    async def run() -> Outbox:
        time = Time()
        outbox = Outbox(pacing_on(time), time)

        async def later(channel: str, delay: float) -> None:
            await time.sleep(delay)
            await outbox.lane(channel, 1)

        async with asyncio.TaskGroup() as group:
            for channel, delay in arrivals:
                group.create_task(later(channel, delay))
            await time.pass_until(time.now + 600)
        return outbox

    outbox = asyncio.run(run())
    assert len(outbox.sent) == len(arrivals)
    by_chat = defaultdict(list)
    for at, channel, _ in outbox.sent:
        by_chat[channel].append(at)
    assert most_within(outbox.times(), BOT[1]) <= BOT[0]
    for channel, times in by_chat.items():
        assert most_within(times, CHAT[1]) <= CHAT[0]
        assert not channel.startswith("-") or most_within(times, GROUP[1]) <= GROUP[0]


# The adapter with it


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramStandIn]:
    async with TelegramStandIn(longest_poll=0.3) as standin:
        yield standin


@pytest.mark.parametrize(
    ("url", "limits", "kept"),
    [
        (PUBLIC_API, None, True),
        (f"{PUBLIC_API}/", None, True),
        ("http://127.0.0.1:1", None, False),
        ("http://127.0.0.1:1", True, True),
        (PUBLIC_API, False, False),
    ],
)
def test_the_rates_are_kept_where_they_hold(url: str, limits: bool | None, kept: bool) -> None:
    assert TelegramConfig(token="1:A", api_url=url, limits=limits).keeps_limits is kept


async def test_statement_23_a_429_delays_its_chat_alone_and_for_as_long_as_it_says(
    telegram: TelegramStandIn,
) -> None:
    time = Time()
    busy, quiet = (str(telegram.chats.group(name).id) for name in ("busy", "quiet"))
    async with adapter_for(telegram, clock=time.clock) as adapter:
        telegram.fail_next(status=429, retry_after=7)
        for _ in range(3):
            with pytest.raises(RateLimitedError) as raised:
                await adapter.send(posting_to(conversation_in(busy), "first"))
            assert raised.value.retry_after == timedelta(seconds=7)
        assert telegram.calls == [], "no attempt of the three got through"
        await adapter.send(posting_to(conversation_in(quiet), "elsewhere"))
        time.now += 7
        await adapter.send(posting_to(conversation_in(busy), "first"))
    assert [(one.channel, one.text) for one in telegram.posted] == [
        (quiet, "elsewhere"),
        (busy, "first"),
    ]


async def test_a_429_for_the_whole_bot_delays_every_chat(telegram: TelegramStandIn) -> None:
    time = Time()
    busy, quiet = (str(telegram.chats.group(name).id) for name in ("busy", "quiet"))
    async with adapter_for(telegram, clock=time.clock) as adapter:
        telegram.pause_bot(7)
        for channel in (busy, quiet):
            with pytest.raises(RateLimitedError):
                await adapter.send(posting_to(conversation_in(channel), "hello"))
        assert telegram.posted == []
        time.now += 7
        await adapter.send(posting_to(conversation_in(quiet), "hello"))


async def test_the_adapters_own_pace_satisfies_a_strict_server(telegram: TelegramStandIn) -> None:
    telegram.world.pace.enforced = True
    config = TelegramConfig(token=telegram.token, api_url=telegram.url, limits=True)
    held = 0
    async with TelegramAdapter(config) as adapter:
        for number in range(45):
            channel = str(telegram.chats.private(f"p{number % 13}").id)
            try:
                await adapter.send(posting_to(conversation_in(channel), "hello"))
            except RateLimitedError:
                held += 1
    assert len(telegram.posted) == 45 - held
    assert held >= 45 - 39, "three to each of 13 people, and no more within the three seconds"
    refused = len(telegram.calls) - len(telegram.posted)
    assert refused <= 1, "a stall on the way is all that a server may complain of"
