"""The functions on the way of a message are not planned anew for each call."""

from collections.abc import AsyncIterator

import pytest

from bots.embedded import Addresses
from tests.stores.people import Owner, open_owner

GENERIC = "plan_cache_mode=force_generic_plan"
SETTINGS = """
SELECT proname AS name, proconfig AS settings FROM pg_proc
 WHERE proname IN ('admit_messages', 'settle_messages', 'finish', 'append_turns', 'mark_recorded',
                   'reserve', 'end_reservations')
"""


@pytest.fixture
async def owner(addresses: Addresses) -> AsyncIterator[Owner]:
    async with open_owner(addresses) as owner:
        yield owner


async def test_plans_are_kept_on_the_way_of_a_message(owner: Owner) -> None:
    functions = await owner.rows(SETTINGS)
    assert len(functions) == 7
    assert all(GENERIC in function["settings"] for function in functions)
