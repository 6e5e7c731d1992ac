"""`trialogue migrate`: bring the databases up to date, and move turns between them."""

import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Self

import click

from bots.options import database_options, settings_for
from bots.parts import Part

if TYPE_CHECKING:  # the help of a command is shown without reading what configures it
    from bots.settings import Settings

NO_ADDRESS = "-- No address of PostgreSQL is set: everything, as for an empty database."
SAY_EVERY = 5.0  # seconds, where there is no terminal to draw on


@click.group(invoke_without_command=True)
@click.option("--sql", is_flag=True, help="Print PostgreSQL's statements instead of running them.")
@click.option("--whole", is_flag=True, help="With --sql: all of it, as for an empty database.")
@click.option("--cql", is_flag=True, help="Print ScyllaDB's statements instead of running them.")
@database_options
def migrate(*, sql: bool, whole: bool, cql: bool, embedded: bool, data_dir: Path | None) -> None:
    """Bring the databases up to date.

    It is done as the owner of the tables: POSTGRES_OWNER_DSN, or else POSTGRES_DSN. Where
    SCYLLA_HOST is set, its keyspace is brought up to date as well. With --sql the database is
    looked at and left as it is; without an address of one, everything is printed.
    """
    if click.get_current_context().invoked_subcommand is not None:
        return
    if whole and not sql:
        raise click.UsageError("--whole goes with --sql.")
    if sql:
        _print_sql(whole=whole, embedded=embedded, data_dir=data_dir)
    if cql:
        _print_cql()
    if sql or cql:
        return
    settings = _as_owner(
        settings_for(data_dir, needed={Part.POSTGRES, Part.SCYLLA}), embedded=embedded
    )
    from bots.databases import POSTGRES, databases
    from bots.preparing import left_alone, migrate_postgres
    from bots.running import run
    from bots.threads import prepare_scylla

    newer: str | None = None

    async def work() -> None:
        nonlocal newer
        async with databases(settings, embedded=embedded, needed={POSTGRES}) as complete:
            newer = await migrate_postgres(complete)
            await prepare_scylla(complete)

    run(work)
    click.echo(f"{left_alone(newer)}." if newer else "The database is up to date.")


@migrate.command()
@click.option("--to", "target", type=click.Choice(["scylla"]), required=True, help="Where to.")
@database_options
def threads(*, target: str, embedded: bool, data_dir: Path | None) -> None:
    """Move what was said in conversations to another store.

    Let the bot write there first: set SCYLLA_HOST and restart it. Then move what PostgreSQL has; it
    may be cut off and run again, and run twice. PostgreSQL keeps its copy.
    """
    settings = settings_for(data_dir, needed={Part.POSTGRES, Part.SCYLLA})
    from bots.databases import POSTGRES, databases
    from bots.move import move_threads
    from bots.running import run

    moved = 0

    async def work() -> None:
        nonlocal moved
        async with databases(settings, embedded=embedded, needed={POSTGRES}) as complete:
            with _Progress() as progress:
                moved = await move_threads(complete, progress)

    run(work)
    click.echo(f"{moved} turns are in {target}.")


def _as_owner(settings: "Settings", *, embedded: bool) -> "Settings":
    """The owner's login is all that is needed here."""
    if settings.postgres_dsn is None and not embedded:
        return settings.model_copy(update={"postgres_dsn": settings.postgres_owner_dsn})
    return settings


def _print_sql(*, whole: bool, embedded: bool, data_dir: Path | None) -> None:
    """What is missing in the database; everything where no database is named."""
    from adapters.stores.postgres.migrate import migration_sql

    if whole:
        click.echo(migration_sql(), nl=False)
        return
    settings = _as_owner(settings_for(data_dir, needed={Part.POSTGRES}), embedded=embedded)
    if settings.postgres_dsn is None and not embedded:
        click.echo(f"{NO_ADDRESS}\n{migration_sql()}", nl=False)
        return
    from bots.databases import POSTGRES, databases
    from bots.preparing import pending_statements
    from bots.running import run

    statements = ""

    async def work() -> None:
        nonlocal statements
        async with databases(settings, embedded=embedded, needed={POSTGRES}) as complete:
            statements = await pending_statements(complete)

    run(work)
    click.echo(statements, nl=False)


def _print_cql() -> None:
    from adapters.stores.scylla.migrate import migration_cql

    settings = settings_for(needed={Part.SCYLLA})
    click.echo(migration_cql(settings.scylla_keyspace, settings.scylla_datacenter))


class _Progress:
    """A bar on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self._bar = Progress(console=Console(stderr=True), disable=not sys.stderr.isatty())
        self._task = self._bar.add_task("Turns", total=None)
        self._said = monotonic()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, arrived: int, total: int) -> None:
        """Show how far it is."""
        self._bar.update(self._task, completed=arrived, total=total)
        if self._bar.disable and monotonic() - self._said > SAY_EVERY:
            self._said = monotonic()
            click.echo(f"{arrived} of {total} turns", err=True)
