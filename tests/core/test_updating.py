"""An index that follows the changes is the one that would be built anew."""

from uuid import UUID

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.entries import Entry
from core.knowledge.index import Index, build, update
from core.ports.knowledge import Snapshot

WORDS = ("reset", "password", "laptop", "lost", "the", "my", "invoice", "order", "monitor", "how")
PHRASINGS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
AUDIENCES = st.sampled_from(((), (), ("channel:a",), ("role:admin",), ("channel:a", "role:admin")))
ENTRIES = st.builds(
    Entry,
    id=st.integers(1, 6).map(lambda number: UUID(int=number)),
    phrasings=st.lists(PHRASINGS, max_size=3).map(tuple),
    answer=PHRASINGS,
    keywords=st.lists(st.sampled_from(WORDS), max_size=1).map(tuple),
    audience=AUDIENCES,
    passage=st.sampled_from((False, False, True)),
)
CHANGES = st.lists(
    st.tuples(
        st.lists(ENTRIES, max_size=3, unique_by=lambda entry: entry.id),
        st.lists(st.integers(1, 6).map(lambda number: UUID(int=number)), max_size=2),
    ),
    min_size=1,
    max_size=4,
)
ASKERS = (frozenset[str](), frozenset({"channel:a"}), frozenset({"role:admin"}), None)


def after(entries: tuple[Entry, ...], changed: list[Entry], removed: list[UUID]) -> list[Entry]:
    gone = {*removed, *(entry.id for entry in changed)}
    return [*(entry for entry in entries if entry.id not in gone), *changed]


def found(index: Index, question: str, asker: frozenset[str] | None) -> list[tuple[UUID, float]]:
    """What is found, in an order of its own where two entries are level."""
    passages = index.search(question, limit=50, audience=asker)
    return sorted((one.entry_id, round(one.score, 4)) for one in passages)


@settings(deadline=None)
@given(
    st.lists(ENTRIES, max_size=6, unique_by=lambda entry: entry.id),
    CHANGES,
    st.lists(PHRASINGS | st.sampled_from(("pasword", "lost invoise", "moniter")), min_size=1),
)
def test_an_updated_index_is_the_one_that_is_built_anew(
    first: list[Entry], changes: list[tuple[list[Entry], list[UUID]]], questions: list[str]
) -> None:
    entries = tuple(first)
    index = build(Snapshot(revision=0, entries=entries))
    for revision, (changed, removed) in enumerate(changes, 1):
        entries = tuple(after(entries, changed, removed))
        index = update(index, changed=changed, removed=removed, at=revision)
    built = build(Snapshot(revision=len(changes), entries=entries))
    assert index.revision == built.revision
    assert list(index.entries) == list(built.entries)
    assert index.texts.same == built.texts.same
    assert np.array_equal(index.texts.first_of, built.texts.first_of)
    for one, other in zip(
        (*index.texts.kinds, index.texts.passages),
        (*built.texts.kinds, built.texts.passages),
        strict=True,
    ):
        assert {word: one.of(word).tolist() for word in one.ids} == {
            word: other.of(word).tolist() for word in other.ids
        }
        assert np.allclose(one.scales, other.scales)
    for question in questions:
        for asker in ASKERS:
            assert found(index, question, asker) == found(built, question, asker)


@settings(deadline=None)
@given(st.lists(ENTRIES, max_size=6, unique_by=lambda entry: entry.id), PHRASINGS)
def test_what_is_not_for_somebody_is_not_found_and_what_is_is(
    entries: list[Entry], question: str
) -> None:
    index = build(Snapshot(revision=1, entries=entries))
    by_id = {entry.id: entry for entry in entries}
    for asker in ASKERS[:-1]:
        assert asker is not None
        mine = [entry for entry in entries if not entry.audience or asker & {*entry.audience}]
        passages = index.search(question, limit=50, audience=asker)
        assert all(by_id[one.entry_id] in mine for one in passages)
        if any(question in entry.phrasings for entry in mine if not entry.passage):
            assert not by_id[passages[0].entry_id].passage
            assert passages[0].score == 1
            assert question in by_id[passages[0].entry_id].phrasings
