"""A click on an offer: answered once, and learnt from."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from bots.clock import new_id
from bots.embedded import Addresses
from core.answers.offers import ANSWERED, GONE, NOT_FOR_YOU, NOTED, Picked
from core.clicks import NoneOfThese, Pick
from core.messages import Kind
from tests.stores.opinionated import Opinionated, open_opinionated

DAYS = "How many vacation days do I have?"
ASKED = "how many vacation days does an intern have"


@pytest.fixture
async def bench(addresses: Addresses) -> AsyncIterator[Opinionated]:
    async with open_opinionated(addresses) as bench:
        yield bench


async def test_what_was_chosen_is_answered_once_and_its_question_proposed(
    bench: Opinionated,
) -> None:
    entry = await bench.learns(DAYS, "30 days.")
    _, question = await bench.says(f"/ask {ASKED}")
    pick = Pick(message_id=question.id, entry_id=entry.id)
    account, click = await bench.says("pick", user="U2", kind=Kind.CLICK)
    for _ in range(2):  # handled again after a crash
        picked = await bench.take_offer.pick(pick, account, click)
        assert isinstance(picked, Picked)
        assert picked.answer.text == "30 days.\n\nSource: handbook.md"
        assert not picked.private
    _, other = await bench.says("pick", kind=Kind.CLICK)
    assert await bench.take_offer.pick(pick, account, other) == ANSWERED
    assert [one[:3] for one in await bench.proposed()] == [("phrasing", ASKED, "")]
    kept = await bench.knowledge.entry(account.organization_id, entry.id)
    assert kept is not None
    assert kept.phrasings == (DAYS,), "nothing is learnt before somebody has looked at it"


async def test_a_phrasing_that_is_known_is_not_proposed(bench: Opinionated) -> None:
    entry = await bench.learns(DAYS, "30 days.")
    account, question = await bench.says(DAYS.upper())
    pick = Pick(message_id=question.id, entry_id=entry.id)
    assert isinstance(await bench.take_offer.pick(pick, account, question), Picked)
    assert await bench.proposed() == []


async def test_what_was_removed_is_said_to_be(bench: Opinionated) -> None:
    entry = await bench.learns(DAYS, "30 days.")
    account, question = await bench.says(ASKED)
    await bench.knowledge.remove_entry(account.organization_id, entry.id, by=None)
    pick = Pick(message_id=question.id, entry_id=entry.id)
    assert await bench.take_offer.pick(pick, account, question) == GONE


async def test_what_is_for_admins_is_answered_to_them_alone(bench: Opinionated) -> None:
    entry = await bench.learns("What is the alarm code?", "1234", audience=("role:admin",))
    account, question = await bench.says("alarm?")
    pick = Pick(message_id=question.id, entry_id=entry.id)
    assert await bench.take_offer.pick(pick, account, question) == NOT_FOR_YOU
    await bench.make_admin(account)
    picked = await bench.take_offer.pick(pick, account, question)
    assert isinstance(picked, Picked)
    assert picked.private


@pytest.mark.parametrize("forgotten", [uuid4(), new_id(), UUID(int=2**128 - 1)])
async def test_an_offer_outlives_the_question(bench: Opinionated, forgotten: UUID) -> None:
    entry = await bench.learns(DAYS, "30 days.")
    account, click = await bench.says("pick", kind=Kind.CLICK)
    pick = Pick(message_id=forgotten, entry_id=entry.id)
    assert isinstance(await bench.take_offer.pick(pick, account, click), Picked)
    none = NoneOfThese(message_id=forgotten)
    assert (await bench.take_offer.none_of_these(none, account, click)).text == NOTED
    assert await bench.proposed() == []
    assert await bench.knowledge.gaps(account.organization_id, limit=9) == []


async def test_none_of_these_is_counted_once_an_offer(bench: Opinionated) -> None:
    account, question = await bench.says(ASKED)
    none = NoneOfThese(message_id=question.id)
    for _ in range(2):
        _, click = await bench.says("none", kind=Kind.CLICK)
        assert (await bench.take_offer.none_of_these(none, account, click)).text == NOTED
    [gap] = await bench.knowledge.gaps(account.organization_id, limit=9)
    assert (gap.question, gap.times) == (ASKED, 1)


async def test_of_clicks_at_the_same_time_one_is_first(bench: Opinionated) -> None:
    organization, message_id = await bench.organization(), new_id()
    clicks = [new_id() for _ in range(10)]

    async def take(click: UUID) -> bool:
        return await bench.offers.take(
            organization, message_id=message_id, entry_id=None, click_id=click
        )

    first = await asyncio.gather(*map(take, clicks))
    assert sum(first) == 1
    assert await asyncio.gather(*map(take, clicks)) == first


async def test_the_question_of_another_organization_is_not_to_be_had(bench: Opinionated) -> None:
    account, question = await bench.says(ASKED)
    asked = await bench.offers.asked(account.organization_id, question.id)
    assert asked is not None
    assert (asked.text, asked.user_id) == (ASKED, account.user_id)
    assert asked.conversation_id == question.conversation_id
    assert await bench.offers.asked(uuid4(), question.id) is None
