"""`trialogue kb list` and `export`."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bots.kb.working import (
    knowledge_options,
    print_json,
    print_table,
    short,
    short_id,
    with_knowledge,
)
from bots.options import database_options
from bots.place import Place, organization_option
from core.wording import counted

if TYPE_CHECKING:  # the help of a command is shown without loading what does the work
    from core.entries import Entry

KINDS = ("json", "csv")


@click.command("list")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
@click.option("--offset", type=click.IntRange(0), default=0)
@knowledge_options
def list_entries(*, limit: int, offset: int, as_json: bool, **where: Any) -> None:
    """List the entries, the oldest first."""
    entries = with_knowledge(
        Place(**where), lambda service, org: service.list(org, limit=limit, offset=offset)
    )
    if as_json:
        print_json([asdict(entry) for entry in entries])
    elif not entries:
        click.echo("Nothing is known yet. `trialogue kb import FILE` brings something in.")
    else:
        print_table(
            ("Id", "Question", "Ways", "Answer", "Source", "Tags", "Only for"),
            [_row(entry) for entry in entries],
            narrow=("Id", "Question", "Answer"),
        )


@click.command()
@click.argument(
    "file", required=False, type=click.Path(dir_okay=False, writable=True, path_type=Path)
)
@click.option(
    "--format",
    "kind",
    type=click.Choice(KINDS),
    help="How it is written; told by the file's name, else json.",
)
@organization_option
@database_options
def export(*, file: Path | None, kind: str | None, **where: Any) -> None:
    """Write all entries to FILE, or print them: `kb import` reads it and changes nothing."""
    from core.knowledge.exporting import Format, exported

    told = file.suffix.lower().removeprefix(".") if file else ""
    if file and kind is None and told not in KINDS:
        raise click.UsageError(
            "The file's name ends neither in .json nor in .csv: give it one of these ends."
        )
    if file and kind and told != kind:
        raise click.UsageError(f"--format {kind} wants a file whose name ends in .{kind}.")
    entries = with_knowledge(Place(**where), lambda service, org: service.export(org))
    written = exported(entries, to=Format(kind or told or "json")).encode()
    if file is None:
        sys.stdout.buffer.write(written)
        return
    try:
        file.write_bytes(written)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from error
    click.echo(f"{counted(len(entries), 'entry', 'entries')} written to {file}.")


def _row(entry: "Entry") -> tuple[str, ...]:
    return (
        short_id(entry.id),
        short(entry.phrasings[0]),
        str(len(entry.phrasings)),
        short(entry.answer),
        entry.source,
        ", ".join((*entry.tags, *([entry.language] if entry.language else []))),
        ", ".join(entry.audience),
    )
