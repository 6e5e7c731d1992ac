"""CSV: `question,answer` and what else is known of an entry, as spreadsheets write it."""

import csv
import io
from collections.abc import Iterator, Sequence

from core.knowledge.importing.rows import Problems, Row, labels_in, one_line, tidy_answer

COLUMNS = (
    "question",
    "answer",
    "keywords",
    "source",
    "tags",
    "language",
    "audience",
    "passage",
)
REQUIRED = frozenset(COLUMNS[:2])
DELIMITERS = (",", ";", "\t")
YES = frozenset({"yes", "true", "1", "x"})


def read_csv(_: str, text: str, problems: Problems) -> tuple[list[Row], list[str]]:
    """Read rows, and notes about columns that are not ours. The header is row 1."""
    records = _records(text, problems)
    number, header = next(((n, cells) for n, cells in records if any(cells)), (1, []))
    names = [one_line(cell).lower() for cell in header]
    if missing := [name for name in COLUMNS if name in REQUIRED - set(names)]:
        problems.add(
            f"row {number}",
            f"the header names no column {' and no column '.join(missing)};"
            f" expected {','.join(COLUMNS)}, of which you need the first two",
        )
        return [], []
    if twice := sorted({name for name in COLUMNS if names.count(name) > 1}):
        problems.add(f"row {number}", f"the header names the column {twice[0]} twice")
        return [], []
    rows = [row for row in (_row(n, names, cells, problems) for n, cells in records) if row]
    unknown = [name for name in names if name and name not in COLUMNS]
    return rows, [f"the column {name!r} is not known and was left out" for name in unknown]


def _records(text: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Records with their number, as a spreadsheet shows it; a broken one is the last."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    number = 0
    while True:
        number += 1
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = f"the quotes are not closed or stand inside a cell ({error})"
            problems.add(f"row {number}", f"{reason}; it begins in line {line}")
            return
        yield number, [tidy_answer(cell) for cell in cells]


def _delimiter(text: str) -> str:
    """What separates the names of the header, which is the first line that is not blank."""
    header = next(line for line in text.splitlines() if line.strip()).lower()
    for delimiter in DELIMITERS:
        names = {cell.strip(" \t\"'") for cell in header.split(delimiter)}
        if names >= REQUIRED:
            return delimiter
    return max(DELIMITERS, key=header.count)


def _row(number: int, names: Sequence[str], cells: Sequence[str], problems: Problems) -> Row | None:
    if not any(cells):
        return None
    if any(cells[len(names) :]):
        problems.add(
            f"row {number}",
            f"it has {len(cells)} cells and the header {len(names)};"
            " text with the separator in it needs quotes",
        )
        return None
    found = dict(zip(names, cells, strict=False))
    return Row(
        place=f"row {number}",
        questions=(found.get("question", ""),),
        answer=found.get("answer", ""),
        keywords=labels_in(found.get("keywords", "")),
        source=found.get("source", ""),
        tags=labels_in(found.get("tags", "")),
        language=found.get("language", ""),
        audience=labels_in(found.get("audience", "")),
        passage=found.get("passage", "").strip().lower() in YES,
    )
