"""Check what happened: every question answered, nothing counted or said more than promised."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.stores.postgres.connection import open_pool
from bots.embedded import Addresses
from simulator.standin import Asked, StandIn

SETTLED = """
SELECT (SELECT count(*) FROM inbox WHERE state <> 'settled')
     + (SELECT count(*) FROM outbox WHERE state NOT IN ('sent', 'dead'))
     + (SELECT count(*) FROM inbox WHERE NOT recorded) AS open
"""
LEDGER = """
SELECT (SELECT count(*) FROM usage_records) AS counted,
       (SELECT coalesce(sum(used), 0) FROM quotas)::bigint AS used,
       (SELECT count(*) FROM inbox) AS admitted,
       (SELECT count(*) FROM turns) AS turns,
       (SELECT count(*) FROM inbox WHERE outcome = 'answered') AS answered,
       (SELECT count(*) FROM outbox WHERE state = 'dead') AS dead
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the platform and the database agree on, after everything has come to rest."""

    unanswered: Sequence[Asked]
    repeated: int
    most_copies: int
    counted: int
    used: int
    admitted: int
    turns: int
    answered: int
    dead: int


async def at_rest(addresses: Addresses, *, within: float) -> None:
    """Wait until nothing is under way in the database."""
    async with open_pool(addresses.postgres_dsn) as pool, asyncio.timeout(within):
        while await pool.fetchval(SETTLED):
            await asyncio.sleep(0.1)


async def answered_all(stand_in: StandIn, *, within: float) -> None:
    """Wait until every question has a reply. `AssertionError` names those that have none."""
    try:
        async with asyncio.timeout(within):
            while any(not stand_in.replies_to(asked) for asked in stand_in.asked):
                await asyncio.sleep(0.1)
    except TimeoutError:
        missing = [asked.id for asked in stand_in.asked if not stand_in.replies_to(asked)]
        raise AssertionError(f"{len(missing)} questions have no reply: {missing[:10]}") from None


async def read_history(stand_in: StandIn, addresses: Addresses) -> History:
    """Compare what was asked with what was posted and written down."""
    copies = Counter(len(stand_in.replies_to(asked)) for asked in stand_in.asked)
    async with open_pool(addresses.postgres_dsn) as pool:
        ledger = await pool.fetchrow(LEDGER)
    assert ledger is not None
    return History(
        unanswered=[asked for asked in stand_in.asked if not stand_in.replies_to(asked)],
        repeated=sum((count - 1) * many for count, many in copies.items() if count > 1),
        most_copies=max(copies, default=0),
        **dict(ledger),
    )
