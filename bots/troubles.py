"""`trialogue troubles`: what the bot gave up."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from bots.options import database_options
from bots.place import Place, organization_option, run_in

if TYPE_CHECKING:
    from asyncpg import Pool, Record

    from core.ports.troubles import Trouble

NOTHING = "Nothing was given up in this time."
FAILED = "handling it failed three times"


@click.command()
@click.option(
    "--hours",
    type=click.IntRange(1, 48),
    default=48,
    show_default=True,
    help="How many hours back; it is kept for two days.",
)
@organization_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@database_options
def troubles(*, hours: int, as_json: bool, **where: Any) -> None:
    """Show replies that no platform took, and messages that failed."""

    async def work(pool: "Pool[Record]", organization_id: UUID) -> "Sequence[Trouble]":
        from adapters.stores.postgres.connection import Database
        from adapters.stores.postgres.troubles import read_troubles
        from bots.clock import utc_now

        now = utc_now()
        # The clock of the database may be ahead of ours.
        return await read_troubles(
            Database(pool=pool),
            organization_id,
            since=now - timedelta(hours=hours),
            until=now + timedelta(hours=1),
        )

    found = run_in(Place(**where), work)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], default=str, indent=2))
        return
    for one in found:
        click.echo(f"{one.at:%Y-%m-%d %H:%M}  {one.kind:<7}  {one.conversation}")
        click.echo(f"    {one.reason or FAILED}")
    if not found:
        click.echo(NOTHING)
