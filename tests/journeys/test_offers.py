"""What the bot is not sure of, where an answer is from, and what was wrong with it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bots.embedded import Addresses
from core.entries import NewEntry
from simulator.discord import DiscordStandIn
from simulator.slack import SlackStandIn
from simulator.standin import Asked, Posted, StandIn
from simulator.telegram import TelegramStandIn
from tests.journeys.knowledge import teach
from tests.journeys.platforms import PLATFORMS, open_stand_in
from tests.ports import free_port
from tests.process import bot_environment, running_bot
from tests.stores.people import open_owner

WITHIN = 60.0
DAYS = "How many vacation days do I have?"
ENTRIES = (
    NewEntry(phrasings=(DAYS,), answer="You have 30 days.", source="people.md"),
    NewEntry(phrasings=("How do I reset my password?",), answer="Choose Reset.", source="it.md"),
    NewEntry(phrasings=("What are the opening hours?",), answer="From 8 to 18.", source="it.md"),
)
UNSURE = "how many vacation days does an intern have"
VOTE = "SELECT rating, comment, sentiment, sentiment_label FROM user_feedback"
PROPOSALS = "SELECT kind, question, reason FROM knowledge_proposals ORDER BY kind"


@pytest.fixture(params=PLATFORMS)
async def platform(
    request: pytest.FixtureRequest, addresses: Addresses
) -> AsyncIterator[tuple[StandIn, dict[str, str]]]:
    port = free_port()
    await teach(addresses, *ENTRIES)
    async with open_stand_in(request.param, ports=[port]) as stand_in:
        yield stand_in, bot_environment(addresses, stand_in.environment, port=port)


async def test_from_a_question_that_is_not_understood_to_a_comment(
    platform: tuple[StandIn, dict[str, str]], addresses: Addresses, tmp_path: Path
) -> None:
    stand_in, environment = platform
    async with running_bot(environment, tmp_path / "bot.log") as bot:
        question = await stand_in.ask(UNSURE)
        await stand_in.answered(1, timeout=WITHIN)
        [offer] = stand_in.replies_to(question)
        assert offer.buttons[0] == DAYS
        assert offer.buttons[-1] == "None of these"
        assert "30 days" not in offer.text

        await stand_in.click(offer, DAYS, person="bob")
        await stand_in.answered(2, timeout=WITHIN)
        answer = stand_in.posted[1]
        assert "You have 30 days." in answer.text
        assert "people.md" in answer.text
        assert (answer.visible_to, answer.channel) == (None, question.channel)
        assert answer.buttons == ("👍", "👎", "Why?")

        await stand_in.click(offer, DAYS, person="ada")
        await said_to(stand_in, "ada", "answered already")

        await stand_in.click(answer, "Why?", person="ada")
        receipt = await said_to(stand_in, "ada", "Why this answer")
        for words in (DAYS, "people.md", "a person chose it", "cost nothing"):
            assert words in receipt.text
        assert receipt.buttons == ()

        await stand_in.click(answer, "👎", person="ada")
        await said_to(stand_in, "ada", "Sorry")
        await reply_to(stand_in, answer, "That is terribly wrong for interns.", question)
        await said_to(stand_in, None, "passed that on")
        await stand_in.ask("thank you!")
        await stand_in.answered(len(stand_in.posted) + 1, timeout=WITHIN)
        assert await bot.stop() == 0

    assert stand_in.posted[-1].text == "You are welcome."
    [waits] = await rows(addresses, "SELECT answered_at FROM gap_askers")
    assert waits["answered_at"] is not None
    gaps = await rows(addresses, "SELECT question, times FROM knowledge_gaps")
    assert [tuple(gap) for gap in gaps] == [(UNSURE, 1)], "neither thanks nor comments are any"
    [vote] = await rows(addresses, VOTE)
    assert (vote["rating"], vote["comment"]) == (-1, "That is terribly wrong for interns.")
    assert vote["sentiment"] < -0.3
    assert vote["sentiment_label"] == "negative"
    assert [tuple(row) for row in await rows(addresses, PROPOSALS)] == [
        ("phrasing", UNSURE, ""),
        ("review", DAYS, "That is terribly wrong for interns."),
    ]


async def reply_to(stand_in: StandIn, answer: Posted, text: str, question: Asked) -> None:
    """Reply to an answer as people do there."""
    match stand_in:
        case SlackStandIn():
            await stand_in.ask(text, thread=question)
        case TelegramStandIn():
            await stand_in.ask(text, reply_to=answer)
        case DiscordStandIn():
            stand_in.reply(text, answer)
        case _:
            raise AssertionError(stand_in)


async def said_to(stand_in: StandIn, person: str | None, words: str) -> Posted:
    """Wait for what one person is told, or everybody."""
    async with asyncio.timeout(WITHIN):
        while True:
            for posted in stand_in.posted:
                if posted.visible_to == person and words in posted.text:
                    return posted
            await asyncio.sleep(0.05)


async def rows(addresses: Addresses, sql: str) -> list[Any]:
    async with open_owner(addresses) as owner:
        return list(await owner.rows(sql))
