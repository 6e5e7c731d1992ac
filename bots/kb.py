"""`trialogue kb`: bring knowledge in, look at it, try a question on it."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import click

from bots.model import model
from bots.options import database_options
from bots.place import Place, organization_option, run_in

if TYPE_CHECKING:  # the help of a command is shown without loading what does the work
    from asyncpg import Pool, Record

    from core.entries import Entry, Passage
    from core.knowledge.importing import Reading
    from core.knowledge.service import KnowledgeService

Result = TypeVar("Result")
SHOWN_ANSWER = 160  # characters of an answer in a table

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def kb() -> None:
    """Bring knowledge in, look at it, try a question on it."""


kb.add_command(model)

IMPORT_HELP = """Import questions and answers from files: all of them, or nothing.

\b
.csv   question,answer[,keywords,source]; several rows with one answer
       are phrasings of one entry; keywords are separated by ; or |
.json  a list of {"question" or "questions", "answer", "keywords",
       "source"}, alone or below "entries"
.md    a page whose headings are questions, with the answers below

A file may be imported again: an entry whose source and answer, or source
and question, are known already is brought up to date. What the file no
longer has stays known, unless --prune removes it.
"""


@kb.command("import", help=IMPORT_HELP)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--prune", is_flag=True, help="Remove what the same sources no longer have.")
@organization_option
@json_option
@database_options
def import_files(*, files: Sequence[Path], prune: bool, as_json: bool, **where: Any) -> None:
    """See IMPORT_HELP, which click shows."""
    readings = _read(files)
    entries = [entry for reading in readings for entry in reading.entries]
    notes = [note for reading in readings for note in reading.notes]
    for note in notes:
        click.echo(f"Note: {note}", err=True)
    names = [file.name for file in files]
    report = _with_knowledge(
        Place(**where),
        lambda service, org: service.import_entries(org, entries, files=names, prune=prune),
    )
    if as_json:
        _print_json({**asdict(report), "notes": notes})
        return
    removed = f", {report.removed} removed" if report.removed else ""
    click.echo(
        f"{_count(report.added)} added, {report.changed} changed,"
        f" {report.unchanged} unchanged{removed} (revision {report.revision})."
    )
    if report.missing:
        stays, them = ("stays", "it") if report.missing == 1 else ("stay", "them")
        click.echo(
            f"{_count(report.missing)} of these sources {stays} known though the files no longer"
            f" have {them}: --prune removes {them}."
        )


@kb.command()
@click.argument("question")
@organization_option
@database_options
def remove(*, question: str, **where: Any) -> None:
    """Remove the entry that is asked for with exactly this question."""
    from core.errors import UserError

    entry = _with_knowledge(Place(**where), lambda service, org: service.remove(org, question))
    if entry is None:
        raise UserError(
            "No entry is asked for with these words: `trialogue kb search` shows how entries are."
        )
    click.echo(f"Removed: {entry.phrasings[0]} ({entry.source})")


@kb.command()
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@organization_option
@json_option
@database_options
def gaps(*, limit: int, as_json: bool, **where: Any) -> None:
    """Show the questions that had no answer, the most frequent first."""
    found = _with_knowledge(Place(**where), lambda service, org: service.gaps(org, limit=limit))
    if as_json:
        _print_json([asdict(gap) for gap in found])
    elif not found:
        click.echo("Every question so far had an answer.")
    else:
        rows = [
            (str(gap.times), f"{gap.last_asked_at:%Y-%m-%d}", _short(gap.question)) for gap in found
        ]
        _print_table(("Asked", "Last", "Question"), rows)


@kb.command("list")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
@click.option("--offset", type=click.IntRange(0), default=0)
@organization_option
@json_option
@database_options
def list_entries(*, limit: int, offset: int, as_json: bool, **where: Any) -> None:
    """List the entries, the oldest first."""
    entries = _with_knowledge(
        Place(**where), lambda service, org: service.list(org, limit=limit, offset=offset)
    )
    if as_json:
        _print_json([asdict(entry) for entry in entries])
    elif not entries:
        click.echo("Nothing is known yet. `trialogue kb import FILE` brings something in.")
    else:
        _print_table(
            ("Question", "Phrasings", "Answer", "Source"),
            [_entry_row(entry) for entry in entries],
        )


@kb.command()
@click.argument("question")
@organization_option
@json_option
@database_options
def search(*, question: str, as_json: bool, **where: Any) -> None:
    """Show which entries fit a question, and whether the bot would answer with the first."""
    from core.knowledge.index import CERTAIN

    passages = _with_knowledge(
        Place(**where), lambda service, org: service.search(org, question, audience=None)
    )
    if as_json:
        _print_json([_passage_object(passage, certain=CERTAIN) for passage in passages])
        return
    if passages:
        _print_table(
            ("Confidence", "Question", "Answer", "Source"),
            [_passage_row(passage) for passage in passages],
        )
    answered = passages and passages[0].score >= CERTAIN
    click.echo("The bot answers with the first." if answered else "The bot does not know.")


@kb.command()
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@organization_option
@json_option
@database_options
def popular(*, limit: int, as_json: bool, **where: Any) -> None:
    """Show what people ask often; a question counts half after a week."""
    from bots.popular import popular_questions

    found = popular_questions(Place(**where), limit=limit)
    if as_json:
        _print_json([asdict(one) for one in found])
    elif not found:
        click.echo("Nobody has asked anything lately.")
    else:
        rows = [(f"{one.asked:.1f}", _short(one.question)) for one in found]
        _print_table(("Asked", "Question"), rows)


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


def _with_knowledge(
    place: Place, work: Callable[["KnowledgeService", UUID], Awaitable[Result]]
) -> Result:
    """Run something on the knowledge of an organization."""

    async def use(pool: "Pool[Record]", organization_id: UUID) -> Result:
        from bots.knowledge import knowledge_in

        return await work(knowledge_in(pool), organization_id)

    return run_in(place, use)


def _count(entries: int) -> str:
    return "1 entry" if entries == 1 else f"{entries} entries"


def _entry_row(entry: "Entry") -> tuple[str, ...]:
    return (entry.phrasings[0], str(len(entry.phrasings)), _short(entry.answer), entry.source)


def _passage_row(passage: "Passage") -> tuple[str, ...]:
    return (f"{passage.score:.2f}", passage.question, _short(passage.answer), passage.source)


def _passage_object(passage: "Passage", *, certain: float) -> dict[str, object]:
    return {
        "confidence": passage.score,
        "answers": passage.score >= certain,
        "question": passage.question,
        "answer": passage.answer,
        "source": passage.source,
        "entry_id": str(passage.entry_id),
    }


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_ANSWER else f"{line[: SHOWN_ANSWER - 1]}…"


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)
