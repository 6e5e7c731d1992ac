"""`trialogue stats`: what happened day by day."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from bots.options import database_options
from bots.place import Place, organization_option, run_in

if TYPE_CHECKING:
    from asyncpg import Pool, Record

    from core.usage.days import Day

HEADING = "day         messages  answered  offered  unknown  from cache"


@click.command()
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=30,
    show_default=True,
    help="How many days back, today included; days are those of UTC.",
)
@organization_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@database_options
def stats(*, days: int, as_json: bool, **where: Any) -> None:
    """Show messages, answers and cache hits by day. They are a minute or two behind."""

    async def work(pool: "Pool[Record]", organization_id: UUID) -> "Sequence[Day]":
        from adapters.stores.postgres.analytics import read_days
        from adapters.stores.postgres.connection import Database
        from core.usage.days import day_of

        found = await read_days(Database(pool=pool), organization_id, days=days)
        return [day_of(day, counts) for day, counts in found.items()]

    found = run_in(Place(**where), work)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], default=str, indent=2))
        return
    if not found:
        click.echo("Nothing was counted in this time.")
        return
    click.echo(HEADING)
    for one in found:
        share = "" if one.cache_hits is None else f"{one.cache_hits:.0%}"
        click.echo(
            f"{one.day}  {one.messages:>8,}  {one.answered:>8,}  {one.offered:>7,}"
            f"  {one.unknown:>7,}  {share:>10}"
        )
