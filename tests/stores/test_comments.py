"""What people say of an answer in words."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bots.embedded import Addresses
from core.accounts import Account
from core.answers.opinions import (
    COMMENTED,
    COMMENTED_WELL,
    MEANT_A_QUESTION,
    NO_VOTE,
    NO_WORDS,
    SORRY,
    THANKS,
)
from core.clicks import Rate
from core.commands import Comment
from core.entries import Entry
from core.messages import Kind
from core.ports.inbox import Admitted
from tests.stores.opinionated import Opinionated, open_opinionated

DAYS = "How many vacation days do I have?"
WRONG = "That is terribly wrong"
REPLIED = f"{COMMENTED} {MEANT_A_QUESTION}"
VOTES = "SELECT rating, comment, sentiment, sentiment_label FROM user_feedback ORDER BY at"


@pytest.fixture
async def bench(addresses: Addresses) -> AsyncIterator[Opinionated]:
    async with open_opinionated(addresses) as bench:
        yield bench


async def vote(
    bench: Opinionated, *, helpful: bool = False, user: str = "U1"
) -> tuple[Account, Entry, Admitted]:
    """Ask, and vote on the answer, which is the posting `answer-1`."""
    entry = await bench.learns(DAYS, "30 days.")
    _, question = await bench.says("days?")
    account, click = await bench.says("rate", user=user, kind=Kind.CLICK, reply_to="answer-1")
    rate = Rate(message_id=question.id, helpful=helpful, entry_id=entry.id)
    expected = THANKS if helpful else SORRY
    assert await bench.opinions.rate(rate, account, click) == expected
    return account, entry, question


async def votes(bench: Opinionated) -> list[Any]:
    return [tuple(row) for row in await bench.replica.database.fetch(VOTES)]


async def test_words_after_a_vote_are_kept_with_it_and_open_the_entry_for_review(
    bench: Opinionated,
) -> None:
    await vote(bench)
    account, reply = await bench.says(WRONG)
    for _ in range(2):  # handled again after a crash
        assert await bench.opinions.reply(WRONG, account, reply) == REPLIED
    [(rating, comment, sentiment, label)] = await votes(bench)
    assert (rating, comment, label) == (-1, WRONG, "negative")
    assert -1 <= sentiment < -0.3
    assert [one[:3] for one in await bench.proposed()] == [("review", DAYS, WRONG)]

    account, next_one = await bench.says("and what about interns")
    assert await bench.opinions.reply("and what about interns", account, next_one) is None


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("Is that so?", {}),
        (WRONG, {"user": "U2"}),
        (WRONG, {"thread": "9.9", "reply_to": "9.9"}),
        (WRONG, {"thread": "9.9", "reply_to": "answer-2"}),
        (WRONG, {"reply_to": None}),
        (WRONG, {"kind": Kind.COMMAND}),
    ],
)
async def test_what_may_be_a_question_is_no_comment(
    bench: Opinionated, text: str, changes: dict[str, Any]
) -> None:
    await vote(bench)
    account, message = await bench.says(text, **changes)
    assert await bench.opinions.reply(text, account, message) is None
    assert [row[1] for row in await votes(bench)] == [""]


async def test_a_reply_to_the_answer_itself_is_known_anywhere(bench: Opinionated) -> None:
    await vote(bench)
    account, reply = await bench.says(WRONG, thread="9.9", reply_to="answer-1")
    assert await bench.opinions.reply(WRONG, account, reply) == REPLIED


async def test_nobody_is_waited_for_longer_than_an_hour(bench: Opinionated) -> None:
    await vote(bench)
    await bench.replica.database.fetch(
        "UPDATE user_feedback SET asked_at = now() - interval '61 minutes'"
    )
    account, reply = await bench.says(WRONG)
    assert await bench.opinions.reply(WRONG, account, reply) is None


async def test_a_vote_for_an_answer_asks_for_no_words(bench: Opinionated) -> None:
    await vote(bench, helpful=True)
    account, message = await bench.says("and for how long")
    assert await bench.opinions.reply("and for how long", account, message) is None


async def test_a_command_is_about_the_last_vote(bench: Opinionated) -> None:
    account, message = await bench.says("/comment", kind=Kind.COMMAND, reply_to=None)
    for text, told in (("", NO_WORDS), ("Great work", NO_VOTE)):
        assert await bench.opinions.comment(Comment(text=text), account, message) == told
    await vote(bench, helpful=True)
    comment = Comment(text="Great work, very helpful")
    assert await bench.opinions.comment(comment, account, message) == COMMENTED_WELL
    [(rating, text, sentiment, label)] = await votes(bench)
    assert (rating, text, label) == (1, "Great work, very helpful", "positive")
    assert sentiment > 0.3
    assert await bench.proposed() == []


async def test_without_its_entry_the_question_is_opened_for_review(bench: Opinionated) -> None:
    account, entry, _ = await vote(bench)
    await bench.knowledge.remove_entry(account.organization_id, entry.id, by=None)
    account, reply = await bench.says(WRONG)
    assert await bench.opinions.reply(WRONG, account, reply) == REPLIED
    assert [one[:3] for one in await bench.proposed()] == [("review", "days?", WRONG)]
