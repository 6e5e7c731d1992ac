"""Parts of documents beside entries: found by what they say, offered, and never in the way.

The document and the questions were written for this; those `held` were not looked at while the
thresholds in `core.knowledge.documents` were chosen. Keep it so.
"""

import csv
from uuid import uuid4

import pytest

from core.entries import Band, NewEntry, Passage
from core.knowledge.importing import read_entries
from core.knowledge.index import Index, build
from core.knowledge.merge import merge
from core.knowledge.model import fit, from_bytes, to_bytes
from core.ports.knowledge import Snapshot
from tests.core.test_answer_sets import SETS, rows

MANUAL = [
    NewEntry(phrasings=(f"{title} › {heading}",), answer=text, source=heading, passage=True)
    for title, _, sections in (
        part.partition("\n")
        for part in (SETS / "manual.md").read_text("utf-8").removeprefix("# ").split("\n# ")
    )
    for heading, _, text in (part.partition("\n") for part in sections.split("\n## ")[1:])
]
FAQ = [NewEntry(phrasings=(q,), answer=answer) for q, answer in rows("manual", "knowledge")]


def index_of(*entries: NewEntry) -> Index:
    return build(Snapshot(revision=1, entries=merge((), entries, new_id=uuid4).added))


WITHOUT = index_of(*FAQ)
INDEX = index_of(*FAQ, *MANUAL)


def asked(group: str) -> list[tuple[str, str]]:
    with (SETS / "manual_questions.csv").open(encoding="utf-8", newline="") as file:
        found = csv.DictReader(file)
        return [(row["question"], row["expected"]) for row in found if row["set"] == group]


def named(passage: Passage) -> str:
    return passage.source if passage.document else f"={passage.answer}"


@pytest.mark.parametrize(("group", "right", "shown"), [("seen", 11, 11), ("held", 19, 18)])
def test_what_a_document_says_is_found_and_mostly_offered(
    group: str, right: int, shown: int
) -> None:
    known = [(q, expected) for q, expected in asked(group) if expected and expected[0] != "="]
    found = [([named(one) for one in INDEX.search(q)], INDEX.search(q)[0]) for q, _ in known]
    assert sum(names[0] == e for (names, _), (_, e) in zip(found, known, strict=True)) >= right
    answered = [(q, e, best) for (q, e), (_, best) in zip(known, found, strict=True)]
    wrong = [q for q, e, best in answered if best.band is Band.ANSWER and named(best) != e]
    assert wrong == []
    assert sum(best.band is not Band.UNKNOWN for _, best in found) >= shown


@pytest.mark.parametrize("group", ["seen", "held"])
def test_what_nobody_wrote_is_not_answered_and_seldom_offered(group: str) -> None:
    best = [INDEX.search(q, limit=1) for q, expected in asked(group) if not expected]
    bands = [passages[0].band if passages else Band.UNKNOWN for passages in best]
    assert Band.ANSWER not in bands
    assert bands.count(Band.OFFER) <= 1


def test_an_entry_that_answers_goes_on_to_with_any_document_beside_it() -> None:
    questions = [q for group in ("seen", "held") for q, e in asked(group) if e.startswith("=")]
    before = [WITHOUT.search(q)[0] for q in questions]
    after = [INDEX.search(q)[0] for q in questions]
    assert sum(one.band is Band.ANSWER for one in before) >= 8
    for one, other in zip(before, after, strict=True):
        assert (one.answer, one.band) == (other.answer, other.band)


def test_a_heading_does_not_take_an_entry_s_question() -> None:
    entry = NewEntry(phrasings=("Guarantee",), answer="Two years.")
    chapter = NewEntry(phrasings=("Guarantee",), answer="It is long.", passage=True, source="a")
    for entries in ((entry, chapter), (chapter, entry)):
        assert index_of(*entries).search("guarantee")[0].answer == "Two years."


def test_a_heading_of_many_sections_answers_for_none() -> None:
    sections = [
        NewEntry(phrasings=("Overview",), answer=f"About {one}.", source=one, passage=True)
        for one in ("lamps", "chairs", "desks")
    ]
    assert INDEX.search("Travel policy › Hotels")[0].score == 1
    found = index_of(*sections, *FAQ).search("overview")
    assert len(found) == 3
    assert found[0].band is not Band.ANSWER


def test_a_markdown_file_comes_to_be_passages_that_are_found() -> None:
    reading = read_entries("manual.md", (SETS / "manual.md").read_bytes())
    best = index_of(*reading.entries).search("is breakfast included in the hotel price")[0]
    assert "Breakfast is included" in best.answer


def test_what_is_fitted_to_entries_holds_beside_a_document() -> None:
    fitted = {}
    for name, entries in (("alone", FAQ), ("beside", [*MANUAL[:9], *FAQ, *MANUAL[9:]])):
        added = merge((), entries, new_id=uuid4).added
        snapshot = Snapshot(revision=1, entries=added)
        model = from_bytes(to_bytes(fit(snapshot)))
        assert model is not None
        fitted[name] = model.apply(build(snapshot))
    beside = fitted["beside"]
    assert beside.classifier is not None
    assert len(beside.classifier.weights) == len(FAQ)
    questions = [q for group in ("seen", "held") for q, e in asked(group) if e.startswith("=")]
    for question in questions:
        one, other = (index.search(question)[0] for index in fitted.values())
        assert one.answer == other.answer
        assert abs(one.score - other.score) < 0.1
    for question in ("is breakfast included in the hotel price", "how long does descaling take"):
        before, after = INDEX.search(question)[0], beside.search(question)[0]
        assert (before.source, before.band) == (after.source, after.band)
