"""Budgets: in Redis for all replicas together, in memory for one; the same promises."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from redis.crc import key_slot

from adapters.stores.redis.budgets import RedisBudgets
from adapters.stores.redis.functions import Functions
from adapters.stores.redis.pipeline import Pipeline
from core.budgets import LocalBudgets, share_of
from core.errors import RateLimitedError
from core.messages import Conversation, Platform
from core.pacing import Pacing
from core.ports.budgets import Budgets, Pace, Turn, Window
from tests.stores.valkey import Valkey

PACE = Pace(
    chat=(Window(limit=3, seconds=0.6), Window(limit=8, seconds=3)),
    bot=(Window(limit=10, seconds=0.7),),
)
SLOW = Pace(chat=(Window(limit=2, seconds=60),), bot=(Window(limit=100, seconds=60),))
SOON = timedelta(seconds=1)
CHANNELS = ("-100", "-200", "3", "4", "5", "6")
ROUNDED = 0.01  # seconds

Replicas = Callable[[], Budgets]
"""Another replica's view of the same budgets."""


def chat(channel: str = "-100", *, space: str = "7") -> Conversation:
    return Conversation(platform=Platform.TELEGRAM, space=space, channel=channel)


def shared(pipeline: Pipeline, *, replicas: int = 1) -> RedisBudgets:
    return RedisBudgets(
        functions=Functions(pipeline),
        local=LocalBudgets(replicas=lambda: replicas),
        prefix="acme",
    )


@pytest.fixture(params=["redis", "memory"])
async def replica(request: pytest.FixtureRequest, pipeline: Pipeline) -> AsyncIterator[Replicas]:
    if request.param == "redis":
        yield lambda: shared(pipeline)
    else:
        one = LocalBudgets()
        yield lambda: one


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """When it may be used: between these two, as far as can be told from outside."""

    channel: str
    earliest: float
    latest: float


@dataclass(slots=True)
class Watched:
    """Budgets whose tokens are written down: a busy machine may use them long after."""

    budgets: Budgets
    tokens: list[Token] = field(default_factory=list)

    async def take(
        self, chat: Conversation, pace: Pace, *, patience: timedelta
    ) -> tuple[Turn, timedelta]:
        before = monotonic()
        turn, wait = await self.budgets.take(chat, pace, patience=patience)
        if turn is Turn.TAKEN:
            token = Token(
                channel=chat.channel,
                earliest=before + wait.total_seconds(),
                latest=monotonic() + wait.total_seconds(),
            )
            self.tokens.append(token)
        return turn, wait

    async def spare(self, chat: Conversation, pace: Pace) -> bool:
        return await self.budgets.spare(chat, pace)

    async def pause(self, chat: Conversation, length: timedelta, *, whole_bot: bool) -> None:
        await self.budgets.pause(chat, length, whole_bot=whole_bot)

    def is_paused(self, chat: Conversation) -> bool:
        return self.budgets.is_paused(chat)


def keeps(window: Window, tokens: Sequence[Token]) -> bool:
    """Whether no stretch of a window's length has more tokens than it allows."""
    earliest = sorted(token.earliest for token in tokens)
    latest = sorted(token.latest for token in tokens)
    spans = zip(earliest, latest[window.limit :], strict=False)
    return all(end - start >= window.seconds - ROUNDED for start, end in spans)


async def test_statement_25_two_replicas_together_keep_every_window(replica: Replicas) -> None:
    async def lane(budgets: Watched, channel: str, messages: int) -> None:
        pacing = Pacing(budgets=budgets, pace_of=lambda _: PACE)
        for _ in range(messages):
            while True:
                try:
                    await pacing.admit(chat(channel))
                except RateLimitedError as error:
                    await asyncio.sleep(error.retry_after.total_seconds())
                else:
                    break
            last = [token for token in budgets.tokens if token.channel == channel][-1]
            assert monotonic() >= last.earliest - ROUNDED, "it was not used before its time"

    replicas = [Watched(budgets=replica()) for _ in range(2)]
    async with asyncio.TaskGroup() as tasks:
        for budgets in replicas:
            for channel in CHANNELS:
                tasks.create_task(lane(budgets, channel, 5))
    tokens = [token for budgets in replicas for token in budgets.tokens]
    assert len(tokens) == 60, "slow, but nothing is lost"
    assert keeps(PACE.bot[0], tokens)
    for channel in CHANNELS:
        ours = [token for token in tokens if token.channel == channel]
        assert all(keeps(window, ours) for window in PACE.chat)
    lasted = max(token.latest for token in tokens) - min(token.earliest for token in tokens)
    assert 3 < lasted < 30, "and the pace is used up"


async def test_a_burst_passes_at_once_and_who_comes_then_is_told_when(replica: Replicas) -> None:
    budgets = replica()
    for _ in range(2):
        assert await budgets.take(chat(), SLOW, patience=SOON) == (Turn.TAKEN, timedelta())
    turn, wait = await replica().take(chat(), SLOW, patience=timedelta(seconds=61))
    assert turn is Turn.WAIT
    assert timedelta(seconds=45) < wait <= timedelta(seconds=60)
    refused = [await replica().take(chat(), SLOW, patience=SOON) for _ in range(3)]
    waits = [wait.total_seconds() for turn, wait in refused if turn is Turn.REFUSED]
    assert [later - waits[0] for later in waits] == pytest.approx([0, 30, 60], abs=10)
    assert (await budgets.take(chat("-200"), SLOW, patience=SOON))[0] is Turn.TAKEN
    assert (await budgets.take(chat(space="8"), SLOW, patience=SOON))[0] is Turn.TAKEN


async def test_a_bots_slots_are_given_out_in_the_order_of_asking(replica: Replicas) -> None:
    pace = Pace(chat=(Window(limit=3, seconds=300),), bot=(Window(limit=2, seconds=50),))
    patience = timedelta(seconds=100)
    turns = [await replica().take(chat(str(n)), pace, patience=patience) for n in range(8)]
    waits = [wait.total_seconds() for _, wait in turns]
    assert [turn for turn, _ in turns] == [Turn.TAKEN] * 6 + [Turn.REFUSED] * 2
    assert waits == pytest.approx([0, 0, 50, 50, 100, 100, 150, 175], abs=10)


async def test_what_is_cosmetic_gets_what_messages_leave(replica: Replicas) -> None:
    budgets = replica()
    assert [await budgets.spare(chat(), SLOW) for _ in range(3)] == [True, True, False]
    for _ in range(2):
        turn, wait = await replica().take(chat(), SLOW, patience=SOON)
        assert (turn, wait) == (Turn.TAKEN, timedelta()), "it takes nothing from them"
    assert not await replica().spare(chat(), SLOW)
    assert await replica().spare(chat("-200"), SLOW)


@pytest.mark.parametrize("whole_bot", [True, False])
async def test_a_pause_holds_everybody_and_is_never_made_shorter(
    replica: Replicas, whole_bot: bool
) -> None:
    budgets, other = replica(), replica()
    await budgets.pause(chat(), timedelta(seconds=300), whole_bot=whole_bot)
    await budgets.pause(chat(), timedelta(seconds=2), whole_bot=whole_bot)
    assert budgets.is_paused(chat())
    for one in (budgets, other):
        turn, wait = await one.take(chat(), SLOW, patience=SOON)
        assert turn is Turn.REFUSED
        assert timedelta(seconds=250) < wait
        assert not await one.spare(chat(), SLOW)
        turn, _ = await one.take(chat("-200"), SLOW, patience=SOON)
        assert (turn is Turn.REFUSED) == whole_bot


async def test_after_a_pause_those_who_waited_come_as_fast_as_the_chat_takes_them(
    replica: Replicas,
) -> None:
    pace = Pace(chat=(Window(limit=3, seconds=300), Window(limit=20, seconds=6000)), bot=SLOW.bot)
    await replica().pause(chat(), timedelta(seconds=3000), whole_bot=False)
    waits = [(await replica().take(chat(), pace, patience=SOON))[1] for _ in range(4)]
    assert [wait.total_seconds() for wait in waits] == pytest.approx(
        [3000, 3100, 3200, 3300], abs=30
    )


# Redis alone


async def test_without_redis_each_replica_keeps_its_share(
    pipeline: Pipeline, valkey: Valkey
) -> None:
    budgets = shared(pipeline, replicas=2)
    pace = Pace(chat=(Window(limit=4, seconds=60),), bot=(Window(limit=100, seconds=60),))
    assert (await budgets.take(chat(), pace, patience=SOON))[0] is Turn.TAKEN
    valkey.kill()
    turns = [(await budgets.take(chat(), pace, patience=SOON))[0] for _ in range(3)]
    assert turns == [Turn.TAKEN, Turn.REFUSED, Turn.REFUSED], "the one before counts"
    valkey.start()
    await asyncio.sleep(1.1)  # the server is left alone for a moment
    assert (await budgets.take(chat("new"), pace, patience=SOON))[0] is Turn.TAKEN
    async with Redis.from_url(valkey.url) as admin:
        assert await admin.exists("acme:budget:{telegram:7}:new"), "the functions are loaded again"


async def test_a_flush_ends_no_pause_of_ones_own(pipeline: Pipeline, admin: Redis) -> None:
    budgets = shared(pipeline)
    await budgets.pause(chat(), timedelta(seconds=30), whole_bot=False)
    await admin.flushall()
    assert (await budgets.take(chat(), SLOW, patience=SOON))[0] is Turn.REFUSED


async def test_a_redis_that_takes_nothing_leaves_the_share(
    pipeline: Pipeline, admin: Redis
) -> None:
    budgets = shared(pipeline)
    await admin.replicaof("127.0.0.1", "1")
    turns = [(await budgets.take(chat(), SLOW, patience=SOON))[0] for _ in range(3)]
    assert turns == [Turn.TAKEN, Turn.TAKEN, Turn.REFUSED]


async def test_a_login_without_functions_leaves_the_share(pipeline: Pipeline, admin: Redis) -> None:
    await admin.acl_setuser("default", enabled=True, commands=["-fcall", "-function"])
    turns = [(await shared(pipeline).take(chat(), SLOW, patience=SOON))[0] for _ in range(2)]
    assert turns == [Turn.TAKEN, Turn.TAKEN]


async def test_a_bucket_is_small_and_ends_with_its_window(pipeline: Pipeline, admin: Redis) -> None:
    budgets = shared(pipeline)
    for _ in range(20):
        await budgets.take(chat(), PACE, patience=SOON)
    for _ in range(30):
        await budgets.take(chat(str(uuid4())), PACE, patience=timedelta(minutes=1))
    bot, group = b"acme:budget:{telegram:7}", b"acme:budget:{telegram:7}:-100"
    assert key_slot(bot) == key_slot(group)
    times = await admin.hget(bot, "times")
    assert times is not None
    assert len(times) == 8 * 10
    for key in (bot, group):
        assert 0 < await admin.pttl(key) <= 5_000


@pytest.mark.parametrize(
    ("window", "replicas", "share"),
    [
        (Window(limit=30, seconds=1), 1, Window(limit=30, seconds=1)),
        (Window(limit=30, seconds=1), 4, Window(limit=7, seconds=1)),
        (Window(limit=3, seconds=3), 3, Window(limit=1, seconds=3)),
        (Window(limit=3, seconds=3), 6, Window(limit=1, seconds=6)),
    ],
)
def test_the_shares_of_all_replicas_are_no_more_than_the_whole(
    window: Window, replicas: int, share: Window
) -> None:
    assert share_of(window, replicas) == share
    assert replicas * share.limit / share.seconds <= window.limit / window.seconds
