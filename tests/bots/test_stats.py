"""`trialogue stats`: what was counted is shown by day."""

import asyncio
import json
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from adapters.stores.postgres.analytics import PostgresDailyCounts
from bots.clock import new_id, utc_now
from bots.embedded import Addresses
from core.ports.analytics import DailyCount, Flush
from tests.bots.commands import trialogue
from tests.stores.people import open_owner
from tests.stores.replica import open_replica

BUSY = {"messages": 1200, "answered": 800, "offered": 30, "unknown": 70, "cache_miss": 100}


async def test_each_day_has_a_line_and_other_organizations_none(
    addresses: Addresses, tmp_path: Path
) -> None:
    variables = {"POSTGRES_DSN": addresses.postgres_dsn}
    nothing = await asyncio.to_thread(trialogue, tmp_path, "stats", **variables)
    assert nothing.stdout == "Nothing was counted in this time.\n"

    today = utc_now().date()
    async with open_owner(addresses) as owner, open_replica(addresses) as replica:
        here, other = owner.organization_id, uuid4()
        counts = [
            *(count(here, today, metric, amount) for metric, amount in BUSY.items()),
            count(here, today, "cache_hit", 300),
            count(here, today - timedelta(days=2), "messages", 5),
            count(here, today - timedelta(days=40), "messages", 7),
            count(other, today, "messages", 9),
        ]
        daily = PostgresDailyCounts(database=replica.bot)
        await daily.write(Flush(id=new_id(), counts=counts))

    table = await asyncio.to_thread(trialogue, tmp_path, "stats", "--days", "7", **variables)
    lines = [line.split() for line in table.stdout.splitlines()[1:]]
    assert lines == [
        [f"{today - timedelta(days=2)}", "5", "0", "0", "0"],
        [f"{today}", "1,200", "800", "30", "70", "75%"],
    ]
    result = await asyncio.to_thread(
        trialogue, tmp_path, "stats", "--days", "60", "--json", **variables
    )
    found = json.loads(result.stdout)
    assert [day["messages"] for day in found] == [7, 5, 1200]
    assert (found[0]["cache_hits"], found[2]["cache_hits"]) == (None, 0.75)


def count(organization: UUID, day: date, metric: str, amount: int) -> DailyCount:
    return DailyCount(organization_id=organization, day=day, metric=metric, amount=amount)
