"""What is known for some only, through the real cache."""

from dataclasses import dataclass, field, replace
from itertools import permutations
from uuid import UUID, uuid4

import pytest

from adapters.stores.redis.answers import RedisAnswerCache
from adapters.stores.redis.memory import CacheMemory
from adapters.stores.redis.pipeline import Pipeline
from benchmarks.answers.knowledge import service_on
from bots.clock import utc_now
from core.accounts import Account
from core.answers.audience import WhoAsks, is_private
from core.answers.find import AnswerQuestion
from core.answers.kept import KeptAnswers
from core.answers.look_up import LookUp
from core.commands import Ask
from core.entries import Answer, Band, NewEntry, Origin
from core.messages import Conversation, Platform
from tests.core.memory import admitted
from tests.core.test_answers import MemoryAskers, MemoryCounters, MemoryRoles
from tests.core.test_knowledge import HANDBOOK, MemoryKnowledge, kept

QUESTION = "What is the door code?"
OTHER_WORDS = "hi, what is the code of the door please"
PHRASINGS = (QUESTION, "code of the door", "door code", "how do I open the door with a code")
FOR_ALL = NewEntry(phrasings=PHRASINGS, answer="Ask reception.", source="all")
FOR_CHANNEL = NewEntry(
    phrasings=PHRASINGS, answer="1111", source="one", audience=("channel:slack:T1:C1",)
)
FOR_ADMINS = NewEntry(phrasings=PHRASINGS, answer="9999", source="two", audience=("role:admin",))
CHANNEL = Conversation(platform=Platform.SLACK, space="T1", channel="C1")
OTHER = replace(CHANNEL, channel="C2")
DIRECT = replace(CHANNEL, channel="D1", direct=True)
ADMIN, MEMBER = UUID(int=1), UUID(int=2)
ORGANIZATION = uuid4()


@dataclass(slots=True)
class Bench:
    """The use case on a real cache."""

    pipeline: Pipeline
    entries: tuple[NewEntry, ...]
    roles: MemoryRoles = field(default_factory=lambda: MemoryRoles(admins={ADMIN}))
    counters: MemoryCounters = field(default_factory=MemoryCounters)
    answer: AnswerQuestion = field(init=False)

    def __post_init__(self) -> None:
        store = MemoryKnowledge(entries=kept(*self.entries, *HANDBOOK), at=1)
        memory = CacheMemory(pipeline=self.pipeline, allotment=2**30)
        answers = KeptAnswers(
            cache=RedisAnswerCache(
                pipeline=self.pipeline,
                memory=memory,
                counters=self.counters,
                prefix=f"acme{uuid4().hex}",
            ),
            counters=self.counters,
            clock=utc_now,
        )
        self.answer = AnswerQuestion(
            knowledge=service_on(store),
            kept=answers,
            look_up=LookUp(kept=answers),
            counters=self.counters,
            askers=MemoryAskers(),
            who_asks=WhoAsks(roles=self.roles),
        )

    async def ask(self, who: UUID, where: Conversation, question: str = QUESTION) -> Answer:
        account = Account(
            user_id=who,
            organization_id=ORGANIZATION,
            plan="free",
            quota_limit=None,
            quota_left=None,
            knowledge_revision=1,
        )
        message = replace(admitted(question), account=account, conversation=where)
        return await self.answer(Ask(question=question), account, message)


EXPECTED = {
    (MEMBER, CHANNEL): {"1111"},
    (MEMBER, OTHER): {"Ask reception."},
    (ADMIN, CHANNEL): {"9999"},
    (ADMIN, OTHER): {"9999"},
}


@pytest.mark.parametrize("question", [QUESTION, OTHER_WORDS])
async def test_no_order_of_asking_brings_an_answer_to_whom_it_is_not_for(
    pipeline: Pipeline, question: str
) -> None:
    theirs = {
        (MEMBER, CHANNEL): {"1111"},
        (MEMBER, OTHER): set(),
        (ADMIN, CHANNEL): {"1111", "9999"},
        (ADMIN, OTHER): {"9999"},
    }
    for order in permutations(theirs):
        bench = Bench(pipeline, (FOR_ALL, FOR_CHANNEL, FOR_ADMINS))
        for who, where in (*order, *order):
            answer = await bench.ask(who, where, question)
            assert answer.band is not Band.UNKNOWN
            seen = {one.answer for one in answer.passages}
            assert seen & {"1111", "9999"} <= theirs[who, where]
            if question == QUESTION:
                assert {one.answer for one in answer.passages} == EXPECTED[who, where]
        if question == QUESTION:
            # Four askers, four different sets of what they may see.
            counts = bench.counters.counts
            assert (counts["cache_miss"], counts["cache_hit"]) == (4, 4)


async def test_what_is_for_everybody_is_cached_for_everybody(pipeline: Pipeline) -> None:
    bench = Bench(pipeline, (FOR_ALL,))
    asked = [(MEMBER, CHANNEL), (ADMIN, OTHER), (MEMBER, DIRECT), (ADMIN, CHANNEL)]
    origins = [(await bench.ask(*one)).origin for one in asked]
    assert origins == [Origin.KNOWLEDGE, *[Origin.CACHE] * 3]
    assert bench.roles.asked == 0


async def test_roles_are_asked_for_only_where_one_counts(pipeline: Pipeline) -> None:
    by_channel = Bench(pipeline, (FOR_ALL, FOR_CHANNEL))
    await by_channel.ask(MEMBER, CHANNEL)
    assert by_channel.roles.asked == 0
    by_role = Bench(pipeline, (FOR_ALL, FOR_ADMINS))
    assert (await by_role.ask(MEMBER, OTHER)).passages[0].answer == "Ask reception."
    assert by_role.roles.asked == 1


async def test_who_is_no_admin_any_more_gets_no_answer_for_admins(pipeline: Pipeline) -> None:
    bench = Bench(pipeline, (FOR_ADMINS,))
    assert (await bench.ask(ADMIN, DIRECT)).passages[0].answer == "9999"
    bench.roles.admins.clear()
    assert (await bench.ask(ADMIN, DIRECT)).passages == ()


async def test_a_thread_belongs_to_its_channel_and_a_direct_message_does_not(
    pipeline: Pipeline,
) -> None:
    bench = Bench(pipeline, (FOR_CHANNEL,))
    thread = replace(CHANNEL, thread="1700000000.000100")
    assert (await bench.ask(MEMBER, thread)).passages[0].answer == "1111"
    assert (await bench.ask(MEMBER, DIRECT)).band is Band.UNKNOWN
    assert (await bench.ask(MEMBER, replace(CHANNEL, space="T2"))).band is Band.UNKNOWN
    assert (await bench.ask(MEMBER, replace(CHANNEL, channel="C11"))).band is Band.UNKNOWN


@pytest.mark.parametrize(
    "inside",
    [
        Conversation(platform=Platform.TELEGRAM, space="7", channel="-100", thread="3"),
        Conversation(platform=Platform.TELEGRAM, space="7", channel="-100", thread="0", root="9"),
        Conversation(platform=Platform.DISCORD, space="7", channel="42", parent="-100"),
    ],
)
async def test_topics_and_threads_with_an_address_of_their_own_belong_too(
    pipeline: Pipeline, inside: Conversation
) -> None:
    audience = (f"channel:{inside.platform}:7:-100",)
    bench = Bench(pipeline, (replace(FOR_CHANNEL, audience=audience),))
    answer = await bench.ask(MEMBER, inside)
    assert answer.passages[0].answer == "1111"
    assert not is_private(answer.passages, inside)
    around = replace(inside, channel="-100", parent="", thread="", root="")
    assert (await bench.ask(MEMBER, around)).origin is Origin.CACHE
    elsewhere = replace(inside, channel="-101", parent=inside.parent and "-101")
    assert (await bench.ask(MEMBER, elsewhere)).band is Band.UNKNOWN


async def test_what_only_the_asker_may_see_is_private_in_a_channel(pipeline: Pipeline) -> None:
    bench = Bench(pipeline, (FOR_CHANNEL, FOR_ADMINS))
    assert is_private((await bench.ask(ADMIN, OTHER)).passages, OTHER)
    assert not is_private((await bench.ask(MEMBER, CHANNEL)).passages, CHANNEL)
    both = replace(FOR_ADMINS, audience=("role:admin", "channel:slack:T1:C2"))
    shared = Bench(pipeline, (both,))
    assert not is_private((await shared.ask(ADMIN, OTHER)).passages, OTHER)
    assert is_private((await shared.ask(ADMIN, CHANNEL)).passages, CHANNEL)
