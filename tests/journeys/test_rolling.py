"""A minute of rolling restarts: two bots, all platforms, every event delivered to both."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import pytest

from bots.embedded import Addresses
from core.entries import NewEntry
from simulator.discord import DiscordStandIn
from simulator.slack import SlackStandIn
from simulator.standin import Asked, StandIn
from tests.contract.inbox import until
from tests.journeys.history import answered_all, at_rest, read_history
from tests.journeys.knowledge import GATES, teach
from tests.journeys.platforms import (
    PLATFORMS,
    all_acknowledged,
    ask_in_one_conversation,
    open_stand_in,
)
from tests.ports import free_port
from tests.process import BotProcess, bot_environment, start_bot

SECONDS = 60.0
PAUSE = 0.25  # between two questions of a conversation: a person's events do not race each other
RESTART_EVERY = 7.0
WITHIN = 120.0


@dataclass(slots=True, kw_only=True)
class Thread:
    """One conversation on one platform, and what was asked in it."""

    stand_in: StandIn
    root: Asked
    asked: list[tuple[Asked, NewEntry]] = field(default_factory=list)

    async def ask(self, gate: NewEntry) -> None:
        """Ask about a gate."""
        asked = await ask_in_one_conversation(self.stand_in, gate.phrasings[0], self.root)
        self.asked.append((asked, gate))

    def answers(self) -> Sequence[str]:
        """The answers in this conversation as they were posted, repeats of one counted once."""
        ours = {asked.id for asked, _ in self.asked} | {self.root.id}
        posted = [
            gate.answer
            for one in self.stand_in.posted
            if one.channel == self.root.channel and one.reply_to in ours
            for gate in GATES
            if gate.answer in one.text
        ]
        return [answer for answer, _ in groupby(posted)]


@pytest.mark.timeout(600)
async def test_rolling_restarts_lose_nothing_and_keep_the_order(
    addresses: Addresses, tmp_path: Path
) -> None:
    await teach(addresses, *GATES)
    ports = [free_port(), free_port()]
    async with AsyncExitStack() as stack:
        stand_ins = [
            await stack.enter_async_context(open_stand_in(name, ports=ports, shared=True))
            for name in PLATFORMS
        ]
        settings = [
            bot_environment(addresses, *(one.environment for one in stand_ins), port=port)
            for port in ports
        ]
        bots = [await start_bot(one, tmp_path / "bots.log") for one in settings]
        try:
            for bot in bots:
                await bot.ready()
            threads = [await _open(stand_in) for stand_in in stand_ins]
            async with asyncio.TaskGroup() as tasks:
                talking = [tasks.create_task(_talk(thread)) for thread in threads]
                tasks.create_task(_restart(bots, settings, talking, tmp_path / "bots.log"))
                tasks.create_task(_disturb(stand_ins, talking))
            for stand_in in stand_ins:
                await answered_all(stand_in, within=WITHIN)
            await at_rest(addresses, within=WITHIN)
            for bot in bots:
                assert await bot.stop() == 0
        finally:
            for bot in bots:
                await bot.kill()

        for thread in threads:
            expected = [GATES[0].answer] + [gate.answer for _, gate in thread.asked]
            assert thread.answers() == [answer for answer, _ in groupby(expected)]
        for name, stand_in in zip(PLATFORMS, stand_ins, strict=True):
            history = await read_history(stand_in, addresses)
            assert history.unanswered == []
            assert history.report.lost == []
            assert history.report.most_copies <= (2 if name == "telegram" else 1)
        asked = sum(len(stand_in.asked) for stand_in in stand_ins)
        assert history.counted == history.used == history.answered == asked


async def _open(stand_in: StandIn) -> Thread:
    """Begin a conversation, so that the platform and the bot know each other."""
    root = await stand_in.ask(GATES[0].phrasings[0])
    await stand_in.answered(1, timeout=WITHIN)
    return Thread(stand_in=stand_in, root=root)


async def _talk(thread: Thread) -> None:
    for number in range(int(SECONDS / PAUSE)):
        await thread.ask(GATES[(number + 1) % len(GATES)])
        await asyncio.sleep(PAUSE)
        if isinstance(thread.stand_in, SlackStandIn):
            await until(lambda: all_acknowledged(thread.stand_in))


async def _restart(
    bots: list[BotProcess],
    settings: Sequence[Mapping[str, str]],
    talking: Sequence[asyncio.Task[None]],
    log: Path,
) -> None:
    """Stop one, then kill the other, and so on; one of them always runs."""
    turn = 0
    while not all(task.done() for task in talking):
        await asyncio.sleep(RESTART_EVERY)
        number = turn % len(bots)
        if turn % 4 < 2:
            await bots[number].stop()
        else:
            await bots[number].kill()
        bots[number] = await start_bot(settings[number], log)
        await bots[number].ready()
        turn += 1


async def _disturb(stand_ins: Sequence[StandIn], talking: Sequence[asyncio.Task[None]]) -> None:
    """Cut Discord's connections now and then."""
    while not all(task.done() for task in talking):
        await asyncio.sleep(RESTART_EVERY * 1.7)
        for stand_in in stand_ins:
            if isinstance(stand_in, DiscordStandIn):
                stand_in.gateway.cut()
