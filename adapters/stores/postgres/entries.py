"""From rows of entries to values and back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from core.entries import Entry, NewEntry
from core.text import clean

COLUMNS = "id, phrasings, answer, keywords, source, tags, language, audience, passage"


def to_entry(row: asyncpg.Record) -> Entry:
    """Read a row with all of `COLUMNS`."""
    return _entry(row["id"], row)


def from_json(entry_id: UUID, written: str | None) -> Entry | None:
    """Read what a revision wrote down of an entry."""
    return None if written is None else _entry(entry_id, orjson.loads(written))


def to_json(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as `jsonb_to_recordset` takes them."""
    return orjson.dumps(rows, default=str).decode()


def content(entry: NewEntry | None) -> dict[str, Any] | None:
    """What an entry holds, without its id."""
    if entry is None:
        return None
    fields = asdict(entry)
    fields.pop("id", None)
    return fields


def cleaned(entry: NewEntry) -> NewEntry:
    """The entry without what no database stores."""
    return NewEntry(
        phrasings=_clean(entry.phrasings),
        answer=clean(entry.answer),
        keywords=_clean(entry.keywords),
        source=clean(entry.source),
        tags=_clean(entry.tags),
        language=clean(entry.language),
        audience=_clean(entry.audience),
        passage=entry.passage,
    )


def _clean(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(clean(text) for text in texts)


def _entry(entry_id: UUID, fields: Mapping[str, Any] | asyncpg.Record) -> Entry:
    return Entry(
        id=entry_id,
        phrasings=tuple(fields["phrasings"]),
        answer=fields["answer"],
        keywords=tuple(fields["keywords"]),
        source=fields["source"],
        tags=tuple(fields["tags"]),
        language=fields["language"],
        audience=tuple(fields["audience"]),
        passage=fields["passage"],
    )
