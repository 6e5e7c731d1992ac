"""`trialogue kb import`."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bots.kb.working import counted, knowledge_options, print_json, with_knowledge
from bots.place import Place

if TYPE_CHECKING:  # the help of a command is shown without loading what does the work
    from core.knowledge.importing import Reading

IMPORT_HELP = """Import questions and answers from files: all of them, or nothing.

\b
.csv   question,answer[,keywords,source,tags,language,audience]; several
       rows with one answer are phrasings of one entry; keywords, tags and
       audiences are separated by ; or |
.json  a list of {"question" or "questions", "answer", "keywords",
       "source", "tags", "language", "audience"}, alone or below "entries"
.md    a page whose headings are questions, with the answers below

An audience is role:admin, or channel: with a channel's address behind it,
such as channel:slack:T024BE7LD:C024BE91L; without one an entry is for
everybody. The source - is none.

A file may be imported again: an entry whose source and answer, or source
and question, are known already is brought up to date. What the file no
longer has stays known, unless --prune removes it.
"""


@click.command("import", help=IMPORT_HELP)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--prune", is_flag=True, help="Remove what the same sources no longer have.")
@knowledge_options
def import_files(*, files: Sequence[Path], prune: bool, as_json: bool, **where: Any) -> None:
    """See IMPORT_HELP, which click shows."""
    readings = _read(files)
    entries = [entry for reading in readings for entry in reading.entries]
    notes = [note for reading in readings for note in reading.notes]
    for note in notes:
        click.echo(f"Note: {note}", err=True)
    names = [file.name for file in files]
    report = with_knowledge(
        Place(**where),
        lambda service, org: service.import_entries(org, entries, files=names, prune=prune),
    )
    if as_json:
        print_json({**asdict(report), "notes": notes})
        return
    removed = f", {report.removed} removed" if report.removed else ""
    click.echo(
        f"{counted(report.added)} added, {report.changed} changed,"
        f" {report.unchanged} unchanged{removed} (revision {report.revision})."
    )
    if report.missing:
        stays, them = ("stays", "it") if report.missing == 1 else ("stay", "them")
        click.echo(
            f"{counted(report.missing)} of these sources {stays} known though the files no longer"
            f" have {them}: --prune removes {them}."
        )


def _read(files: Sequence[Path]) -> list["Reading"]:
    """Read all files. `UserError` with the problems of all of them."""
    from core.errors import UserError
    from core.knowledge.importing import read_entries

    readings, problems = [], []
    for file in files:
        try:
            readings.append(read_entries(file.name, file.read_bytes()))
        except UserError as error:
            problems.append(str(error))
        except OSError as error:
            problems.append(f"{file.name}: it cannot be read: {error.strerror}.")
    if problems:
        raise UserError("\n".join(problems))
    return readings
