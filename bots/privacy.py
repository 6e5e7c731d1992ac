"""`trialogue privacy`: everything that is kept about a person, given to them or forgotten."""

from pathlib import Path
from typing import Any
from uuid import UUID

import click

from bots.options import database_options
from bots.people import author_of, id_argument, platform_argument, space_option
from bots.person import Stores, with_person

WARNING = """\
This deletes what {id} said and was told, their votes, files, tokens and name, in every store.
It cannot be taken back. What they used is kept by a number that stands for them."""
UNDER_WAY = "A running bot forgets within a minute what they are being answered right now."
NAMES = {"scylladb": "ScyllaDB", "redis": "Redis"}


@click.group()
def privacy() -> None:
    """Give a person what is kept about them, or forget them."""


@privacy.command()
@platform_argument
@id_argument
@space_option
@database_options
def export(
    *, platform: str, user_id: str, space: str, embedded: bool, data_dir: Path | None
) -> None:
    """Print everything that is kept about a person as JSON."""
    author = author_of(platform, user_id, space)

    async def work(stores: Stores, found: UUID) -> Any:
        from adapters.stores.postgres.erasure import PostgresPeople
        from adapters.stores.postgres.threads import PostgresUnrecorded
        from core.history import ReadHistory
        from core.privacy.export import ExportPerson

        history = ReadHistory(
            threads=stores.threads.store, unrecorded=PostgresUnrecorded(database=stores.database)
        )
        return await ExportPerson(people=PostgresPeople(database=stores.database), history=history)(
            found
        )

    about = with_person(author, work, embedded=embedded, data_dir=data_dir)
    import orjson

    click.echo(orjson.dumps(about, option=orjson.OPT_INDENT_2).decode())
    if not about["complete"]:
        click.echo("ScyllaDB is away: conversations that are kept there are missing.", err=True)


@privacy.command()
@platform_argument
@id_argument
@space_option
@click.option("--yes", is_flag=True, help="Do not ask whether that is meant.")
@database_options
def erase(
    *,
    platform: str,
    user_id: str,
    space: str,
    yes: bool,
    embedded: bool,
    data_dir: Path | None,
) -> None:
    """Delete what a person said and was told, and whatever says who they are."""
    author = author_of(platform, user_id, space)
    if not yes:
        click.echo(WARNING.format(id=user_id))
        click.confirm("Go on?", abort=True)

    async def work(stores: Stores, found: UUID) -> Any:
        from adapters.stores.postgres.erasure import PostgresErasures
        from core.privacy.erase import ErasePerson

        erasures = PostgresErasures(database=stores.database)
        return await ErasePerson(erasures=erasures, stores=stores.forgetting)(found)

    away = with_person(author, work, embedded=embedded, data_dir=data_dir)
    click.echo(f"{user_id} is forgotten. {UNDER_WAY}")
    for store in away:
        click.echo(
            f"{NAMES[store]} is away: a running bot deletes what is there as soon as it is back."
        )
