"""Why an answer is what it is, for those who may read it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bots.clock import utc_now
from bots.embedded import Addresses
from core.answers.compose import compose
from core.answers.explain import ADMINS_ONLY, FORGOTTEN, GONE, NOT_FOR_YOU, REMOVED
from core.clicks import Fix, Why, fix_button
from core.entries import Entry, Origin, Passage
from tests.stores.opinionated import Opinionated, open_opinionated

DAYS = "How many vacation days do I have?"
TOOK = timedelta(milliseconds=3.21)


@pytest.fixture
async def bench(addresses: Addresses) -> AsyncIterator[Opinionated]:
    async with open_opinionated(addresses) as bench:
        yield bench


def passage_of(entry: Entry) -> Passage:
    return Passage(
        entry_id=entry.id,
        question=entry.phrasings[0],
        answer=entry.answer,
        source=entry.source,
        score=0.97,
    )


async def test_a_receipt_says_how_an_answer_was_found(bench: Opinionated) -> None:
    entry = await bench.learns(DAYS, "30 days.")
    account, question = await bench.says("days?")
    why = Why(message_id=question.id, entry_id=entry.id)
    before = await bench.explain.why(why, account, question)
    assert FORGOTTEN in before.text
    assert "handbook.md" in before.text

    answer = replace(
        compose(passage_of(entry)),
        origin=Origin.CACHE,
        found_at=utc_now() - timedelta(minutes=12),
        revision=7,
    )
    bench.explain.keep(question, account, answer, took=TOOK)
    receipt = await bench.explain.why(why, account, question)
    assert receipt.private
    assert receipt.buttons == ()
    for words in (
        f"“{DAYS}”",
        "Source: handbook.md",
        "next to certain (97%)",
        "From the cache, 12 minutes old",
        "3.2 ms and cost nothing",
        "Revision 7 ",
    ):
        assert words in receipt.text


async def test_what_a_model_wrote_names_it_and_its_price(bench: Opinionated) -> None:
    entry = await bench.learns(DAYS, "30 days.")
    account, question = await bench.says("days?")
    answer = replace(compose(passage_of(entry)), confidence=0.5, model="m-1", units=2)
    bench.explain.keep(question, account, answer, took=TOOK)
    why = Why(message_id=question.id, entry_id=entry.id)
    text = (await bench.explain.why(why, account, question)).text
    for words in ("language model m-1", "2 of your plan's", "Looked up afresh"):
        assert words in text


async def test_admins_are_told_how_to_mend_it(bench: Opinionated) -> None:
    entry = await bench.learns(DAYS, "30 days.\n\nAsk HR.")
    account, question = await bench.says("days?")
    why = Why(message_id=question.id, entry_id=entry.id)
    told = await bench.explain.fix(Fix(entry_id=entry.id), account)
    assert (told.text, told.private) == (ADMINS_ONLY, True)
    await bench.make_admin(account)
    receipt = await bench.explain.why(why, account, question)
    assert receipt.buttons == (fix_button(entry.id),)
    told = await bench.explain.fix(Fix(entry_id=entry.id), account)
    assert told.private
    assert "> 30 days.\n>\n> Ask HR." in told.text
    assert f"`/kb edit {entry.id}`" in told.text
    await bench.knowledge.remove_entry(account.organization_id, entry.id, by=None)
    assert REMOVED in (await bench.explain.why(why, account, question)).text
    assert (await bench.explain.fix(Fix(entry_id=entry.id), account)).text == GONE


async def test_what_is_for_admins_is_not_explained_to_others(bench: Opinionated) -> None:
    entry = await bench.learns("What is the alarm code?", "1234", audience=("role:admin",))
    account, question = await bench.says("alarm?")
    why = Why(message_id=question.id, entry_id=entry.id)
    assert (await bench.explain.why(why, account, question)).text == NOT_FOR_YOU
    await bench.make_admin(account)
    assert "alarm code" in (await bench.explain.why(why, account, question)).text
