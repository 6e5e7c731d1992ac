"""What was found, and how it is told."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

import click


class Mark(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


COLOURS = {Mark.OK: "green", Mark.WARNING: "yellow", Mark.BROKEN: "red"}
WIDEST_MARK = max(map(len, Mark))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the report. What is not ok has a cure."""

    mark: Mark
    subject: str
    found: str
    cure: str = ""


def ok(subject: str, found: str) -> Finding:
    """It is as it should be."""
    return Finding(mark=Mark.OK, subject=subject, found=found)


def warning(subject: str, found: str, *, cure: str) -> Finding:
    """It works, or may work, and should be looked at."""
    return Finding(mark=Mark.WARNING, subject=subject, found=found, cure=cure)


def broken(subject: str, found: str, *, cure: str) -> Finding:
    """Something that is wanted does not work."""
    return Finding(mark=Mark.BROKEN, subject=subject, found=found, cure=cure)


def is_broken(findings: Sequence[Finding]) -> bool:
    """Whether anything is broken."""
    return any(finding.mark is Mark.BROKEN for finding in findings)


def without_secrets(finding: Finding, redact: Callable[[str], str]) -> Finding:
    """The same, whatever a server has put into its words. Cures are our own."""
    return replace(finding, found=redact(finding.found))


def to_line(finding: Finding) -> str:
    """One line, with its mark as a word that is coloured where colours are shown."""
    mark = click.style(finding.mark.value.ljust(WIDEST_MARK), fg=COLOURS[finding.mark])
    line = f"{mark}  {finding.subject}: {finding.found}"
    if not finding.cure:
        return line
    return f"{line if line.endswith('.') else f'{line}.'} Cure: {finding.cure}"


def to_json(findings: Sequence[Finding]) -> str:
    """All of it, for machines."""
    report = {
        "broken": is_broken(findings),
        "findings": [asdict(finding) for finding in findings],
    }
    return json.dumps(report, ensure_ascii=False, indent=2)


def in_short(findings: Sequence[Finding]) -> str:
    """The last line."""
    marks = [finding.mark for finding in findings]
    if Mark.BROKEN in marks:
        return f"{_count(marks, Mark.BROKEN)} broken, {_warnings(marks)}."
    return f"Nothing is broken, {_warnings(marks)}."


def _warnings(marks: Sequence[Mark]) -> str:
    number = _count(marks, Mark.WARNING)
    return "1 warning" if number == 1 else f"{number or 'no'} warnings"


def _count(marks: Sequence[Mark], mark: Mark) -> int:
    return sum(one is mark for one in marks)
