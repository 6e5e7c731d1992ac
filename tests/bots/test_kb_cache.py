"""What the cache was good for, at the command line."""

import json
from pathlib import Path
from uuid import uuid4

from adapters.stores.postgres.analytics import PostgresDailyCounts
from adapters.stores.postgres.connection import APPLICATION_ROLE, Database, open_pool
from adapters.stores.postgres.organizations import find_organization
from bots.clock import utc_now
from bots.embedded import Addresses
from core.ports.analytics import DailyCount, Flush
from tests.bots.commands import trialogue

COUNTED = {
    "cache_hit": 30,
    "cache_miss": 10,
    "cache_age_seconds": 3_000,
    "cache_saved_ms": 90_000,
    "cache_warmed": 4,
    "answered": 99,
}


async def test_the_use_of_the_cache_is_shown(addresses: Addresses, tmp_path: Path) -> None:
    dsn = addresses.postgres_dsn
    nothing = trialogue(tmp_path, "kb", "cache", POSTGRES_DSN=dsn)
    assert nothing.stdout == "Nobody has asked anything lately.\n"
    async with open_pool(dsn, role=APPLICATION_ROLE, size=1) as pool:
        database = Database(pool=pool)
        organization = await find_organization(database, "")
        today = utc_now().date()
        counts = [
            DailyCount(organization_id=one, day=today, metric=metric, amount=amount)
            for one in (organization, uuid4())
            for metric, amount in COUNTED.items()
        ]
        await PostgresDailyCounts(database=database).write(Flush(id=uuid4(), counts=counts))
    said = trialogue(tmp_path, "kb", "cache", POSTGRES_DSN=dsn).stdout
    assert said.startswith("From the cache came 30 of 40 answers (75%).")
    assert "1 minute old on average and saved 1 minute of" in said
    found = json.loads(trialogue(tmp_path, "kb", "cache", "--json", POSTGRES_DSN=dsn).stdout)
    assert (found["hits"], found["rate"], found["warmed"]) == (30, 0.75, 4)
