"""Questions that look alike and are not the same: no answer of one for the other, cached or not."""

import csv
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.answers.key import cache_key
from core.answers.spending import SpendCompletions
from core.answers.writing import WriteAnswer
from core.entries import Band, NewEntry
from core.ports.completer import Prompt, Spent
from core.text import normalise
from tests.core.memory import MemoryThreads
from tests.core.test_answers import Bench, MemoryCounters
from tests.core.test_knowledge import MemoryKnowledge, kept
from tests.core.test_writing import MemoryLedger

with Path(__file__).with_name("minimal_pairs.csv").open(encoding="utf-8", newline="") as file:
    PAIRS = [(row["one"], row["other"]) for row in csv.DictReader(file)]

PARAPHRASES = ("{}", "could you tell me {}", "please, {}", "{} thanks")


def bench(*questions: str) -> Bench:
    entries = [
        NewEntry(
            phrasings=tuple(frame.format(question) for frame in PARAPHRASES),
            answer=f"The answer to: {question}",
        )
        for question in questions
    ]
    return Bench(store=MemoryKnowledge(entries=kept(*entries, *OTHERS), at=1))


OTHERS = tuple(
    NewEntry(phrasings=(question,), answer=question.upper())
    for question in (
        "Where do I report a broken laptop?",
        "How do I book a meeting room?",
        "What is for lunch today?",
        "Which printer is on the second floor?",
        "How do I connect to the VPN?",
        "Who approves a purchase order?",
    )
)


def test_there_are_enough_of_them_and_each_is_two_questions() -> None:
    assert len(PAIRS) >= 100
    assert all(normalise(one) != normalise(other) for one, other in PAIRS)
    assert len({frozenset(pair) for pair in PAIRS}) == len(PAIRS)


@pytest.mark.parametrize(("one", "other"), PAIRS)
async def test_what_only_one_of_them_has_the_other_does_not_get(one: str, other: str) -> None:
    for known, asked in ((one, other), (other, one)):
        bot = bench(known)
        first = await bot.ask(known)
        assert first.band is Band.ANSWER
        assert first.text.startswith(f"The answer to: {known}\n")
        again = await bot.ask(f"  {known.upper()}??")
        assert (again.origin.value, again.text) == ("cache", first.text)
        found = await bot.ask(asked)
        assert found.band is not Band.ANSWER, f"{asked!r} got the answer of {known!r}"
        assert len(bot.cache.answers) == 1


@pytest.mark.parametrize(("one", "other"), PAIRS)
async def test_where_both_are_known_each_gets_its_own(one: str, other: str) -> None:
    bot = bench(one, other)
    for _ in ("fresh", "cached"):
        for question in (one, other):
            answer = await bot.ask(question)
            assert answer.text.startswith(f"The answer to: {question}\n")
    assert bot.counters.counts["cache_hit"] == 2
    assert len(bot.cache.answers) == 2


@dataclass(slots=True)
class YesMan:
    """A model that never says no: each answer repeats what it was asked, so that it can be told."""

    model: str = "yes-man"
    calls: int = 0

    async def complete(self, prompt: Prompt) -> AsyncGenerator[str | Spent, None]:
        self.calls += 1
        material = json.loads(prompt.material)
        said = material.get("question") or material["passages"][0]["text"]
        yield f"Yes: {said} [1]"


def bench_with(model: YesMan, *questions: str, always: bool) -> Bench:
    counters = MemoryCounters()
    spend = SpendCompletions(completer=model, ledger=MemoryLedger(), counters=counters)
    writer = WriteAnswer(spend=spend, threads=MemoryThreads(), always=always)
    return Bench(store=bench(*questions).store, counters=counters, writer=writer)


@pytest.mark.parametrize("always", [False, True])
async def test_a_model_that_never_says_no_mixes_up_no_pair_in_the_caches(always: bool) -> None:
    written = 0
    for one, other in PAIRS:
        for known, asked in ((one, other), (other, one)):
            model = YesMan()
            bot = bench_with(model, known, always=always)
            for _ in ("fresh", "cached"):
                theirs = await bot.ask(known)
                assert f"The answer to: {known}" in theirs.text
                found = await bot.ask(asked)
                assert f"The answer to: {known}" not in found.text, (known, asked)
                if found.model:
                    assert found.text.startswith(f"Yes: {asked} [1]"), (known, asked)
                    written += 1
            assert model.calls <= 2  # one each: the second time is from the cache
    assert written > 100


async def test_where_both_are_known_a_model_gives_each_its_own() -> None:
    for one, other in PAIRS:
        model = YesMan()
        bot = bench_with(model, one, other, always=True)
        for question in (one, other, f"please, {one}", f"please, {other}"):
            mine = question.removeprefix("please, ")
            answer = await bot.ask(question)
            assert answer.text.startswith(f"Yes: The answer to: {mine} [1]"), question
        assert model.calls == 2
        assert bot.counters.counts["cache_hit_entry"] == 2


def test_they_have_different_keys() -> None:
    def key(question: str) -> str:
        organization = kept(*OTHERS)[0].id
        return cache_key(organization_id=organization, revision=1, composer="1", question=question)[
            :0
        ] + normalise(question)

    assert [pair for pair in PAIRS if key(pair[0]) == key(pair[1])] == []
