"""People see that a slow answer is under way, and no longer than it is."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from core.errors import NotPostedError, RateLimitedError
from core.messages import Capability, Conversation, Kind
from core.ports.inbox import Admitted
from core.ports.platform import ChatAdapter, ShowsTyping
from core.typing_status import TypingStatus
from tests.core.memory import MemoryPlatform, admitted

SOON, AGAIN = 0.03, 0.03
LONG = SOON + 10 * AGAIN


@dataclass(slots=True)
class TypingPlatform(MemoryPlatform):
    """Counts how often it was told to show it. With `stuck` a call never ends."""

    capabilities: Capability = Capability.TYPING
    seen: list[Conversation] = field(default_factory=list)
    trouble: Exception | None = None
    stuck: bool = False

    async def show_typing(self, conversation: Conversation) -> None:
        self.seen.append(conversation)
        if self.stuck:
            await asyncio.Event().wait()
        if self.trouble is not None:
            raise self.trouble


@dataclass(slots=True)
class Bench:
    """The status on one platform."""

    tasks: asyncio.TaskGroup
    platform: TypingPlatform = field(default_factory=TypingPlatform)

    def status(self, platform: ChatAdapter | None = None) -> TypingStatus:
        adapter = platform or self.platform
        return TypingStatus(
            adapters={adapter.platform: adapter},
            tasks=self.tasks,
            first_after=SOON,
            again_after=AGAIN,
        )

    async def until(self, count: int) -> None:
        async with asyncio.timeout(60):
            while len(self.platform.seen) < count:
                await asyncio.sleep(0.005)

    async def stays(self) -> None:
        """Nothing is shown any more, and nothing is left that could."""
        await asyncio.sleep(0)
        seen = len(self.platform.seen)
        assert len(asyncio.all_tasks()) == 1, "no task is left behind"
        await asyncio.sleep(3 * AGAIN)
        assert len(self.platform.seen) == seen


def of_kind(kind: Kind) -> Admitted:
    message = admitted()
    return replace(message, message=replace(message.message, kind=kind))


async def test_a_quick_answer_shows_nothing() -> None:
    async with asyncio.TaskGroup() as tasks:
        bench = Bench(tasks)
        with bench.status().shown(admitted()):
            await asyncio.sleep(0)
        await bench.stays()
    assert bench.platform.seen == []


@pytest.mark.parametrize("kind", [Kind.MESSAGE, Kind.COMMAND])
async def test_a_slow_answer_shows_it_again_and_again_until_it_is_there(kind: Kind) -> None:
    message = of_kind(kind)
    async with asyncio.TaskGroup() as tasks:
        bench = Bench(tasks)
        with bench.status().shown(message):
            assert bench.platform.seen == []
            await bench.until(3)
        await bench.stays()
    assert set(bench.platform.seen) == {message.conversation}


async def test_it_begins_after_a_second_and_comes_every_four() -> None:
    async with asyncio.TaskGroup() as tasks:
        status = TypingStatus(adapters={}, tasks=tasks)
    assert (status.first_after, status.again_after) == (1.0, 4.0)


async def test_it_ends_with_a_failure() -> None:
    async with asyncio.TaskGroup() as tasks:
        bench = Bench(tasks)

        async def answer() -> None:
            with bench.status().shown(admitted()):
                await bench.until(2)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await answer()
        await bench.stays()


async def test_it_ends_with_a_cancellation() -> None:
    async with asyncio.TaskGroup() as tasks:
        bench = Bench(tasks)

        async def answer() -> None:
            with bench.status().shown(admitted()):
                await asyncio.Event().wait()

        answering = tasks.create_task(answer())
        await bench.until(2)
        answering.cancel()
        await asyncio.wait([answering])
        await bench.stays()
    assert answering.cancelled()


async def test_it_ends_with_the_group_of_its_tasks() -> None:
    benches: list[Bench] = []

    async def answer(bench: Bench) -> None:
        with bench.status().shown(admitted()):
            await asyncio.Event().wait()

    async def crash() -> None:
        async with asyncio.TaskGroup() as tasks:
            benches.append(Bench(tasks))
            tasks.create_task(answer(benches[0]))
            await benches[0].until(1)
            raise ZeroDivisionError

    with capture_logs() as logs, pytest.raises(ExceptionGroup):
        await crash()
    await benches[0].stays()
    assert logs == []


async def test_a_group_that_is_being_cancelled_takes_no_new_task() -> None:
    """The timer may come due between the group's end and the block's."""
    async with asyncio.TaskGroup() as over:
        pass
    bench = Bench(over)
    with bench.status().shown(admitted()):
        await asyncio.sleep(LONG)
    assert bench.platform.seen == []


@pytest.mark.parametrize(
    "trouble", [RateLimitedError(timedelta(seconds=7)), NotPostedError("Telegram is away")]
)
async def test_a_refusal_ends_it_silently_and_the_answer_goes_on(trouble: Exception) -> None:
    with capture_logs() as logs:
        async with asyncio.TaskGroup() as tasks:
            bench = Bench(tasks)
            bench.platform.trouble = trouble
            with bench.status().shown(admitted()):
                await asyncio.sleep(LONG)
            await bench.stays()
    assert len(bench.platform.seen) == 1
    assert [(line["event"], line["log_level"]) for line in logs] == [("typing_not_shown", "debug")]


async def test_a_fault_of_the_adapter_ends_nothing_else() -> None:
    with capture_logs() as logs:
        async with asyncio.TaskGroup() as tasks:
            bench = Bench(tasks)
            bench.platform.trouble = ZeroDivisionError()
            with bench.status().shown(admitted()):
                await asyncio.sleep(LONG)
    assert [line["event"] for line in logs] == ["typing_failed"]


async def test_a_platform_that_does_not_answer_delays_nothing() -> None:
    async with asyncio.TaskGroup() as tasks:
        bench = Bench(tasks)
        bench.platform.stuck = True
        waited: list[bool] = []
        with bench.status().shown(admitted()):
            await bench.until(1)
            asyncio.get_running_loop().call_soon(waited.append, True)
        assert waited == [], "the block has ended in the same turn of the loop"
        await bench.stays()


async def test_a_click_shows_nothing() -> None:
    async with asyncio.TaskGroup() as tasks:
        bench = Bench(tasks)
        with bench.status().shown(of_kind(Kind.CLICK)):
            await asyncio.sleep(LONG)
    assert bench.platform.seen == []


async def test_a_platform_without_it_is_left_alone() -> None:
    class Mute(MemoryPlatform):
        """Declares what it cannot."""

    async with asyncio.TaskGroup() as tasks:
        bench = Bench(tasks)
        undeclared = TypingPlatform(capabilities=Capability.NONE)
        mute = Mute(capabilities=Capability.TYPING)
        assert isinstance(undeclared, ShowsTyping)
        assert not isinstance(mute, ShowsTyping)
        for platform in (undeclared, mute):
            with bench.status(platform).shown(admitted()):
                await asyncio.sleep(LONG)
    assert undeclared.seen == []
