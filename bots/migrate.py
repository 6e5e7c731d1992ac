"""`trialogue migrate`: bring the databases up to date, and move turns between them."""

import sys
from pathlib import Path
from time import monotonic
from typing import Self

import click

from bots.options import database_options, settings_for
from bots.parts import Part

SAY_EVERY = 5.0  # seconds, where there is no terminal to draw on


@click.group(invoke_without_command=True)
@click.option("--sql", is_flag=True, help="Print PostgreSQL's statements instead of running them.")
@click.option("--cql", is_flag=True, help="Print ScyllaDB's statements instead of running them.")
@database_options
def migrate(*, sql: bool, cql: bool, embedded: bool, data_dir: Path | None) -> None:
    """Bring the databases up to date.

    It is done as the owner of the tables: POSTGRES_OWNER_DSN, or else POSTGRES_DSN. Where
    SCYLLA_HOST is set, its keyspace is brought up to date as well.
    """
    if click.get_current_context().invoked_subcommand is not None:
        return
    if sql or cql:
        _print_statements(sql=sql, cql=cql)
        return
    settings = settings_for(data_dir, needed={Part.POSTGRES, Part.SCYLLA})
    from bots.databases import POSTGRES, databases
    from bots.running import run
    from bots.stores import prepare_postgres
    from bots.threads import prepare_scylla

    if settings.postgres_dsn is None and not embedded:  # the owner's login is all that this needs
        settings = settings.model_copy(update={"postgres_dsn": settings.postgres_owner_dsn})

    async def work() -> None:
        async with databases(settings, embedded=embedded, needed={POSTGRES}) as complete:
            await prepare_postgres(complete)
            await prepare_scylla(complete)

    run(work)
    click.echo("The database is up to date.")


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


def _print_statements(*, sql: bool, cql: bool) -> None:
    if sql:
        from adapters.stores.postgres.migrate import migration_sql

        click.echo(migration_sql())
    if cql:
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
