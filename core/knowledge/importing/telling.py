"""Say in words what came of an import."""

from collections.abc import Iterator

from core.knowledge.importing.run import Imported
from core.ports.knowledge import ImportReport
from core.wording import counted

SHOWN = 20  # files that were left out and are named


def told(imported: Imported, *, review: str, prune: str) -> str:
    """Return the lines of a report. `review` and `prune` say how each of them is done."""
    return "\n".join(_lines(imported, review=review, prune=prune))


def left_out(imported: Imported) -> list[str]:
    """Say for each file that was not read why it was not."""
    lines = [
        one.reason if one.reason.startswith(one.name) else f"{one.name}: {one.reason}"
        for one in imported.skipped
    ]
    more = len(lines) - SHOWN
    return [*lines[:SHOWN], f"and {more} more"] if more > 0 else lines


def _lines(imported: Imported, *, review: str, prune: str) -> Iterator[str]:
    report = imported.report
    if report is None:
        yield "Nothing was written."
        return
    yield _summary(report, dry_run=imported.dry_run)
    if report.missing:
        stays, them = ("stays", "it") if report.missing == 1 else ("stay", "them")
        yield (
            f"{_entries(report.missing)} of these sources {stays} known though the files no longer"
            f" have {them}{prune.format(them=them)}."
        )
    if imported.found:
        known = imported.found - imported.proposed
        were = "was" if known == 1 else "were"
        before = f", {known:,} {were} proposed before" if known and not imported.dry_run else ""
        number = imported.found if imported.dry_run else imported.proposed
        yield f"{counted(number, 'question')} with an answer proposed{before}: {review}."
    if imported.skipped:
        yield f"{counted(len(imported.skipped), 'file or page', 'files or pages')} left out."


def _summary(report: ImportReport, *, dry_run: bool) -> str:
    removed = f", {report.removed:,} removed" if report.removed else ""
    end = "; nothing was written (dry run)" if dry_run else f" (revision {report.revision})"
    return (
        f"{_entries(report.added)} added, {report.changed:,} changed,"
        f" {report.unchanged:,} unchanged{removed}{end}."
    )


def _entries(number: int) -> str:
    return counted(number, "entry", "entries")
