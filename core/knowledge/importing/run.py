"""Write what an import found: all of it, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from core.entries import NewEntry
from core.errors import UserError
from core.knowledge.audience import audience_problem
from core.knowledge.importing.found import Found, Read, Skipped
from core.knowledge.service import KnowledgeService
from core.ports.knowledge import ImportReport


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What an import may do.

    `prune`: what its sources no longer have is removed. `skip_bad`: what was asked for and cannot
    be read is left out; else nothing is written. `dry_run`: nothing is written anyway. `audience`
    is whom entries are for that say nothing of it themselves; None: as what is known of their file.
    """

    prune: bool = False
    skip_bad: bool = False
    dry_run: bool = False
    audience: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse an audience that names nobody."""
        for problem in filter(None, map(audience_problem, self.audience or ())):
            raise UserError(f"Nothing was imported: {problem}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of an import. `report` is None where nothing was written, for what was `skipped`.

    `proposed` proposals are new among those that were `found` in histories. `for_some`: some of the
    entries are not for everybody.
    """

    report: ImportReport | None
    read: tuple[Read, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]
    proposed: int = 0
    found: int = 0
    for_some: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFound:
    """Writes entries and proposals. The same again changes nothing."""

    knowledge: KnowledgeService

    async def __call__(
        self, organization_id: UUID, found: Found, options: ImportOptions, *, by: UUID | None
    ) -> Imported:
        """Write what was read, unless something that was asked for could not be."""
        notes = (*found.notes, *(note for one in found.read for note in one.reading.notes))
        bad = [one for one in found.skipped if one.asked_for]
        if not found.read or (bad and not options.skip_bad):
            return Imported(report=None, read=found.read, skipped=found.skipped, notes=notes)
        read = [entry for one in found.read for entry in one.reading.entries]
        entries = await self._for_whom(organization_id, read, options)
        proposals = [proposal for one in found.read for proposal in one.reading.proposals]
        gone = [one.name for one in found.skipped if one.gone]
        files = sorted({*(one.name for one in found.read), *gone})
        if options.dry_run:
            report = await self.knowledge.store.preview(
                organization_id, entries, files=files, prune=options.prune
            )
            proposed = 0
        else:
            report = await self.knowledge.import_entries(
                organization_id, entries, files=files, prune=options.prune, by=by
            )
            proposed = (
                await self.knowledge.propose(organization_id, proposals, by=by) if proposals else 0
            )
        return Imported(
            report=report,
            read=found.read,
            skipped=found.skipped,
            notes=notes,
            proposed=proposed,
            found=len(proposals),
            for_some=any(entry.audience for entry in entries),
            dry_run=options.dry_run,
        )

    async def _for_whom(
        self, organization_id: UUID, entries: Sequence[NewEntry], options: ImportOptions
    ) -> Sequence[NewEntry]:
        """A file that was for some stays so: what is new in it must not be seen by all."""
        if options.audience is not None:
            asked = options.audience
            return [one if one.audience else replace(one, audience=asked) for one in entries]
        known: dict[str, set[tuple[str, ...]]] = {}
        for entry in await self.knowledge.export(organization_id):
            if entry.passage:
                known.setdefault(file_of(entry), set()).add(entry.audience)
        same = {file: found.pop() for file, found in known.items() if len(found) == 1}
        return [
            replace(one, audience=same.get(file_of(one), ())) if _is_open(one) else one
            for one in entries
        ]


def _is_open(entry: NewEntry) -> bool:
    return entry.passage and not entry.audience


def file_of(entry: NewEntry) -> str:
    """The file or the page that an entry is from, without the place in it."""
    return entry.source.partition("#")[0]
