"""From a question to what the bot says: cached, found, or honestly unknown."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from benchmarks.answers.knowledge import service_on
from core.accounts import Account
from core.answers.audience import WhoAsks
from core.answers.compose import compose, offer
from core.answers.find import AnswerQuestion
from core.answers.kept import KeptAnswers
from core.answers.key import cache_key
from core.answers.look_up import LookUp, worth_offering
from core.answers.thread import leans_on_thread
from core.answers.writing import WriteAnswer
from core.commands import Ask
from core.entries import (
    CERTAIN,
    POSSIBLE,
    Answer,
    Band,
    NewEntry,
    Origin,
    Passage,
    band_of,
)
from core.errors import SlowedError, UnavailableError, UnstorableError
from core.ports.budgets import Welcome
from tests.core.memory import admitted, utc_now
from tests.core.test_knowledge import HANDBOOK, MemoryKnowledge, kept


@dataclass(slots=True)
class MemoryCache:
    """Answers in memory; away on demand."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: int = 0
    away: bool = False
    refuses: Exception | None = None

    async def get(self, key: str) -> Answer | None:
        self.asked += 1
        if self.away:
            raise UnavailableError("away")
        return self.answers.get(key)

    async def put(self, key: str, answer: Answer) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.answers[key] = answer


@dataclass(slots=True)
class MemoryCounters:
    """Counters in memory."""

    counts: Counter[str] = field(default_factory=Counter)

    async def add(
        self, metric: str, amount: int = 1, *, organization_id: UUID | None = None
    ) -> None:
        self.counts[metric] += amount


@dataclass(slots=True)
class MemoryAskers:
    """Lets everybody in but whom it was told of, and remembers what was asked."""

    next: Welcome = Welcome.COME_IN
    asked: list[str] = field(default_factory=list)

    def ask(self, organization_id: UUID, user_id: UUID, question: str) -> Awaitable[Welcome]:
        self.asked.append(question)
        met = asyncio.get_running_loop().create_future()
        met.set_result(self.next)
        return met

    async def visit(self, address: str) -> timedelta:
        return timedelta()


@dataclass(slots=True)
class MemoryRoles:
    """Knows who is an admin, and counts how often it is asked."""

    admins: set[UUID] = field(default_factory=set)
    asked: int = 0

    async def is_admin(self, account: Account) -> bool:
        self.asked += 1
        return account.user_id in self.admins


@dataclass(slots=True)
class Bench:
    """The use case with its stores, and a person who asks."""

    store: MemoryKnowledge = field(
        default_factory=lambda: MemoryKnowledge(entries=kept(*HANDBOOK), at=1)
    )
    cache: MemoryCache = field(default_factory=MemoryCache)
    counters: MemoryCounters = field(default_factory=MemoryCounters)
    askers: MemoryAskers = field(default_factory=MemoryAskers)
    roles: MemoryRoles = field(default_factory=MemoryRoles)
    organization: UUID = field(default_factory=uuid4)
    writer: WriteAnswer | None = None
    answer: AnswerQuestion = field(init=False)

    def __post_init__(self) -> None:
        service = service_on(self.store)
        answers = KeptAnswers(
            cache=self.cache,
            counters=self.counters,
            clock=utc_now,
            writes=self.writer.composer if self.writer else "",
        )
        self.answer = AnswerQuestion(
            knowledge=service,
            kept=answers,
            look_up=LookUp(kept=answers, writer=self.writer),
            counters=self.counters,
            askers=self.askers,
            who_asks=WhoAsks(roles=self.roles),
        )

    async def ask(self, question: str, *, revision: int | None = None) -> Answer:
        account = Account(
            user_id=uuid4(),
            organization_id=self.organization,
            plan="free",
            quota_limit=1000,
            quota_left=1,
            knowledge_revision=self.store.at if revision is None else revision,
        )
        message = replace(admitted(question), account=account)
        return await self.answer(Ask(question=question), account, message)


async def test_a_question_is_answered_with_its_source_then_from_the_cache() -> None:
    bench = Bench()
    first = await bench.ask("How do I reset my password?")
    again = await bench.ask("how do i reset my PASSWORD")
    assert first.text == "Open the account page and choose Forgotten.\n\nSource: it.md"
    assert (first.origin, again.origin) == (Origin.KNOWLEDGE, Origin.CACHE)
    assert (again.text, again.passages) == (first.text, first.passages)
    assert (bench.counters.counts["cache_miss"], bench.counters.counts["cache_hit"]) == (1, 1)


async def test_what_is_not_known_is_said_and_kept_and_not_cached() -> None:
    bench = Bench()
    for _ in range(2):
        answer = await bench.ask("What is the capital of France?")
        assert answer.text.startswith("I don't know")
        assert (answer.origin, answer.confidence, answer.passages) == (Origin.NONE, 0.0, ())
    assert bench.cache.answers == {}
    assert bench.store.noted == ["what is the capital of france"] * 2
    assert bench.counters.counts == {"cache_miss": 2, "unknown": 2}


async def test_what_is_not_sure_is_offered_and_noted_and_not_cached() -> None:
    bench = Bench()
    question = "how many vacation days does an intern have"
    answer = await bench.ask(question)
    assert (answer.band, answer.origin) == (Band.OFFER, Origin.NONE)
    assert POSSIBLE <= answer.confidence < CERTAIN
    assert answer.passages[0].question == "How many vacation days do I have?"
    assert 1 <= len(answer.passages) <= 3
    assert all(passage.title in answer.text for passage in answer.passages)
    assert all(passage.answer not in answer.text for passage in answer.passages)
    assert bench.cache.answers == {}
    assert bench.store.noted == [question]
    assert bench.counters.counts == {"cache_miss": 1, "offered": 1}


def test_beside_the_first_only_what_may_be_meant_is_offered() -> None:
    def found(score: float, answer: str) -> Passage:
        return Passage(entry_id=uuid4(), question="?", answer=answer, source="", score=score)

    first, second, far = found(0.79, "a"), found(0.01, "b"), found(0.001, "c")
    assert worth_offering([first, second, far]) == (first, second)
    assert worth_offering([first, far]) == (first,)
    assert worth_offering([first, replace(second, answer="a")]) == (first,)
    assert "none of these" in offer([first, second]).text
    assert "none of these" not in offer([first]).text


async def test_what_leans_on_its_thread_is_answered_for_sure_or_not_at_all() -> None:
    bench = Bench()
    answer = await bench.ask("and how many vacation days does an intern have")
    assert (answer.band, answer.passages) == (Band.UNKNOWN, ())


@pytest.mark.parametrize(
    ("probability", "band"),
    [
        (1, Band.ANSWER),
        (CERTAIN, Band.ANSWER),
        (0.79, Band.OFFER),
        (POSSIBLE, Band.OFFER),
        (0.39, Band.UNKNOWN),
        (0, Band.UNKNOWN),
    ],
)
def test_the_bands(probability: float, band: Band) -> None:
    assert band_of(probability) is band


async def test_a_change_of_the_knowledge_is_seen_by_the_next_question() -> None:
    bench = Bench()
    question = "Where is the canteen?"
    assert (await bench.ask(question)).origin is Origin.NONE
    await bench.store.save(
        bench.organization, [NewEntry(phrasings=(question,), answer="On the roof.")]
    )
    assert (await bench.ask(question)).text.startswith("On the roof.")
    await bench.store.save(
        bench.organization, [NewEntry(phrasings=(question,), answer="Next door.", source="new")]
    )
    assert (await bench.ask(question)).text.startswith("Next door.")
    assert (await bench.ask(question)).origin is Origin.CACHE


async def test_an_older_message_gets_the_newer_knowledge() -> None:
    bench = Bench()
    await bench.ask("How do I reset my password?")
    assert (await bench.ask("How do I reset my password?", revision=0)).origin is Origin.CACHE


async def test_a_question_that_leans_on_its_thread_is_not_asked_of_the_cache() -> None:
    bench = Bench()
    answer = await bench.ask("and for contractors?")
    assert answer.text.startswith("I don't know")
    assert "in full" in answer.text
    assert (await bench.ask("And what are the opening hours?")).origin is Origin.KNOWLEDGE
    assert bench.cache.asked == 0
    assert bench.cache.answers == {}
    assert bench.store.noted == []


@pytest.mark.parametrize("refusal", [UnavailableError("full"), UnstorableError("no permission")])
async def test_a_cache_that_takes_nothing_holds_no_answer_back(refusal: Exception) -> None:
    bench = Bench(cache=MemoryCache(refuses=refusal))
    for _ in range(2):
        answer = await bench.ask("How do I reset my password?")
        assert answer.origin is Origin.KNOWLEDGE
    assert bench.counters.counts == {"cache_miss": 2, "cache_write_failed": 2}


async def test_a_cache_that_is_away_is_the_callers_to_wait_for() -> None:
    bench = Bench(cache=MemoryCache(away=True))
    with pytest.raises(UnavailableError):
        await bench.ask("How do I reset my password?")


@pytest.mark.parametrize(
    "question",
    [
        "and for contractors?",
        "What about that one?",
        "How about Berlin?",
        "why?",
        "Why is that",
        "how much",
        "Is it free?",
        "when do they close",
        "Also, on Sundays?",
        "is it IT who does that?",
        "WHY DOES IT FAIL",
    ],
)
def test_questions_that_lean_on_their_thread(question: str) -> None:
    assert leans_on_thread(question)


@pytest.mark.parametrize(
    "question",
    [
        "How do I reset my password?",
        "What are the opening hours?",
        "Android phones?",
        "orders",
        "password",
        "Where do I find the form that I need for a refund?",
        "年次休暇は何日ありますか",
        "How do I reach IT?",
        "IT",
    ],
)
def test_questions_that_stand_for_themselves(question: str) -> None:
    assert not leans_on_thread(question)


def key(
    question: str = "Why?", *, organization: int = 1, revision: int = 1, composer: str = "1"
) -> str:
    return cache_key(
        organization_id=UUID(int=organization),
        revision=revision,
        composer=composer,
        question=question,
    )


def test_a_key_holds_everything_that_an_answer_depends_on() -> None:
    keys = [key(), key(organization=2), key(revision=2), key(composer="2"), key("Who?")]
    assert len(set(keys)) == len(keys)
    assert key("why") == key(" WHY ?!")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("say my name", "say your name"),
        ("C++ or C", "C or C"),
        ("version 1.2", "version 12"),
        ("is it -5 degrees", "is it 5 degrees"),
        ("can I", "can't I"),
        ("days I have", "days I have used"),
    ],
)
def test_questions_that_differ_have_different_keys(one: str, other: str) -> None:
    assert key(one) != key(other)


def passage(answer: str, source: str = "", question: str = "Why?") -> Passage:
    return Passage(entry_id=uuid4(), question=question, answer=answer, source=source, score=0.9)


def test_without_a_source_the_question_is_named() -> None:
    assert compose(passage("Because.")).text == "Because.\n\nSource: “Why?”"


def test_the_source_is_shown_as_it_is_written() -> None:
    text = compose(passage("A", "_a*b[c]_my_file.md")).text
    assert text == "A\n\nSource: \\_a\\*b\\[c\\]\\_my_file.md"


def test_an_open_fence_does_not_swallow_the_source() -> None:
    assert compose(passage("```\ncode", "a.md")).text == "```\ncode\n```\n\nSource: a.md"


@pytest.mark.parametrize("question", ["How do I reset my password?", "and for contractors?"])
@pytest.mark.parametrize("welcome", [Welcome.TELL, Welcome.TURN_AWAY])
async def test_who_asks_too_fast_gets_no_answer_not_even_a_cached_one(
    question: str, welcome: Welcome
) -> None:
    bench = Bench()
    await bench.ask("How do I reset my password?")
    before = bench.counters.counts.copy()
    bench.askers.next = welcome
    with pytest.raises(SlowedError) as raised:
        await bench.ask(question)
    assert raised.value.tell is (welcome is Welcome.TELL)
    assert bench.counters.counts == before
    assert bench.store.noted == []


async def test_a_question_is_counted_by_its_words_unless_it_leans_on_a_thread() -> None:
    bench = Bench()
    for question in ("How do I  reset my password?", "and for contractors?"):
        await bench.ask(question)
    assert bench.askers.asked == ["how do i reset my password", ""]
