"""Two ways to load a bot: as fast as it answers, and at a steady rate."""

import asyncio
import statistics
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.standin import Asked, Posted, StandIn

QUESTIONS = tuple(f"How do I set up tool number {n}?" for n in range(20))
CHANNELS = 200
PEOPLE = 100
PATIENCE = 60.0  # seconds for the last answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """Milliseconds from the event handed to the bot's transport to its reply accepted."""

    p50: float
    p99: float


async def as_fast_as_answered(stand_in: StandIn, *, count: int, in_flight: int) -> float:
    """Keep so many questions open; messages a second."""
    before = len(stand_in.posted)
    started = time.perf_counter()
    for number in range(count):
        open_from = before + number - in_flight + 1
        if len(stand_in.posted) < open_from:
            await stand_in.answered(open_from, timeout=PATIENCE)
        await _ask(stand_in, number)
    await stand_in.answered(before + count, timeout=PATIENCE)
    return count / (time.perf_counter() - started)


async def at_a_rate(stand_in: StandIn, *, rate: float, seconds: float) -> Latencies:
    """Ask at fixed times whatever the bot does: an open loop."""
    first_asked, first_posted = len(stand_in.asked), len(stand_in.posted)
    started = time.perf_counter()
    count = int(rate * seconds)
    for number in range(count):
        pause = started + number / rate - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        await _ask(stand_in, number)
    await stand_in.answered(first_posted + count, timeout=PATIENCE)
    return _latencies(stand_in.asked[first_asked:], stand_in.posted[first_posted:])


async def _ask(stand_in: StandIn, number: int) -> Asked:
    return await stand_in.ask(
        QUESTIONS[number % len(QUESTIONS)],
        channel=f"channel-{number % CHANNELS}",
        person=f"person-{number % PEOPLE}",
    )


def _latencies(asked: Sequence[Asked], posted: Sequence[Posted]) -> Latencies:
    """Pair them within each channel by order: an echo bot names no question in its reply."""
    waiting: defaultdict[str, deque[float]] = defaultdict(deque)
    for one in asked:
        waiting[one.channel].append(one.at)
    times = [
        (reply.at - waiting[reply.channel].popleft()) * 1000
        for reply in posted
        if waiting[reply.channel]
    ]
    cuts = statistics.quantiles(times, n=100)
    return Latencies(p50=cuts[49], p99=cuts[98])
