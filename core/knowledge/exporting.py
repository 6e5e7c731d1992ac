"""Write entries as files that importing reads: read again, they change nothing."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Any

import orjson

from core.entries import Entry
from core.knowledge.importing.rows import NO_SOURCE
from core.knowledge.importing.tables import COLUMNS

NEEDS_QUOTES = (";", "|", ",", '"')


class Format(StrEnum):
    """A kind of file."""

    JSON = "json"
    CSV = "csv"


def exported(entries: Sequence[Entry], *, to: Format) -> str:
    """All that is known of the entries, as the text of a file."""
    return _json(entries) if to is Format.JSON else _csv(entries)


def _json(entries: Sequence[Entry]) -> str:
    objects = [_object(entry) for entry in entries]
    return orjson.dumps({"entries": objects}, option=orjson.OPT_INDENT_2).decode() + "\n"


def _object(entry: Entry) -> dict[str, Any]:
    """An entry without what is empty; its id is for people, an import does not look at it."""
    fields = asdict(entry)
    found = {"id": str(entry.id), "questions": fields["phrasings"], "answer": entry.answer}
    found["source"] = entry.source or NO_SOURCE
    more = {name: fields[name] for name in ("keywords", "tags", "language", "audience", "passage")}
    return found | {name: value for name, value in more.items() if value}


def _csv(entries: Sequence[Entry]) -> str:
    """A row for each phrasing; what belongs to the entry stands in the first of its rows."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        writer.writerows(_rows(entry))
    return written.getvalue()


def _rows(entry: Entry) -> Iterator[Sequence[str]]:
    source = entry.source or NO_SOURCE
    first, *others = entry.phrasings
    yield (
        first,
        entry.answer,
        _cell(entry.keywords),
        source,
        _cell(entry.tags),
        entry.language,
        _cell(entry.audience),
        "yes" if entry.passage else "",
    )
    for phrasing in others:
        yield (phrasing, entry.answer, "", source, "", "", "", "")


def _cell(labels: Iterable[str]) -> str:
    return "; ".join(
        '"' + label.replace('"', '""') + '"'
        if any(character in label for character in NEEDS_QUOTES)
        else label
        for label in labels
    )
