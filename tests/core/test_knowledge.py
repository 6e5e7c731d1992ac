"""Finding the entry that a question asks for, and keeping its index at the right revision."""

import asyncio
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.answers.knowledge import KnowledgeInMemory, service_on
from core.entries import Band, Entry, NewEntry
from core.errors import UnavailableError
from core.knowledge.explaining import explain
from core.knowledge.index import CERTAIN, Index, build
from core.knowledge.memory import Indexes
from core.knowledge.merge import merge
from core.knowledge.words import stem, words
from core.ports.knowledge import Change, Difference, Snapshot

HANDBOOK = (
    NewEntry(
        phrasings=("How many vacation days do I have?", "What is my annual leave?"),
        answer="You have 30 days a year.",
        keywords=("holiday", "time off"),
        source="handbook.md",
    ),
    NewEntry(
        phrasings=("How do I reset my password?",),
        answer="Open the account page and choose Forgotten.",
        keywords=("login",),
        source="it.md",
    ),
    NewEntry(phrasings=("What are the opening hours?",), answer="From 9 to 5.", source="faq.csv"),
    NewEntry(phrasings=("Does the build run on C++?",), answer="Yes.", source="dev.md"),
    NewEntry(phrasings=("Does the build run on C#?",), answer="No.", source="dev.md"),
    NewEntry(phrasings=("年次休暇は何日ありますか", "有給休暇の日数"), answer="30日です。"),
    NewEntry(phrasings=("Wie viele Urlaubstage habe ich?",), answer="30 Tage."),
)


def kept(*entries: NewEntry) -> tuple[Entry, ...]:
    return merge((), entries, new_id=uuid4).added


def index_of(*entries: NewEntry, revision: int = 1) -> Index:
    return build(Snapshot(revision=revision, entries=kept(*entries)))


HANDBOOK_INDEX = index_of(*HANDBOOK)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many vacation days do I have?", "You have 30 days a year."),
        ("  HOW many Vacation-days  do i have", "You have 30 days a year."),
        ("how many holidays do I have", "You have 30 days a year."),
        ("What's my annual leave", "You have 30 days a year."),
        ("How can I reset the password?", "Open the account page and choose Forgotten."),
        ("resetting passwords", "Open the account page and choose Forgotten."),
        ("opening hours please", "From 9 to 5."),
        ("does the build run on c++", "Yes."),
        ("Does the build run on C#", "No."),
        ("年次休暇は何日ですか？", "30日です。"),
        ("wie viele urlaubstage habe ich", "30 Tage."),
    ],
)
def test_a_question_finds_its_entry(question: str, answer: str) -> None:
    best = HANDBOOK_INDEX.search(question)[0]
    assert best.answer == answer
    assert best.score >= CERTAIN


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of France?",
        "How do I bake a cake?",
        "how do I reset my router?",
        "How many planets are there?",
        "Does the coffee machine run on beans?",
        "hello",
        "thanks a lot!",
        "what is it?",
        "天気はどうですか",
        "",
        "?!",
    ],
)
def test_a_question_about_something_else_finds_nothing_certain(question: str) -> None:
    assert all(passage.score < CERTAIN for passage in HANDBOOK_INDEX.search(question))


def test_small_words_that_no_entry_has_do_not_outweigh_what_a_question_is_about() -> None:
    index = index_of(
        NewEntry(phrasings=("How many days of vacation do I have?",), answer="Thirty."),
        NewEntry(phrasings=("How do I connect to the VPN?",), answer="Install the client."),
        NewEntry(phrasings=("Where do I report a broken laptop?",), answer="At the help desk."),
        NewEntry(phrasings=("How do I reset my password?", "I forgot my password"), answer="So."),
    )
    best = index.search("how much vacation do i get")[0]
    assert best.answer == "Thirty."
    assert best.score >= CERTAIN


def test_a_phrasing_is_certain_whatever_its_case_and_ending() -> None:
    passages = HANDBOOK_INDEX.search("ＷＨＡＴ are   the opening hours?!")
    assert [(p.question, p.score) for p in passages] == [("What are the opening hours?", 1.0)]
    assert passages[0].source == "faq.csv"


def test_two_entries_that_fit_alike_raise_doubt() -> None:
    twins = index_of(
        NewEntry(phrasings=("Where is the Berlin office?",), answer="Main street."),
        NewEntry(phrasings=("Where is the Madrid office?",), answer="Gran Vía."),
    )
    assert twins.search("Where is the office?")[0].score < CERTAIN
    assert twins.search("where is our Madrid office")[0].answer == "Gran Vía."


def test_one_answer_from_two_sources_raises_no_doubt() -> None:
    twice = index_of(
        NewEntry(phrasings=("Where is the office?",), answer="Main street.", source="a"),
        NewEntry(phrasings=("Where is our office?",), answer="Main street.", source="b"),
    )
    assert twice.search("Where do I find the office?")[0].score >= CERTAIN


def test_of_two_answers_to_one_question_the_later_one_is_given() -> None:
    index = index_of(
        NewEntry(phrasings=("Where is the office?",), answer="Old street.", source="a"),
        NewEntry(phrasings=("where is the OFFICE",), answer="New street.", source="b"),
    )
    for question in ("Where is the office?", "Where do I find the office?"):
        assert index.search(question)[0].answer == "New street."


def test_words_that_two_languages_share_are_asked_back_by_language() -> None:
    german = NewEntry(phrasings=("Homeoffice",), answer="Zwei Tage.", language="de")
    english = NewEntry(phrasings=("Homeoffice",), answer="Two days.", language="en")
    index = index_of(replace(english, answer="One day."), english, german)
    found = index.search("homeoffice?", limit=3)
    assert [(one.title, one.answer, one.band) for one in found] == [
        ("Homeoffice (de)", "Zwei Tage.", Band.OFFER),
        ("Homeoffice (en)", "Two days.", Band.OFFER),
    ]
    explained = explain(index, "Homeoffice", limit=3)
    assert explained.band is Band.OFFER
    assert [reason.entry.language for reason in explained.reasons] == ["de", "en"]
    assert "word for word" in explained.why[0]
    assert (
        len(index_of(english, NewEntry(phrasings=("VPN",), answer="?")).search("Homeoffice")) == 1
    )


def test_what_is_for_some_goes_before_what_is_for_all() -> None:
    for_all = NewEntry(phrasings=("Who is on duty?",), answer="Ask the desk.")
    here = replace(for_all, answer="Ada.", audience=("channel:slack:T1:C1",))
    index = index_of(here, for_all)
    [found] = index.search("who is on duty", audience=frozenset(here.audience))
    assert (found.answer, found.band) == ("Ada.", Band.ANSWER)
    [found] = index.search("who is on duty")
    assert found.answer == "Ask the desk."


def test_nothing_is_found_where_nothing_is_known() -> None:
    assert index_of().search("Why?") == ()


@given(st.text(max_size=80))
def test_any_text_can_be_asked(question: str) -> None:
    scores = [passage.score for passage in HANDBOOK_INDEX.search(question)]
    assert all(0 <= score <= 1 for score in scores)


def test_the_forms_of_a_word_are_one() -> None:
    for forms in (
        "reset resets resetting",
        "install installs installed installing",
        "policy policies",
        "box boxes",
        "code codes coded coding",
    ):
        assert len({stem(form) for form in forms.split()}) == 1, forms
    assert words("What's new in v2, Ünïcode-wise?") == [
        "what's",
        "new",
        "in",
        "v2",
        "ünïcod",
        "wis",
    ]


@dataclass(slots=True)
class MemoryKnowledge(KnowledgeInMemory):
    """A knowledge store in memory that counts how often it is loaded."""

    loads: int = 0
    away: bool = False

    async def load(self, organization_id: UUID) -> Snapshot:
        self.loads += 1
        snapshot = Snapshot(revision=self.at, entries=self.entries)
        await asyncio.sleep(0.01)
        if self.away:
            raise UnavailableError("away")
        return snapshot


async def test_an_index_is_loaded_once_for_all_who_wait() -> None:
    store = MemoryKnowledge(entries=kept(*HANDBOOK), at=3)
    service = service_on(store)
    organization = uuid4()
    async with asyncio.TaskGroup() as tasks:
        waiting = [tasks.create_task(service.index_at(organization, 3)) for _ in range(20)]
    assert store.loads == 1
    assert {task.result().revision for task in waiting} == {3}


async def test_an_index_is_never_older_than_asked_for() -> None:
    store = MemoryKnowledge()
    service = service_on(store)
    organization = uuid4()
    for number in range(1, 4):
        entry = NewEntry(phrasings=(f"Question {number}?",), answer=f"Answer {number}")
        await service.import_entries(organization, [entry])
        index = await service.index_at(organization, number)
        assert index.revision == number
        assert index.search(f"question {number}")[0].answer == f"Answer {number}"
    assert (await service.index_at(organization, 1)).revision == 3
    assert store.loads == 1


async def test_a_message_from_before_a_change_does_not_wait_for_it() -> None:
    class Slow(MemoryKnowledge):
        async def changes_since(self, organization_id: UUID, revision: int) -> Difference | None:
            await changes.wait()
            return await super().changes_since(organization_id, revision)

    changes, organization, store = asyncio.Event(), uuid4(), Slow(entries=kept(*HANDBOOK), at=1)
    service = service_on(store)
    before = await service.index_at(organization, 1)
    await service.import_entries(organization, [new("Where is the canteen?", "On the roof.")])
    async with asyncio.TaskGroup() as tasks:
        later = tasks.create_task(service.index_at(organization, 2))
        await asyncio.sleep(0)
        assert await service.index_at(organization, 1) is before
        assert not later.done()
        changes.set()
    assert later.result().search("where is the canteen")[0].answer == "On the roof."
    assert store.loads == 1


async def test_who_waits_goes_on_when_the_first_one_is_cancelled() -> None:
    store = MemoryKnowledge(at=1)
    service = service_on(store)
    organization = uuid4()
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(service.index_at(organization, 1))
        second = tasks.create_task(service.index_at(organization, 1))
        await asyncio.sleep(0)
        first.cancel()
    assert second.result().revision == 1


async def test_a_store_that_is_away_is_asked_again_the_next_time() -> None:
    store = MemoryKnowledge(at=1, away=True)
    service = service_on(store)
    organization = uuid4()
    with pytest.raises(UnavailableError):
        await service.index_at(organization, 1)
    store.away = False
    assert (await service.index_at(organization, 1)).revision == 1


async def test_the_least_used_index_is_dropped() -> None:
    index = index_of(*HANDBOOK)
    indexes = Indexes(most_phrasings=2 * len(index.entry_of))
    first, second, third = uuid4(), uuid4(), uuid4()
    for organization in (first, second, first):
        indexes.put(organization, index)
    assert indexes.get(first, 1) is index
    indexes.put(third, index)
    assert indexes.get(second, 1) is None
    assert indexes.get(first, 1) is indexes.get(third, 1) is index
    assert indexes.get(first, 2) is None


async def test_a_gap_is_kept_as_it_is_compared() -> None:
    store = MemoryKnowledge()
    service = service_on(store)
    for question in ("  Where is the MOON??", "where is the moon", "?!"):
        await service.note_gap(uuid4(), question)
    assert store.noted == ["where is the moon", "where is the moon"]


def new(question: str, answer: str, source: str = "faq.csv", *more: str) -> NewEntry:
    return NewEntry(phrasings=(question, *more), answer=answer, source=source)


def test_the_same_entries_change_nothing() -> None:
    entries = kept(new("Why?", "A"), new("Who?", "B"))
    changes = merge(entries, [new("Why?", "A"), new("Who?", "B")], new_id=uuid4)
    assert (changes.added, changes.changed, changes.unchanged) == ((), (), 2)


def test_a_corrected_answer_replaces_the_old_one() -> None:
    [old] = kept(new("Why?", "A", "faq.csv", "How come?"))
    changes = merge([old], [new("how come", "B")], new_id=uuid4)
    assert changes.added == ()
    assert [(e.id, e.answer) for e in changes.changed] == [(old.id, "B")]


def test_one_old_entry_is_corrected_by_one_new_one() -> None:
    [old] = kept(new("Why?", "A", "faq.csv", "How come?"))
    changes = merge([old], [new("Why?", "B"), new("How come?", "C")], new_id=uuid4)
    assert [e.answer for e in changes.changed] == ["B"]
    assert [e.answer for e in changes.added] == ["C"]


def test_an_entry_that_is_still_there_is_not_corrected_by_another() -> None:
    [old] = kept(new("Why?", "A"))
    changes = merge([old], [new("Why?", "A"), new("why", "B")], new_id=uuid4)
    assert changes.unchanged == 1
    assert [e.answer for e in changes.added] == ["B"]


def test_the_same_entry_given_twice_is_one_with_all_phrasings() -> None:
    changes = merge((), [new("Why?", "A"), new("How come?", "A"), new("why", "A")], new_id=uuid4)
    assert [e.phrasings for e in changes.added] == [("Why?", "How come?")]


def test_an_answer_that_moved_from_one_entry_to_another_is_the_one_s_that_has_it() -> None:
    first, second = kept(new("Why?", "A"), new("Who?", "B"))
    moved = (replace(first, answer="C"), replace(second, answer="A"))
    by_hand = {
        first.id: [Change(before=first, after=moved[0])],
        second.id: [Change(before=second, after=moved[1])],
    }
    given = [new("Who?", "A"), new("Why?", "C")]
    changes = merge(moved, given, new_id=uuid4, by_hand=by_hand)
    assert (changes.unchanged, changes.added, changes.changed) == (2, (), ())
    changes = merge(moved, [new("Why?", "A")], new_id=uuid4, by_hand=by_hand)
    assert [(e.id, e.phrasings, e.answer) for e in changes.changed] == [(second.id, ("Why?",), "A")]
