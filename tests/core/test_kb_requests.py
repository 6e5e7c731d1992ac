"""What is read behind `/kb`, and what is said of what does not fit."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.entries import Entry
from core.errors import UserError
from core.kb.ids import find, short
from core.kb.requests import (
    FORMS,
    Add,
    Dismiss,
    Edit,
    Explain,
    ListGaps,
    Redo,
    Remove,
    Request,
    Review,
    Search,
    Undo,
    forms,
    read,
)

ONE = UUID("01a1f90c-5d17-7047-8f4b-5c43c0fce554")
OTHER = UUID("01a1f90c-5d17-7047-8f4b-5c43c0aaaaaa")


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("add Where? | Here.", Add(question="Where?", answer="Here.")),
        ("ADD a|b | c", Add(question="a", answer="b | c")),
        ("add Why?|\nBecause.\n\n- so", Add(question="Why?", answer="Because.\n\n- so")),
        ("edit c0fce554 No, there.", Edit(entry="c0fce554", answer="No, there.")),
        (f"edit {ONE}\nTwo\nlines", Edit(entry=str(ONE), answer="Two\nlines")),
        ("remove C0FCE554", Remove(entry="C0FCE554")),
        (" undo ", Undo()),
        ("undo Import", Undo(sure=True)),
        ("undo Yes", Undo(sure=True)),
        ("redo", Redo()),
        ("redo YES", Redo(sure=True)),
        ("gaps", ListGaps()),
        ("gaps please", ListGaps()),
        ("gaps  Dismiss where  is it?", Dismiss(question="where  is it?")),
        ("review", Review()),
        ("search  where is it?", Search(question="where is it?")),
        ("", Explain()),
        ("help", Explain()),
    ],
)
def test_requests_are_read(text: str, request_: Request) -> None:
    assert read(text) == request_


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("add", "add"),
        ("add Where is it?", "add"),
        ("add | Here.", "add"),
        ("add Where? |  ", "add"),
        ("edit", "edit"),
        ("edit c0fce554", "edit"),
        ("edit the answer", "edit"),
        ("remove", "remove"),
        ("remove it please", "remove"),
        ("search", "search"),
        ("gaps dismiss", "dismiss"),
        ("undo 17", "undo"),
        ("redo all", "redo"),
    ],
)
def test_what_does_not_fit_gets_the_right_form(text: str, form: str) -> None:
    with pytest.raises(UserError) as refused:
        read(text)
    assert f"`{FORMS[form]}`" in str(refused.value)


def test_an_unknown_request_gets_all_forms() -> None:
    with pytest.raises(UserError) as refused:
        read("`delete` everything")
    assert str(refused.value) == f"I do not know `/kb delete`.\n\n{forms()}"


@given(st.text())
def test_whatever_is_written_is_a_request_or_gets_a_sentence(text: str) -> None:
    try:
        read(text)
    except UserError as error:
        refused = str(error)
    else:
        return
    assert "`/kb" in refused


@given(st.uuids(), st.integers(min_value=4, max_value=32))
def test_an_entry_is_found_by_either_end_of_its_id(entry_id: UUID, length: int) -> None:
    entry = Entry(id=entry_id, phrasings=("Why?",), answer="Because.")
    for part in (entry_id.hex[:length], entry_id.hex[-length:], str(entry_id), short(entry_id)):
        assert find([entry], part.upper()) == entry


def test_an_id_that_fits_no_entry_or_several_is_refused() -> None:
    entries = [Entry(id=one, phrasings=("Why?",), answer="Because.") for one in (ONE, OTHER)]
    assert find(entries, short(OTHER)).id == OTHER
    with pytest.raises(UserError, match="2 entries fit the ID 01a1f90c: write more of it"):
        find(entries, "01a1f90c")
    with pytest.raises(UserError, match="No entry has the ID beef"):
        find(entries, "beef")
