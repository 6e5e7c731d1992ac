"""`trialogue kb import`: files, folders, pages of the web and exported histories."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
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

HELP = """Import files, folders and pages of the web: all of them, or nothing.

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
a folder      all files of these kinds below it, but hidden ones and links
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
@click.argument("sources", nargs=-1, required=True, metavar="FILE|FOLDER|URL...")
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
        if not (Path(source).is_file() or _is_folder(source)):
            found = f"There is no file and no folder {source!r}."
            if "://" in source:
                found = f"{source!r}: only addresses with https:// and http:// are read."
            raise click.BadParameter(found, param_hint="'FILE|FOLDER|URL...'")
    _check_names([Path(source) for source in wanted.sources if _is_folder(source)])


def _check_names(folders: Sequence[Path]) -> None:
    """Files are known by the name of their folder: two of one name would be mixed up."""
    from adapters.documents.folder import folder_name

    names = [folder_name(folder) for folder in folders]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise click.UsageError(
            f"Two of these folders are named {twice!r}, by which their files are known: give one of"
            " them another name."
        )


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
        known = await _known(knowledge, organization_id, wanted)
        found = await _read(wanted, known, progress)
        write = ImportFound(knowledge=knowledge)
        return await write(organization_id, found, options, by=None)

    return run_in(place, work)


async def _known(
    knowledge: "KnowledgeService", organization_id: UUID, wanted: Wanted
) -> frozenset[str]:
    """The files and pages that are known, where what is read may have lost some of them."""
    from core.knowledge.importing.run import file_of

    if not any(source.startswith(WEB) or _is_folder(source) for source in wanted.sources):
        return frozenset()
    return frozenset(map(file_of, await knowledge.export(organization_id)))


async def _read(wanted: Wanted, known: frozenset[str], progress: "ImportProgress") -> "Found":
    from adapters.documents.reader import open_reader
    from core.knowledge.importing.found import Found

    pages = frozenset(one for one in known if one.startswith(WEB))
    found = Found()
    async with open_reader() as reader:
        for number, source in enumerate(wanted.sources):
            progress.source(source, number, len(wanted.sources))
            if source.startswith(WEB):
                async with _crawl(wanted, reader, progress) as crawl:
                    read = crawl.sitemap if wanted.sitemap else crawl.site
                    found += await read(source, known=pages)
            elif _is_folder(source):
                found += await _read_folder(Path(source), known, reader, progress)
            else:
                found += await _read_file(Path(source), Path(source).name, reader)
    return found


async def _read_folder(
    folder: Path, known: frozenset[str], reader: "ReadsFiles", progress: "ImportProgress"
) -> "Found":
    """All files below a folder; those that were there before and are not any more are gone."""
    from adapters.documents.folder import folder_name, look_through
    from core.knowledge.importing.found import Found, Skipped

    files, skipped = await asyncio.to_thread(look_through, folder)
    there = {*(one.name for one in files), *(one.name for one in skipped)}
    before = {one for one in known if one.startswith(f"{folder_name(folder)}/")}
    gone = [
        Skipped(name=name, reason="it is not there any more.", asked_for=False, gone=True)
        for name in sorted(before - there)
    ]
    found = Found(skipped=(*skipped, *gone))
    for number, one in enumerate(files):
        progress.page(one.name, number, len(files))
        found += await _read_file(one.path, one.name, reader)
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


async def _read_file(path: Path, name: str, reader: "ReadsFiles") -> "Found":
    from core.errors import UserError
    from core.knowledge.importing.found import Found, Read, Skipped
    from core.ports.documents import GivenFile

    try:
        content = await asyncio.to_thread(_content, path)
        reading = await reader.read(GivenFile(name=name, content=content))
    except UserError as error:
        return Found(skipped=(Skipped(name=name, reason=str(error)),))
    except OSError as error:
        reason = f"it cannot be read: {error.strerror}."
        return Found(skipped=(Skipped(name=name, reason=reason),))
    return Found(read=(Read(name=name, reading=reading),))


def _is_folder(source: str) -> bool:
    return Path(source).is_dir()


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
