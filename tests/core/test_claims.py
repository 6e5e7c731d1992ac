"""A claim is held for as long as somebody works on it."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from core.claims import held
from core.errors import UnavailableError

WITHIN = timedelta(seconds=0.4)


@dataclass(slots=True)
class Renewals:
    """Says what was planned, and then that it is held."""

    planned: deque[bool | Exception] = field(default_factory=deque)
    count: int = 0

    async def __call__(self) -> bool:
        self.count += 1
        said = self.planned.popleft() if self.planned else True
        if isinstance(said, Exception):
            raise said
        return said


async def test_a_claim_is_renewed_until_the_work_is_done() -> None:
    renewals = Renewals(deque([UnavailableError("away"), UnavailableError("away")]))
    async with held(renewals, within=WITHIN):
        await asyncio.sleep(2 * WITHIN.total_seconds())
    assert renewals.count >= 4
    before = renewals.count
    await asyncio.sleep(WITHIN.total_seconds() / 2)
    assert renewals.count == before


@pytest.mark.parametrize(
    ("planned", "why"),
    [([True, False], "somebody else's"), ([UnavailableError("away")] * 99, "could not be renewed")],
)
async def test_work_whose_claim_is_lost_ends_before_anybody_else_begins(
    planned: list[bool | Exception], why: str
) -> None:
    done = []

    async def work() -> None:
        async with held(Renewals(deque(planned)), within=WITHIN):
            await asyncio.sleep(5)
            done.append(True)

    begun = asyncio.get_running_loop().time()
    with pytest.raises(UnavailableError, match=why):
        await work()
    assert not done
    assert asyncio.get_running_loop().time() - begun < WITHIN.total_seconds() + 0.3


async def test_what_fails_in_the_work_is_raised_as_it_is() -> None:
    with pytest.raises(KeyError, match="broken"):
        async with held(Renewals(), within=WITHIN):
            raise KeyError("broken")
