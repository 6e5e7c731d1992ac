"""`trialogue kb cache`: what the answer cache was good for."""

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from bots.kb.working import knowledge_options, print_json
from bots.place import Place, run_in
from core.wording import counted, lasting

if TYPE_CHECKING:  # the help of a command is shown without loading what does the work
    from asyncpg import Pool, Record

    from core.usage.caching import CacheUse


@click.command()
@click.option("--days", type=click.IntRange(1, 730), default=7, show_default=True)
@knowledge_options
def cache(*, days: int, as_json: bool, **where: Any) -> None:
    """Show how many answers came from the cache, how old they were and what that saved."""

    async def look(pool: "Pool[Record]", organization_id: UUID) -> "CacheUse":
        from adapters.stores.postgres.analytics import PostgresDailyTotals
        from adapters.stores.postgres.connection import Database
        from core.usage.caching import cache_use

        totals = PostgresDailyTotals(database=Database(pool=pool))
        return await cache_use(totals, organization_id, days=days)

    use = run_in(Place(**where), look)
    if as_json:
        print_json({**asdict(use), "rate": round(use.rate, 4)})
    elif not use.hits + use.misses:
        click.echo("Nobody has asked anything lately.")
    else:
        age = lasting(timedelta(seconds=use.age))
        saved = lasting(timedelta(milliseconds=use.saved_ms))
        answers, warmed = counted(use.hits + use.misses, "answer"), counted(use.warmed, "answer")
        click.echo(f"From the cache came {use.hits:,} of {answers} ({use.rate:.0%}).")
        if use.hits:
            click.echo(f"They were {age} old on average and saved {saved} of looking up.")
        click.echo(f"Looked up before anybody asked: {warmed}.")
