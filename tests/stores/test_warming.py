"""Popular questions are looked up before they are asked again, on a real Redis."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from adapters.stores.redis.answers import RedisAnswerCache
from adapters.stores.redis.askers import RedisAskers
from adapters.stores.redis.functions import Functions
from adapters.stores.redis.memory import CacheMemory
from adapters.stores.redis.pipeline import Pipeline
from adapters.stores.redis.popularity import RedisPopularity
from benchmarks.answers.knowledge import service_on
from bots.clock import utc_now
from core.accounts import Account
from core.answers.audience import WhoAsks
from core.answers.find import AnswerQuestion
from core.answers.kept import KeptAnswers
from core.answers.look_up import LookUp
from core.answers.warm import WarmCache
from core.commands import Ask
from core.entries import Answer, NewEntry, Origin
from core.errors import UnavailableError
from core.knowledge.memory import Indexes
from core.knowledge.preloading import LoadKnowledge
from core.knowledge.service import KnowledgeService
from tests.core.memory import admitted
from tests.core.test_answers import MemoryCounters, MemoryRoles
from tests.core.test_knowledge import HANDBOOK, MemoryKnowledge, kept

PASSWORD = "How do I reset my password?"
HOURS = "What are the opening hours?"
CODE = NewEntry(phrasings=("What is the door code?",), answer="9999", audience=("role:admin",))
NEW = NewEntry(phrasings=("Where is the canteen?",), answer="On the roof.", source="faq")


@dataclass(slots=True)
class Desk:
    """A replica's answers and what warms them. People ask by `ask`."""

    pipeline: Pipeline
    organization: UUID = field(default_factory=uuid4)
    store: MemoryKnowledge = field(
        default_factory=lambda: MemoryKnowledge(entries=kept(*HANDBOOK, CODE), at=1)
    )
    counters: MemoryCounters = field(default_factory=MemoryCounters)
    roles: MemoryRoles = field(default_factory=MemoryRoles)
    service: KnowledgeService = field(init=False)
    answers: AnswerQuestion = field(init=False)
    warm: WarmCache = field(init=False)

    def __post_init__(self) -> None:
        functions, indexes = Functions(self.pipeline), Indexes()
        self.service = replace(service_on(self.store), indexes=indexes)
        kept = KeptAnswers(
            cache=RedisAnswerCache(
                pipeline=self.pipeline,
                memory=CacheMemory(pipeline=self.pipeline),
                counters=self.counters,
            ),
            counters=self.counters,
            clock=utc_now,
        )
        self.answers = AnswerQuestion(
            knowledge=self.service,
            kept=kept,
            look_up=LookUp(kept=kept),
            counters=self.counters,
            askers=RedisAskers(functions=functions, person=None),
            who_asks=WhoAsks(roles=self.roles),
        )
        self.warm = WarmCache(
            answers=self.answers,
            popularity=RedisPopularity(functions=functions),
            indexes=indexes,
            counters=self.counters,
            quiet=timedelta(milliseconds=100),
        )
        indexes.changed = self.warm.want

    async def ask(self, question: str, *, admin: bool = False) -> Answer:
        account = Account(
            user_id=uuid4(),
            organization_id=self.organization,
            plan="free",
            quota_limit=None,
            quota_left=None,
            knowledge_revision=self.store.at,
        )
        if admin:
            self.roles.admins.add(account.user_id)
        message = replace(admitted(question), account=account)
        return await self.answers(Ask(question=question), account, message)


@pytest.fixture
async def desk(pipeline: Pipeline) -> Desk:
    await Functions(pipeline).load()
    return Desk(pipeline)


async def test_a_popular_question_is_answered_from_the_cache_after_a_change(desk: Desk) -> None:
    running = asyncio.ensure_future(desk.warm.run())
    try:
        for question in (PASSWORD, PASSWORD, HOURS, "who won the cup"):
            await desk.ask(question)
        await desk.service.import_entries(desk.organization, [NEW])
        await desk.ask("Where is the canteen?")  # brings the change into memory
        async with asyncio.timeout(60):
            while desk.counters.counts["cache_warmed"] < 2:
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    misses = desk.counters.counts["cache_miss"]
    for question in (PASSWORD, HOURS):
        assert (await desk.ask(question)).origin is Origin.CACHE
    assert desk.counters.counts["cache_miss"] == misses
    assert desk.store.noted.count("who won the cup") == 1, "warming asks for nobody"


async def test_what_is_known_is_loaded_and_warmed_when_a_bot_begins(desk: Desk) -> None:
    for question in (PASSWORD, HOURS):
        await desk.ask(question)
    await desk.pipeline.execute("DEL", *[key async for key in _names(desk)])
    begun = Desk(desk.pipeline, desk.organization, desk.store)
    running = asyncio.ensure_future(begun.warm.run())
    try:
        await LoadKnowledge(knowledge=begun.service, organizations=Known(desk))()
        async with asyncio.timeout(60):
            while begun.counters.counts["cache_warmed"] < 2:
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    loads = desk.store.loads
    assert (await begun.ask(PASSWORD)).origin is Origin.CACHE
    assert desk.store.loads == loads


@dataclass(frozen=True, slots=True)
class Known:
    """The one organization of a desk."""

    desk: Desk

    async def with_knowledge(self, *, limit: int) -> Sequence[tuple[UUID, int]]:
        return [(self.desk.organization, self.desk.store.at)][:limit]


async def test_knowledge_that_is_away_is_loaded_by_the_first_question(desk: Desk) -> None:
    desk.store.away = True
    with capture_logs() as lines:
        await LoadKnowledge(knowledge=desk.service, organizations=Known(desk))()
    assert [line["event"] for line in lines] == ["not_loaded_ahead"]
    desk.store.away = False
    assert (await desk.ask(PASSWORD)).origin is Origin.KNOWLEDGE


async def test_what_is_kept_already_is_not_kept_again(desk: Desk) -> None:
    await desk.ask(PASSWORD)
    assert await desk.warm.warm(desk.organization) == 0
    assert await desk.warm.warm(uuid4()) == 0


async def test_only_what_everybody_may_see_is_kept_ahead(desk: Desk) -> None:
    assert (await desk.ask("What is the door code?", admin=True)).passages[0].answer == "9999"
    await desk.service.import_entries(desk.organization, [NEW])
    await desk.service.index_at(desk.organization, desk.store.at)
    assert await desk.warm.warm(desk.organization) == 0
    assert (await desk.ask("What is the door code?")).passages == ()


async def test_a_slow_cache_is_left_to_those_who_ask(desk: Desk, admin: Redis) -> None:
    for question in (PASSWORD, HOURS):
        await desk.ask(question)
    await desk.service.import_entries(desk.organization, [NEW])
    await desk.service.index_at(desk.organization, desk.store.at)
    async with asyncio.TaskGroup() as tasks:
        warming = tasks.create_task(_refused(desk))
        await asyncio.sleep(0)
        await admin.client_pause(250)
        await warming


async def _refused(desk: Desk) -> None:
    with pytest.raises(UnavailableError):
        await desk.warm.warm(desk.organization)


async def test_trouble_is_said_and_the_next_change_is_warmed_again(
    desk: Desk, admin: Redis
) -> None:
    await desk.ask(PASSWORD)
    await admin.set(f"trialogue:popular:{{{desk.organization}}}", "no sorted set")
    running = asyncio.ensure_future(desk.warm.run())
    try:
        with capture_logs() as lines:
            async with asyncio.timeout(60):
                while not lines:
                    await asyncio.sleep(0.02)
            assert lines[0]["event"] == "not_warmed"
            await admin.delete(f"trialogue:popular:{{{desk.organization}}}")
            desk.warm.want(desk.organization)
            async with asyncio.timeout(60):
                while lines[-1]["event"] != "cache_warmed":
                    await asyncio.sleep(0.02)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize(
    ("tags", "model", "seconds"),
    [((), "", 3_600), (("volatile",), "", 300), (("volatile",), "m", 300), ((), "m", 86_400)],
)
async def test_lifetimes_go_by_what_an_answer_is_made_of(
    desk: Desk, admin: Redis, tags: tuple[str, ...], model: str, seconds: int
) -> None:
    desk.store.entries = kept(replace(NEW, tags=tags))
    answer = replace(await desk.ask("Where is the canteen?"), model=model)
    await desk.answers.kept.cache.put("one", answer)
    assert seconds - 5 < await admin.ttl("trialogue:cache:faq:one") <= seconds


async def test_hits_count_their_age_and_what_they_saved(desk: Desk) -> None:
    found = await desk.ask(PASSWORD)
    earlier = utc_now() - timedelta(seconds=90)
    [key] = [key async for key in _keys(desk)]
    await desk.answers.kept.cache.put(key, replace(found, found_at=earlier, took_ms=40.0))
    assert (await desk.ask(PASSWORD)).origin is Origin.CACHE
    counts = desk.counters.counts
    assert 90 <= counts["cache_age_seconds"] <= 95
    assert counts["cache_saved_ms"] == 40


async def _keys(desk: Desk) -> AsyncIterator[str]:
    async for name in _names(desk):
        yield name.removeprefix("trialogue:cache:faq:")


async def _names(desk: Desk) -> AsyncIterator[str]:
    for name in await desk.pipeline.execute("KEYS", "trialogue:cache:faq:*"):
        yield name.decode()
