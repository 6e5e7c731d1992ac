"""A model over HTTP, by a server that does everything that servers do wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.completers.limits import LIMITS, Limits
from adapters.completers.openai import ModelAddress, OpenAICompleter
from core.errors import UnavailableError
from core.ports.completer import Completer, Prompt, Spent
from tests.completer import KEY, MODEL, Asked, ModelServer, Says, model_server, says

PROMPT = Prompt(instructions="Be brief.", material='{"question": "Why?"}', longest=50)
HASTY = replace(LIMITS, first=timedelta(seconds=0.3), total=timedelta(seconds=0.6))


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with model_server() as server:
        yield server


async def said(completer: Completer) -> tuple[str, Spent | None]:
    text, spent = "", None
    async with aclosing(completer.complete(PROMPT)) as pieces:
        async for piece in pieces:
            match piece:
                case Spent():
                    spent = piece
                case str():
                    text += piece
    return text, spent


def address(server: ModelServer) -> ModelAddress:
    return ModelAddress(model=MODEL, base_url=server.url, api_key=KEY)


async def asked_of(server: ModelServer, limits: Limits = LIMITS) -> tuple[str, Spent | None]:
    async with OpenAICompleter.open(address(server), limits) as completer:
        return await said(completer)


async def test_an_answer_comes_in_pieces_with_what_it_took(server: ModelServer) -> None:
    server.script.append(says("Because ", "of", " the wéather."))
    assert await asked_of(server) == ("Because of the wéather.", Spent(read=200, written=20))
    [asked] = server.asked
    assert asked.instructions == "Be brief."
    assert asked.material == {"question": "Why?"}
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    assert asked.body["stream"] is True
    assert (asked.body["max_tokens"], asked.body["temperature"]) == (2_050, 0)


async def test_a_server_without_a_key_and_without_counts_is_enough(server: ModelServer) -> None:
    server.script.append(says("Yes.", usage=False))
    own = ModelAddress(model=MODEL, base_url=server.url)
    async with OpenAICompleter.open(own) as completer:
        assert await said(completer) == ("Yes.", None)
        assert completer.model == MODEL


WRONG = [
    (says(status=500, body={"error": {"message": "oh", "type": "server_error"}}), "status 500"),
    (says(status=400, body={"error": {"code": "context_length_exceeded"}}), "context_length"),
    (says("Half an", cut=True), "cannot be reached|in the middle"),
    (says("Half an", finish=None), "in the middle"),
    (says("Half an", finish="length"), "longer than allowed"),
    (says("Ha", finish="content_filter"), "a filter"),
    (says("A", raw="{not json"), "no chat completion"),
    (says("A", raw="[]"), "no chat completion"),
    (says("A", raw='{"choices": "none"}'), "no chat completion"),
    (says("A", raw='{"choices": [{"delta": {"content": 7}}]}'), "no chat completion"),
    (says("A", raw='{"error": {"message": "the question was Why?"}}'), "no chat completion"),
]
LATE = [
    says("Late.", after=30),
    says("slow", "slow", "slow", "slow", between=0.4),
    says(endless=True, finish=None),
]


@pytest.mark.parametrize(("answer", "reason"), WRONG)
async def test_what_is_not_a_whole_answer_is_none(
    server: ModelServer, answer: Says, reason: str
) -> None:
    server.script.append(answer)
    with pytest.raises(UnavailableError, match=reason) as raised:
        await asked_of(server)
    assert "Why?" not in str(raised.value)
    assert KEY not in str(raised.value)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize("answer", LATE)
async def test_what_does_not_come_in_time_is_not_waited_for(
    server: ModelServer, answer: Says
) -> None:
    server.script.append(answer)
    async with asyncio.timeout(60):
        with pytest.raises(UnavailableError, match="in time"):
            await asked_of(server, HASTY)


@pytest.mark.parametrize(
    ("pieces", "spoken"),
    [
        (("<think>", "1 + 1?", "</th", "ink>\n\nIt is 2."), "It is 2."),
        (("\n<thi", "nk>I wonder</think>Yes", " it is"), "Yes it is"),
        (("<think>I wonder",), ""),
        (("<thin",), "<thin"),
        (("<thing>",), "<thing>"),
        (("So <think>", "no</think>"), "So <think>no</think>"),
    ],
)
async def test_what_a_model_says_to_itself_is_left_out(
    server: ModelServer, pieces: tuple[str, ...], spoken: str
) -> None:
    server.script.append(says(*pieces))
    assert (await asked_of(server))[0] == spoken


async def test_a_server_that_does_not_count_is_asked_without(server: ModelServer) -> None:
    def think(asked: Asked) -> Says:
        if "stream_options" in asked.body:
            message = "Extra inputs are not permitted: stream_options"
            return says(status=422, body={"error": {"message": message}})
        return says("Yes.", usage=False)

    server.think = think
    async with OpenAICompleter.open(address(server)) as completer:
        for _ in range(2):
            assert await said(completer) == ("Yes.", None)
        assert len(server.asked) == 3
        assert completer.trouble == ""


async def test_nobody_there_is_said_at_once(server: ModelServer) -> None:
    nowhere = ModelAddress(model=MODEL, base_url="http://127.0.0.1:1/v1")
    async with OpenAICompleter.open(nowhere) as completer:
        with pytest.raises(UnavailableError, match="cannot be reached"):
            await said(completer)


async def test_it_is_sent_once_whatever_happens(server: ModelServer) -> None:
    server.script.append(says(status=500))
    with pytest.raises(UnavailableError):
        await asked_of(server)
    assert len(server.asked) == 1


async def test_after_three_failures_it_is_left_alone_for_a_while(server: ModelServer) -> None:
    server.script.extend(says(status=500) for _ in range(3))
    server.script.append(says("Again."))
    now = 1_000.0
    async with OpenAICompleter.open(address(server)) as completer:
        completer.breaker.clock = lambda: now
        for _ in range(3):
            with pytest.raises(UnavailableError, match="status 500"):
                await said(completer)
        with pytest.raises(UnavailableError, match="left alone"):
            await said(completer)
        assert "status 500" in completer.trouble
        assert len(server.asked) == 3
        now += LIMITS.rest.total_seconds()
        assert (await said(completer))[0] == "Again."


@pytest.mark.parametrize(
    ("answer", "left_alone"),
    [
        (says(status=429, headers={"Retry-After": "30"}), True),
        (says(status=429, headers={"Retry-After": "0"}), False),
        (says(status=429, headers={"Retry-After": "nonsense"}), True),
        (says(status=401), True),
        (says(status=404), True),
        (says("Too lo", finish="length"), False),
    ],
)
async def test_a_server_that_asks_for_a_pause_gets_it_at_once(
    server: ModelServer, answer: Says, left_alone: bool
) -> None:
    server.script.extend([answer, says("Yes.")])
    async with OpenAICompleter.open(address(server)) as completer:
        with pytest.raises(UnavailableError):
            await said(completer)
        if left_alone:
            with pytest.raises(UnavailableError, match="left alone"):
                await said(completer)
        else:
            assert (await said(completer))[0] == "Yes."


async def test_who_stops_listening_stops_the_server(server: ModelServer) -> None:
    server.script.append(says(endless=True))
    async with OpenAICompleter.open(address(server)) as completer:
        async with aclosing(completer.complete(PROMPT)) as pieces:
            assert await anext(pieces)
        async with asyncio.timeout(60):
            await server.ended.wait()


async def test_so_many_are_asked_at_once_and_the_others_wait_their_turn(
    server: ModelServer,
) -> None:
    server.script.extend([says("Yes.", after=1.0), says("Yes.", after=1.0)])
    server.think = lambda _: says("Late.")
    async with OpenAICompleter.open(address(server), replace(LIMITS, at_once=2)) as completer:
        waiting = [asyncio.create_task(said(completer)) for _ in range(4)]
        while len(server.asked) < 2:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert len(server.asked) == 2
        answers = [text for text, _ in await asyncio.gather(*waiting)]
    assert sorted(answers) == ["Late.", "Late.", "Yes.", "Yes."]
