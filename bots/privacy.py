"""`trialogue privacy`: everything that is kept about a person, given to them or forgotten."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import click

from bots.options import database_options, settings_for
from bots.people import author_of, id_argument, platform_argument, space_option
from core.errors import UserError
from core.messages import Author

if TYPE_CHECKING:
    from adapters.stores.postgres.connection import Database
    from bots.threads import OpenThreads

Result = TypeVar("Result")

UNKNOWN = "Nobody with the id {id} is known on {platform}: nothing is kept about them."
WARNING = """\
This deletes what {id} said and was told, their votes, files, tokens and name, in every store.
It cannot be taken back. What they used is kept by a number that stands for them."""
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

    async def work(stores: "_Stores", found: UUID) -> Any:
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

    about = _run(author, work, embedded=embedded, data_dir=data_dir)
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

    async def work(stores: "_Stores", found: UUID) -> Any:
        from adapters.stores.postgres.erasure import PostgresErasures
        from core.privacy.erase import ErasePerson

        erasures = PostgresErasures(database=stores.database)
        return await ErasePerson(erasures=erasures, stores=stores.threads.forgets)(found)

    away = _run(author, work, embedded=embedded, data_dir=data_dir)
    click.echo(f"{user_id} is forgotten. Messages that are being answered now are in a minute.")
    for store in away:
        click.echo(
            f"{NAMES[store]} is away: a running bot deletes what is there as soon as it is back."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stores:
    database: "Database"
    threads: "OpenThreads"


def _run(
    author: Author,
    work: Callable[[_Stores, UUID], Awaitable[Result]],
    *,
    embedded: bool,
    data_dir: Path | None,
) -> Result:
    """Do something with the stores and a person's account."""
    from bots.running import run

    results: list[Result] = []

    async def use() -> None:
        async with _open(embedded=embedded, data_dir=data_dir) as stores:
            results.append(await work(stores, await _find(stores.database, author)))

    run(use)
    return results[0]


@asynccontextmanager
async def _open(*, embedded: bool, data_dir: Path | None) -> AsyncIterator[_Stores]:
    from adapters.stores.postgres.connection import Database
    from bots.databases import POSTGRES, databases
    from bots.stores import open_postgres, prepare_postgres
    from bots.threads import open_threads

    settings = settings_for(data_dir)
    async with databases(settings, embedded=embedded, needed={POSTGRES}) as complete:
        if settings.postgres_dsn is None:  # our own: nobody else brings it up to date
            await prepare_postgres(complete)
        async with open_postgres(complete) as pool:
            database = Database(pool=pool)
            async with open_threads(complete, database, prepare=False) as threads:
                yield _Stores(database=database, threads=threads)


async def _find(database: "Database", author: Author) -> UUID:
    from adapters.stores.postgres.erasure import PostgresPeople

    found = await PostgresPeople(database=database).find(author)
    if found is None:
        raise UserError(UNKNOWN.format(id=author.id, platform=author.platform.value))
    return found
