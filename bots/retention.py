"""`trialogue retention`: how long what is kept."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from bots.options import database_options
from bots.place import Place, organization_option, run_in

if TYPE_CHECKING:
    from asyncpg import Pool, Record

KINDS = {
    "conversations": "Conversations, and the votes on them,",
    "analytics": "Daily sums",
    "audit": "Lines of the audit log",
    "sessions": "Sessions and tokens that have ended",
}
LOST = "{kind} from before {before:%-d %B %Y, %H:%M} UTC are deleted within an hour."
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
    help="Keep a kind for so long: 3y, 18mo, 90d, or default. It asks before it deletes.",
)
@click.option("--yes", is_flag=True, help="Do not ask whether what is older may be deleted.")
@organization_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@database_options
def retention(
    *, changes: Sequence[tuple[str, str | None]], yes: bool, as_json: bool, **where: Any
) -> None:
    """Show how long conversations, analytics, audit and sessions are kept."""
    place, wanted = Place(**where), dict(changes)
    if wanted and not yes:
        _ask_about(place, wanted)

    async def work(pool: "Pool[Record]", organization_id: UUID) -> Mapping[str, str]:
        from adapters.stores.postgres.connection import Database
        from adapters.stores.postgres.retention import list_retention, set_retention

        database = Database(pool=pool)
        for kind, keep in wanted.items():
            await set_retention(database, organization_id, kind, keep)
        return await list_retention(database, organization_id, tuple(KINDS))

    kept = run_in(place, work)
    if as_json:
        click.echo(json.dumps(kept, indent=2))
        return
    for kind, time in kept.items():
        click.echo(f"{kind}: {time}")


def _ask_about(place: Place, wanted: Mapping[str, str | None]) -> None:
    """Ask where something is deleted that would stay; ends the command at a no."""

    async def work(pool: "Pool[Record]", organization_id: UUID) -> Mapping[str, datetime]:
        from adapters.stores.postgres.connection import Database
        from adapters.stores.postgres.retention import lost_by

        return await lost_by(Database(pool=pool), organization_id, wanted)

    lost = run_in(place, work)
    for kind, before in lost.items():
        click.echo(LOST.format(kind=KINDS[kind], before=before.astimezone(UTC)), err=True)
    if lost:
        click.echo("It cannot be taken back.", err=True)
        click.confirm("Go on?", abort=True, err=True)
