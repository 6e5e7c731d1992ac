"""The demo's sample: whole, true, and found by people who ask in their own words."""

import asyncio
import csv
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import click
import pytest

from bots.embedded import Addresses
from bots.main import cli
from bots.sample.load import HERE, load_sample
from bots.settings import Settings
from core.answers.thread import leans_on_thread
from core.entries import Entry, NewEntry
from core.errors import UserError
from core.knowledge.child import fit_in_child
from core.knowledge.importing import read_entries
from core.knowledge.index import CERTAIN, Index, build
from core.knowledge.merge import merge
from core.knowledge.model import from_bytes
from core.ports.knowledge import Snapshot
from core.text import normalise
from simulator.playground.values import Line
from tests.bots.commands import REPOSITORY, trialogue
from tests.core.test_near_misses import near_misses

SAMPLE = load_sample()
QUERIES = Path(__file__).with_name("sample_queries.csv")
LONGEST_ANSWER = 700  # characters: it is read in a chat
PRODUCT = "Trialogue documentation, "


def read(path: Path) -> Sequence[NewEntry]:
    reading = read_entries(path.name, path.read_bytes())
    assert reading.notes == ()
    return reading.entries


FILES = {path.stem: read(path) for path in SAMPLE.knowledge}
ENTRIES: tuple[Entry, ...] = merge(
    (), [entry for entries in FILES.values() for entry in entries], new_id=uuid4
).added
QUESTIONS = {entry.id: entry.phrasings[0] for entry in ENTRIES}
PHRASINGS = [(normalise(phrasing), entry.id) for entry in ENTRIES for phrasing in entry.phrasings]


@pytest.fixture(scope="module")
def index() -> Index:
    return build(Snapshot(revision=1, entries=ENTRIES))


@pytest.fixture(scope="module")
def fitted(index: Index) -> Index:
    """The index as it is soon after the demo has begun."""
    model = from_bytes(asyncio.run(fit_in_child(Snapshot(revision=1, entries=ENTRIES))))
    assert model is not None
    return model.apply(index)


def answered(index: Index, question: str) -> UUID | None:
    """The entry that the bot would answer with; None when it would say that it does not know."""
    best = index.search(question, limit=1)
    return best[0].entry_id if best and best[0].score >= CERTAIN else None


def queries(group: str) -> list[tuple[str, str]]:
    """Questions of a set, each with the question of its entry; "" where there is none.

    Entries were given more phrasings after the `tuned` ones were tried; the `held out` ones were
    written last, and the knowledge was not changed for them. Keep it so.
    """
    with QUERIES.open(encoding="utf-8", newline="") as file:
        return [
            (row["question"], row["expected"])
            for row in csv.DictReader(file)
            if row["set"] == group
        ]


def all_lines(lines: Sequence[Line]) -> Iterator[Line]:
    for line in lines:
        yield line
        yield from all_lines(line.replies)


def test_there_is_a_help_desk_and_the_product_s_own_questions() -> None:
    assert {"it", "people", "facilities", "finance", "engineering", "sales-legal"} < FILES.keys()
    product = FILES["trialogue"]
    assert len(ENTRIES) - len(product) >= 75
    assert len(product) >= 20
    assert sum(map(len, FILES.values())) == len(ENTRIES) == len(set(QUESTIONS.values()))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: str(entry.phrasings[0]))
def test_an_entry_is_short_has_a_source_and_many_phrasings(entry: Entry) -> None:
    assert len(entry.phrasings) >= 8
    assert len(entry.answer) <= LONGEST_ANSWER
    assert re.search(r"(handbook|guide), |^Trialogue documentation, ", entry.source)


def test_no_two_entries_share_a_phrasing(index: Index) -> None:
    counts = Counter(phrasing for phrasing, _ in PHRASINGS)
    assert [phrasing for phrasing, count in counts.items() if count > 1] == []
    assert [p for p, entry_id in PHRASINGS if answered(index, p) != entry_id] == []


def test_what_is_suggested_is_answered_and_no_phrasing(index: Index, fitted: Index) -> None:
    phrasings = {phrasing for phrasing, _ in PHRASINGS}
    found = [answered(index, suggestion) for suggestion in SAMPLE.suggestions]
    assert fitted.fitted_at is not None
    assert found == [answered(fitted, suggestion) for suggestion in SAMPLE.suggestions]
    assert None not in found
    assert len(set(found)) == len(found) >= 8
    assert [s for s in SAMPLE.suggestions if normalise(s) in phrasings] == []
    assert [s for s in SAMPLE.suggestions if leans_on_thread(s)] == []  # it would not be cached


@pytest.mark.parametrize(
    ("group", "asked", "share"),
    [("held out", 60, 0.6), ("tuned", 200, 0.85)],  # measured: 0.63 and 0.92
)
def test_people_who_ask_in_their_own_words_get_the_right_answer_or_none(
    index: Index, group: str, asked: int, share: float
) -> None:
    known = [(question, expected) for question, expected in queries(group) if expected]
    assert len(known) >= asked
    assert {expected for _, expected in known} <= set(QUESTIONS.values())
    found = [(q, expected, answered(index, q)) for q, expected in known]
    wrong = [
        (q, QUESTIONS[id_]) for q, expected, id_ in found if id_ and QUESTIONS[id_] != expected
    ]
    assert wrong == []
    assert sum(id_ is not None for *_, id_ in found) >= share * len(found)


def test_held_out_questions_are_no_phrasings() -> None:
    phrasings = {phrasing for phrasing, _ in PHRASINGS}
    assert [q for q, _ in queries("held out") if normalise(q) in phrasings] == []


@pytest.mark.parametrize(("group", "most"), [("seen", 4), ("held", 8)])  # measured, of 30 and 50
def test_what_is_only_near_is_seldom_answered(
    index: Index, fitted: Index, group: str, most: int
) -> None:
    near = near_misses("sample", group)
    assert len(near) >= 30
    for one, allowed in ((index, most), (fitted, most - 2)):
        assert len([q for q in near if answered(one, q)]) <= allowed


@pytest.mark.parametrize("group", ["held out", "tuned"])
def test_what_nobody_wrote_down_is_not_answered(index: Index, group: str) -> None:
    unknown = [question for question, expected in queries(group) if not expected]
    assert len(unknown) >= 20
    assert {q: QUESTIONS[id_] for q in unknown if (id_ := answered(index, q))} == {}


def test_what_is_said_of_the_product_is_there() -> None:
    for entry in FILES["trialogue"]:
        path = entry.source.removeprefix(PRODUCT)
        assert (REPOSITORY / path).is_file(), path
        for command in re.findall(r"`trialogue ([a-z]+)", entry.answer):
            assert command in cli.list_commands(click.Context(cli))
        for setting in re.findall(r"`([A-Z][A-Z_]{3,})(?:=\w+)?`", entry.answer):
            assert setting.lower() in Settings.model_fields, setting


def test_people_and_rooms_are_those_of_a_small_company() -> None:
    assert [person.name for person in SAMPLE.people if person.admin] == ["amara"]
    assert len(SAMPLE.people) == 6
    assert all(person.about for person in SAMPLE.people)
    assert len(SAMPLE.rooms) == 5
    assert all(room.topic for room in SAMPLE.rooms)


def test_the_history_is_of_the_last_two_weeks_and_has_threads() -> None:
    lines = [line for room in SAMPLE.rooms for line in all_lines(room.lines)]
    assert len(lines) >= 60
    assert max(line.ago for line in lines) <= timedelta(days=14)
    assert sum(bool(line.replies) for line in lines) >= 5
    assert {line.person for line in lines} == {person.name for person in SAMPLE.people}


def test_some_questions_of_the_history_are_answered_by_the_knowledge(index: Index) -> None:
    asked = [
        line.text
        for room in SAMPLE.rooms
        for line in all_lines(room.lines)
        if line.text.endswith("?")
    ]
    answers = [answered(index, question) for question in asked]
    assert len(answers) - answers.count(None) >= 4
    assert answers.count(None) >= 4


def change(key: str, value: Any) -> Callable[[Any], Any]:
    def change_first(items: Any) -> Any:
        items[0][key] = value
        return items

    return change_first


def swap(rooms: Any) -> Any:
    rooms[0]["lines"].reverse()
    return rooms


@pytest.mark.parametrize(
    ("file", "broken", "said"),
    [
        ("people.json", change("name", "Amara"), "people.json: 0.name: String should match"),
        ("people.json", change("nickname", "A"), "people.json: 0.nickname: Extra inputs"),
        ("people.json", lambda people: people * 2, "the name 'amara' is there twice"),
        ("people.json", lambda people: people[:-1], "there is no person 'mei'"),
        ("people.json", lambda _: [], "people.json: it is empty"),
        ("rooms.json", swap, "rooms.json: general: 'Has anybody"),
        ("rooms.json", change("lines", [{"person": "mei"}]), "0.lines.0.text: Field required"),
        ("suggestions.json", lambda _: [" "], "suggestions.json: 0: String should match"),
    ],
)
def test_a_broken_file_is_named_with_its_place(
    tmp_path: Path, file: str, broken: Callable[[Any], Any], said: str
) -> None:
    directory = Path(shutil.copytree(HERE, tmp_path / "sample"))
    content = broken(json.loads((directory / file).read_text(encoding="utf-8")))
    (directory / file).write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(UserError, match=re.escape(said)):
        load_sample(directory)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"people\.json: it cannot be read"):
        load_sample(tmp_path)


async def test_the_files_can_be_imported_as_they_are(tmp_path: Path, addresses: Addresses) -> None:
    files = [str(path) for path in SAMPLE.knowledge]
    dsn = addresses.postgres_dsn
    imported = trialogue(tmp_path, "kb", "import", *files, POSTGRES_DSN=dsn)
    assert imported.stdout.startswith(f"{len(ENTRIES)} entries added"), imported.stderr
    again = trialogue(tmp_path, "kb", "import", *files, "--json", POSTGRES_DSN=dsn)
    assert json.loads(again.stdout)["unchanged"] == len(ENTRIES)
    found = trialogue(tmp_path, "kb", "search", SAMPLE.suggestions[0], "--json", POSTGRES_DSN=dsn)
    assert json.loads(found.stdout)[0]["answers"] is True
