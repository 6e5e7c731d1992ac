"""Check what happened: every question answered, nothing counted or said more than promised."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from adapters.stores.postgres.connection import open_pool
from bots.embedded import Addresses
from core.telling_to_wait import WAIT
from simulator.standin import Asked, Posted, StandIn
from tests.history.check import Report, check
from tests.history.ledger import LEFTOVERS, Numbers, read_ledger
from tests.history.recording import recording_of


@dataclass(frozen=True, slots=True, kw_only=True)
class History(Numbers):
    """What the platform and the database agree on, after everything has come to rest.

    `repeated` and `most_copies` count the replies to a question, for journeys where each has one,
    less the line that a store is waited for; `report` is what holds for any.
    """

    unanswered: Sequence[Asked]
    repeated: int
    most_copies: int
    report: Report


async def at_rest(addresses: Addresses, *, within: float) -> None:
    """Wait until nothing is under way in the database."""
    async with open_pool(addresses.postgres_dsn) as pool, asyncio.timeout(within):
        while (row := await pool.fetchrow(LEFTOVERS)) is None or any(row.values()):
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


def _answers_to(stand_in: StandIn, asked: Asked) -> Sequence[Posted]:
    return [reply for reply in stand_in.replies_to(asked) if reply.text != WAIT]


async def read_history(stand_in: StandIn, addresses: Addresses) -> History:
    """Compare what was asked with what was posted and written down."""
    copies = Counter(len(_answers_to(stand_in, asked)) for asked in stand_in.asked)
    ledger = await read_ledger(addresses.postgres_dsn)
    return History(
        unanswered=[asked for asked in stand_in.asked if not stand_in.replies_to(asked)],
        repeated=sum((count - 1) * many for count, many in copies.items() if count > 1),
        most_copies=max(copies, default=0),
        report=check(recording_of(stand_in), ledger),
        **asdict(ledger.numbers),
    )
