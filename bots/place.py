"""Which organization of which database a command is about, and how to work on it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import click

from bots.options import settings_for
from bots.parts import Part

if TYPE_CHECKING:  # the help of a command is shown without loading what does the work
    from asyncpg import Pool, Record

Result = TypeVar("Result")

organization_option = click.option(
    "--org",
    "organization",
    default="",
    metavar="NAME",
    help="The organization; the default one if not given.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An organization by its name, and its database by the options of a command."""

    organization: str
    embedded: bool
    data_dir: Path | None


def run_in(place: Place, work: Callable[["Pool[Record]", UUID], Awaitable[Result]]) -> Result:
    """Run something with a pool on the place's database and the organization's id."""
    from bots.running import run

    results: list[Result] = []

    async def use() -> None:
        async with _open(place) as (pool, organization_id):
            results.append(await work(pool, organization_id))

    run(use)
    return results[0]


@asynccontextmanager
async def _open(place: Place) -> AsyncIterator[tuple["Pool[Record]", UUID]]:
    from adapters.stores.postgres.connection import Database
    from adapters.stores.postgres.organizations import find_organization
    from bots.databases import POSTGRES, databases
    from bots.preparing import prepare_postgres
    from bots.stores import open_postgres

    settings = settings_for(place.data_dir, needed={Part.POSTGRES})
    async with databases(settings, embedded=place.embedded, needed={POSTGRES}) as complete:
        if settings.postgres_dsn is None:  # our own database: nobody else brings it up to date
            await prepare_postgres(complete)
        async with open_postgres(complete) as pool:
            yield pool, await find_organization(Database(pool=pool), place.organization)
