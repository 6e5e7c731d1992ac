"""Write what an import found: all of it, or nothing."""

from dataclasses import dataclass
from uuid import UUID

from core.entries import Entry
from core.knowledge.importing.found import Found, Read, Skipped
from core.knowledge.service import KnowledgeService
from core.ports.knowledge import ImportReport


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What an import may do.

    `prune`: what its sources no longer have is removed. `skip_bad`: what was asked for and cannot
    be read is left out; else nothing is written. `dry_run`: nothing is written anyway.
    """

    prune: bool = False
    skip_bad: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of an import. `report` is None where nothing was written, for what was `skipped`.

    `proposed` proposals are new among those that were `found` in histories.
    """

    report: ImportReport | None
    read: tuple[Read, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]
    proposed: int = 0
    found: int = 0
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
        entries = [entry for one in found.read for entry in one.reading.entries]
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
            dry_run=options.dry_run,
        )


def file_of(entry: Entry) -> str:
    """The file or the page that an entry is from, without the place in it."""
    return entry.source.partition("#")[0]
