"""`trialogue kb import`: files, pages of the web and exported histories."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from bots.options import database_options
from bots.place import Place, organization_option, run_in

if TYPE_CHECKING:  # the help of a command is shown without loading what does the work
    from asyncpg import Pool, Record

    from adapters.web.crawl import Crawl
    from bots.progress import ImportProgress
    from core.knowledge.importing.found import Found
    from core.knowledge.importing.run import Imported
    from core.knowledge.service import KnowledgeService
    from core.ports.documents import ReadsFiles

WEB = ("https://", "http://")
REVIEW = "`trialogue kb review` shows them, nothing is published before"
PRUNE = ": --prune removes {them}"

HELP = """Import files and pages of the web: all of them, or nothing.

\b
.csv          question,answer[,keywords,source,tags,language,audience];
              several rows with one answer are phrasings of one entry;
              keywords, tags and audiences are separated by ; or |
.json         a list of {"question" or "questions", "answer"} and what a
              table may have too, alone or below "entries"
.md           a page whose headings are questions, with the answers below;
              other pages are cut into passages
.html .pdf .docx .txt
              documents, cut into passages below their headings
https://...   a page, and the pages below it that it leads to
.zip .json    an export of Slack, Discord (DiscordChatExporter) or Telegram
              (result.json): questions with an accepted answer are proposed

An audience is role:admin, or channel: with a channel's address behind it,
such as channel:slack:T024BE7LD:C024BE91L; without one an entry is for
everybody. The source - is none.

The same again brings in the differences only. What a file no longer has
stays known, unless --prune removes it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be read, and how, by the options of the command."""

    sources: tuple[str, ...]
    prune: bool
    dry_run: bool
    skip_bad: bool
    sitemap: bool
    pages: int
    allow_private: bool
    audience: tuple[str, ...]


@click.command("import", help=HELP)
@click.argument("sources", nargs=-1, required=True, metavar="FILE|URL...")
@click.option("--prune", is_flag=True, help="Remove what the same sources no longer have.")
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@click.option("--skip-bad", is_flag=True, help="Leave out what cannot be read.")
@click.option("--sitemap", is_flag=True, help="The addresses are those of sitemaps.")
@click.option(
    "--pages",
    type=click.IntRange(1, 5_000),
    default=100,
    show_default=True,
    help="How many pages of a site are read at most.",
)
@click.option(
    "--allow-private",
    is_flag=True,
    help="Addresses may be in your own network, as those of a wiki are.",
)
@click.option(
    "--audience",
    multiple=True,
    help="Who may be shown what says nothing of it; with nothing in it everybody. It stays so.",
)
@organization_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@database_options
def import_knowledge(
    *, as_json: bool, organization: str, embedded: bool, data_dir: Path | None, **wanted: Any
) -> None:
    """See HELP, which click shows."""
    from bots.progress import import_progress

    what = Wanted(**wanted)
    _check(what)
    place = Place(organization=organization, embedded=embedded, data_dir=data_dir)
    with import_progress(shown=not as_json) as progress:
        imported = _import(place, what, progress)
    if as_json:
        click.echo(json.dumps(_object(imported), ensure_ascii=False, indent=2))
    else:
        _print(imported)
    if imported.report is None:
        raise SystemExit(1)


def _check(wanted: Wanted) -> None:
    for source in wanted.sources:
        if source.startswith(WEB):
            continue
        if wanted.sitemap:
            raise click.UsageError(f"--sitemap takes addresses, and {source!r} is none.")
        if not Path(source).is_file():
            found = f"File {source!r} does not exist."
            if "://" in source:
                found = f"{source!r}: only addresses with https:// and http:// are read."
            raise click.BadParameter(found, param_hint="'FILE|URL...'")


def _import(place: Place, wanted: Wanted, progress: "ImportProgress") -> "Imported":
    async def work(pool: "Pool[Record]", organization_id: UUID) -> "Imported":
        from bots.knowledge import knowledge_in
        from core.knowledge.importing.run import ImportFound, ImportOptions

        options = ImportOptions(
            prune=wanted.prune,
            dry_run=wanted.dry_run,
            skip_bad=wanted.skip_bad,
            audience=tuple(filter(None, wanted.audience)) if wanted.audience else None,
        )
        knowledge = knowledge_in(pool)
        known = await _pages(knowledge, organization_id, wanted)
        found = await _read(wanted, known, progress)
        write = ImportFound(knowledge=knowledge)
        return await write(organization_id, found, options, by=None)

    return run_in(place, work)


async def _pages(
    knowledge: "KnowledgeService", organization_id: UUID, wanted: Wanted
) -> frozenset[str]:
    """The pages of the web that are known, where some are to be read."""
    from core.knowledge.importing.run import file_of

    if not any(source.startswith(WEB) for source in wanted.sources):
        return frozenset()
    files = map(file_of, await knowledge.export(organization_id))
    return frozenset(file for file in files if file.startswith(WEB))


async def _read(wanted: Wanted, known: frozenset[str], progress: "ImportProgress") -> "Found":
    from adapters.documents.reader import open_reader
    from core.knowledge.importing.found import Found

    found = Found()
    async with open_reader() as reader:
        for number, source in enumerate(wanted.sources):
            progress.source(source, number, len(wanted.sources))
            if source.startswith(WEB):
                async with _crawl(wanted, reader, progress) as crawl:
                    read = crawl.sitemap if wanted.sitemap else crawl.site
                    found += await read(source, known=known)
            else:
                found += await _read_file(Path(source), reader)
    return found


@asynccontextmanager
async def _crawl(
    wanted: Wanted, reader: "ReadsFiles", progress: "ImportProgress"
) -> AsyncIterator["Crawl"]:
    from adapters.web.crawl import Crawl, Limits
    from adapters.web.fetch import open_fetcher

    async with open_fetcher(allow_private=wanted.allow_private) as fetcher:
        yield Crawl(
            fetcher=fetcher,
            reader=reader,
            limits=Limits(pages=wanted.pages),
            progress=progress.page,
        )


async def _read_file(path: Path, reader: "ReadsFiles") -> "Found":
    from core.errors import UserError
    from core.knowledge.importing.found import Found, Read, Skipped
    from core.ports.documents import GivenFile

    name = path.name
    try:
        content = await asyncio.to_thread(_content, path)
        reading = await reader.read(GivenFile(name=name, content=content))
    except UserError as error:
        return Found(skipped=(Skipped(name=name, reason=str(error)),))
    except OSError as error:
        reason = f"it cannot be read: {error.strerror}."
        return Found(skipped=(Skipped(name=name, reason=reason),))
    return Found(read=(Read(name=name, reading=reading),))


def _content(path: Path) -> bytes:
    """What is in a file; of one that is too large, just more than is read."""
    from adapters.documents.reader import LARGEST

    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def _print(imported: "Imported") -> None:
    from core.knowledge.importing.telling import left_out, told
    from core.wording import counted

    for note in imported.notes:
        click.echo(f"Note: {note}", err=True)
    lines = left_out(imported)
    if imported.report is None and len(lines) == 1:
        click.echo(f"Error: Nothing was written: {lines[0]}", err=True)
    else:
        for line in lines:
            click.echo(f"Left out: {line}", err=True)
    if imported.report is not None:
        click.echo(told(imported, review=REVIEW, prune=PRUNE))
        return
    if len(lines) != 1:
        found = f"{len(imported.skipped):,} could not be read" if lines else "nothing was found"
        click.echo(f"Error: Nothing was written: {found}.", err=True)
    if imported.read:
        could = counted(len(imported.read), "file or page", "files or pages")
        click.echo(f"--skip-bad writes what could be read: {could}.", err=True)


def _object(imported: "Imported") -> dict[str, object]:
    report = asdict(imported.report) if imported.report else {}
    return {
        "written": imported.report is not None and not imported.dry_run,
        "dry_run": imported.dry_run,
        **report,
        "proposed": imported.proposed,
        "files": [
            {
                "name": one.name,
                "entries": len(one.reading.entries),
                "proposals": len(one.reading.proposals),
            }
            for one in imported.read
        ],
        "skipped": [{"name": one.name, "reason": one.reason} for one in imported.skipped],
        "notes": list(imported.notes),
    }
