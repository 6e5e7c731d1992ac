"""`trialogue retention`: how long what is kept."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from bots.options import database_options
from bots.place import Place, organization_option, run_in

if TYPE_CHECKING:
    from asyncpg import Pool, Record

KINDS = ("conversations", "analytics", "audit", "sessions")
KEEP = re.compile(r"(?P<number>[1-9][0-9]{0,4})(?P<unit>y|mo|d)")
UNITS = {"y": "years", "mo": "months", "d": "days"}
DEFAULT = "default"


class RetentionType(click.ParamType[tuple[str, str | None]]):
    """A time such as `conversations=3y`; `conversations=default` is what was before."""

    name = "KIND=TIME"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str | None]:
        """Read it as an interval of PostgreSQL, or say what is expected."""
        if isinstance(value, tuple):
            return value
        kind, _, keep = str(value).partition("=")
        if kind not in KINDS:
            self.fail(f"{kind!r} is none of {', '.join(KINDS)}.", param, ctx)
        if keep == DEFAULT:
            return kind, None
        found = KEEP.fullmatch(keep)
        if found is None:
            self.fail(f"{value!r}: expected a time such as 3y, 18mo, 90d, or default.", param, ctx)
        return kind, f"{found['number']} {UNITS[found['unit']]}"


@click.command()
@click.option(
    "--set",
    "changes",
    multiple=True,
    type=RetentionType(),
    help="Keep a kind for so long from now on: 3y, 18mo, 90d, or default. Older data is deleted.",
)
@organization_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@database_options
def retention(*, changes: Sequence[tuple[str, str | None]], as_json: bool, **where: Any) -> None:
    """Show how long conversations, analytics, audit and sessions are kept."""

    async def work(pool: "Pool[Record]", organization_id: UUID) -> Mapping[str, str]:
        from adapters.stores.postgres.connection import Database
        from adapters.stores.postgres.retention import list_retention, set_retention

        database = Database(pool=pool)
        for kind, keep in changes:
            await set_retention(database, organization_id, kind, keep)
        return await list_retention(database, organization_id, KINDS)

    kept = run_in(Place(**where), work)
    if as_json:
        click.echo(json.dumps(kept, indent=2))
        return
    for kind, time in kept.items():
        click.echo(f"{kind}: {time}")
