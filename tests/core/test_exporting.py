"""What is exported is what an import reads: brought in again, it changes nothing."""

import csv
import io
import json
from collections.abc import Sequence
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.entries import Entry, NewEntry
from core.knowledge.checking import problems_of, tidy
from core.knowledge.exporting import Format, exported
from core.knowledge.importing import read_entries
from core.knowledge.merge import as_entry, merge

TEXTS = st.text(max_size=40)
TRICKY = st.sampled_from(
    [
        "=1+1",
        '"',
        '""',
        "a; b",
        "a,b",
        "x|y",
        "-",
        "\r\n",
        "\r",
        "    code\n  more",
        " \n a",
        "#",
        "'",
    ]
)
LABELS = st.lists(TEXTS | TRICKY, max_size=3).map(tuple)
AUDIENCES = st.lists(
    st.sampled_from(["role:admin", "channel:slack:T1:C1", "channel:telegram:7:-100"]), max_size=2
).map(tuple)
ENTRIES = st.builds(
    NewEntry,
    phrasings=st.lists(TEXTS | TRICKY, min_size=1, max_size=3).map(tuple),
    answer=TEXTS | TRICKY,
    keywords=LABELS,
    source=st.sampled_from(["", "-", "faq.csv", "page.md#a,b", 'odd "name"', "export.csv"]) | TEXTS,
    tags=LABELS,
    language=st.sampled_from(["", "de", "pt-br"]),
    audience=AUDIENCES,
    passage=st.booleans(),
)


def kept(given: Sequence[NewEntry]) -> list[Entry]:
    """The entries as a store has them: those that can be, each answer of a source once."""
    tidied = [tidy(new) for new in given]
    sound = {(new.source, new.answer): new for new in tidied if not list(problems_of(new))}
    return [as_entry(new, uuid4()) for new in sound.values()]


@pytest.mark.parametrize("kind", list(Format))
@given(given=st.lists(ENTRIES, max_size=5))
def test_an_export_that_is_imported_changes_nothing(kind: Format, given: list[NewEntry]) -> None:
    entries = kept(given)
    if not entries:
        return
    reading = read_entries(f"export.{kind}", exported(entries, to=kind).encode())
    changes = merge(entries, reading.entries, new_id=uuid4)
    assert (changes.added, changes.changed, changes.missing) == ((), (), ())
    assert changes.unchanged == len(entries)


@given(new=ENTRIES)
def test_what_is_tidy_stays_as_it_is(new: NewEntry) -> None:
    assert tidy(tidy(new)) == tidy(new)


ENTRY = as_entry(
    NewEntry(
        phrasings=("Why?", "How come?"),
        answer="Because.",
        keywords=("a, b", "c"),
        audience=("role:admin",),
        language="en",
    ),
    uuid4(),
)


def test_a_table_has_a_row_for_each_way_to_ask() -> None:
    rows = list(csv.DictReader(io.StringIO(exported([ENTRY], to=Format.CSV), newline="")))
    assert [(row["question"], row["answer"], row["keywords"]) for row in rows] == [
        ("Why?", "Because.", '"a, b"; c'),
        ("How come?", "Because.", ""),
    ]
    assert (rows[0]["source"], rows[0]["audience"], rows[0]["language"]) == (
        "-",
        "role:admin",
        "en",
    )


def test_an_object_has_its_id_and_nothing_that_is_empty() -> None:
    [written] = json.loads(exported([ENTRY], to=Format.JSON))["entries"]
    assert written == {
        "id": str(ENTRY.id),
        "questions": ["Why?", "How come?"],
        "answer": "Because.",
        "source": "-",
        "keywords": ["a, b", "c"],
        "audience": ["role:admin"],
        "language": "en",
    }
