"""What waits during a statement goes into the next one, and nobody notices."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.stores.grouping import Grouping
from core.errors import UnavailableError


class Statement:
    """Squares numbers, refuses a whole group for one bad number, and remembers the groups."""

    def __init__(self, bad: frozenset[int] = frozenset()) -> None:
        self.bad = bad
        self.groups: list[list[int]] = []
        self.away = False

    async def __call__(self, group: Sequence[int]) -> Sequence[int]:
        await asyncio.sleep(0)
        self.groups.append(list(group))
        if self.away:
            raise UnavailableError("away")
        if self.bad & set(group):
            raise ValueError("bad")
        return [number * number for number in group]


async def test_calls_that_arrive_together_share_one_statement() -> None:
    statement = Statement()
    square = Grouping(execute=statement)
    async with square.running():
        results = await asyncio.gather(*(square(n) for n in range(10)))
    assert results == [n * n for n in range(10)]
    assert statement.groups == [list(range(10))]


async def test_a_group_is_never_larger_than_its_limit() -> None:
    statement = Statement()
    square = Grouping(execute=statement, limit=4)
    async with square.running():
        await asyncio.gather(*(square(n) for n in range(10)))
    assert [len(group) for group in statement.groups] == [4, 4, 2]


@given(bad=st.frozensets(st.integers(0, 30)), count=st.integers(1, 31))
def test_only_the_item_at_fault_fails(bad: frozenset[int], count: int) -> None:
    async def outcomes() -> list[int | BaseException]:
        square = Grouping(execute=Statement(bad))
        async with square.running():
            return await asyncio.gather(*(square(n) for n in range(count)), return_exceptions=True)

    with asyncio.Runner() as runner:
        for number, outcome in enumerate(runner.run(outcomes())):
            if number in bad:
                assert isinstance(outcome, ValueError)
            else:
                assert outcome == number * number


async def test_a_store_that_is_away_fails_every_caller_once() -> None:
    statement = Statement()
    statement.away = True
    square = Grouping(execute=statement)
    async with square.running():
        outcomes = await asyncio.gather(*(square(n) for n in range(8)), return_exceptions=True)
        assert all(isinstance(outcome, UnavailableError) for outcome in outcomes)
        assert len(statement.groups) == 1
        statement.away = False
        assert await square(3) == 9


async def test_a_cancelled_caller_leaves_the_others_alone() -> None:
    square = Grouping(execute=Statement())
    async with square.running():
        impatient = asyncio.ensure_future(square(1))
        patient = asyncio.ensure_future(square(2))
        await asyncio.sleep(0)
        impatient.cancel()
        assert await patient == 4


async def test_what_waits_at_the_end_is_finished() -> None:
    statement = Statement()
    square = Grouping(execute=statement, limit=1)
    async with square.running():
        calls = [asyncio.ensure_future(square(n)) for n in range(5)]
        await asyncio.sleep(0)
    assert [call.result() for call in calls] == [0, 1, 4, 9, 16]


async def test_a_call_after_the_end_is_refused() -> None:
    square = Grouping(execute=Statement())
    async with square.running():
        pass
    with pytest.raises(UnavailableError):
        async with asyncio.timeout(60):
            await square(1)
