"""What the commands on knowledge share: the service on a database, and how things are shown."""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import click

from bots.options import database_options, settings_for
from bots.parts import Part
from bots.place import Place, organization_option, run_in

if TYPE_CHECKING:  # the help of a command is shown without loading what does the work
    from asyncpg import Pool, Record

    from core.knowledge.service import KnowledgeService

Result = TypeVar("Result")
Command = TypeVar("Command", bound=Callable[..., Any])
SHOWN = 160  # characters of a text in a table

ID_SHOWN = 8  # characters of an id
ROOMY = 120  # columns of a terminal in which any table has room
UNBROKEN = ("Id", "No.", "When (UTC)", "What")

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def knowledge_options(command: Command) -> Command:
    """Add what every command takes: the organization, its database, and `--json`."""
    return organization_option(json_option(database_options(command)))


def with_knowledge(
    place: Place,
    work: Callable[["KnowledgeService", UUID], Awaitable[Result]],
    *,
    asking: bool = False,
) -> Result:
    """Run something on the knowledge of an organization; who is asking needs the model too."""

    async def use(pool: "Pool[Record]", organization_id: UUID) -> Result:
        from bots.encoder import open_encoder
        from bots.knowledge import knowledge_in

        encoder = None
        if asking:
            encoder = open_encoder(settings_for(place.data_dir, needed={Part.MODEL}))
        return await work(knowledge_in(pool, encoder), organization_id)

    return run_in(place, use)


def short_id(known: UUID) -> str:
    """The end of an id, which tells it from others and fits into a table."""
    return known.hex[-ID_SHOWN:]


def is_named(known: UUID, named: str) -> bool:
    """Whether an id is meant: all of it, or its end as it is shown."""
    given = named.strip().lower().replace("-", "")
    return len(given) >= ID_SHOWN and known.hex.endswith(given)


def short(text: str, most: int = SHOWN) -> str:
    """A text on one line that fits into a table."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def print_json(value: object) -> None:
    """Print for machines."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, narrow: Sequence[str] = ()
) -> None:
    """Print a table with texts as they are; some are never broken, and an empty column left out.

    Where there is little room only the `narrow` columns are shown, each row on one line.
    """
    from rich.console import Console, OverflowMethod
    from rich.table import Table
    from rich.text import Text

    console = Console()
    told = [at for at in range(len(columns)) if any(row[at] for row in rows)]
    cut = bool(narrow) and console.width < ROOMY
    if cut:
        told = [at for at in told if columns[at] in narrow]
    overflow: OverflowMethod = "ellipsis" if cut else "fold"
    table = Table()
    for at in told:
        whole = columns[at] in UNBROKEN
        table.add_column(columns[at], overflow="fold", no_wrap=whole)
    for row in rows:
        # By cell: a table without a column that can be broken shrinks all of them, to nothing.
        table.add_row(*(Text(row[at], no_wrap=cut, overflow=overflow) for at in told))
    console.print(table)
    if cut:
        click.echo(f"From {ROOMY} columns on the rest is shown too, and by --json everything.")
