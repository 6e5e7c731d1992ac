"""The history checker finds what it is there to find."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from bots.embedded import Addresses
from simulator.control import simulate
from simulator.standin import StandIn
from tests.databases import run_sql
from tests.history.check import Report, check
from tests.history.ledger import Delivered, Ledger, Message, Numbers
from tests.history.recording import Posting, Question, Recording, read_recordings
from tests.journeys.history import at_rest, read_history
from tests.journeys.knowledge import teach
from tests.journeys.platforms import PLATFORMS, open_stand_in
from tests.ports import free_port
from tests.process import REPOSITORY, bot_environment, running_bot

ROOM = "telegram:1:room:0"
RIGHT = Numbers(
    counted=2,
    used=2,
    admitted=2,
    turns=4,
    answered=2,
    dead=0,
    counted_again=0,
    turns_again=0,
    uncounted=0,
)


def question(number: int, *answers: int) -> Question:
    return Question(
        platform="telegram",
        channel="room",
        id=str(number),
        text="how?",
        answers=tuple(map(str, answers)),
    )


def posting(number: int, *, to: int | None = None, text: str = "So.") -> Posting:
    return Posting(
        platform="telegram",
        channel="room",
        id=str(number),
        text=text,
        reply_to=None if to is None else str(to),
        visible_to=None,
    )


def ledger(*delivered: tuple[int, int], numbers: Numbers = RIGHT) -> Ledger:
    """Questions and the postings that answer them, in the order of their conversation."""
    return Ledger(
        messages=[
            Message(
                key=("telegram", "room", str(asked)),
                event=("telegram", "room", f"update {asked}"),
                conversation=ROOM,
                settled=True,
            )
            for asked, _ in delivered
        ],
        delivered=[
            Delivered(
                messages=[("telegram", "room", str(posted))],
                conversation=ROOM,
                answers=("telegram", "room", str(asked)),
            )
            for asked, posted in delivered
        ],
        leftovers={},
        numbers=numbers,
    )


def compare(
    questions: Sequence[Question], postings: Sequence[Posting], known: Ledger | None = None
) -> Report:
    return check(
        Recording(questions=questions, postings=postings), known or ledger((1, 11), (2, 12))
    )


ASKED = (question(1, 11), question(2, 12))
POSTED = (posting(11, to=1), posting(12, to=2))


def test_all_is_well() -> None:
    report = compare(ASKED, POSTED)
    assert report.problems == []
    assert report.most_copies == 1
    assert report.came_late == []


def test_a_question_without_an_answer_is_lost() -> None:
    report = compare((*ASKED, question(3)), POSTED)
    assert report.lost == [("telegram", "room", "3")]
    assert report.problems == ["1 lost: telegram room 3"]


def test_what_was_settled_without_a_reply_is_not_lost() -> None:
    assert compare((question(1, 11), question(2)), POSTED).lost == []


def test_a_second_copy_is_a_repeat() -> None:
    report = compare((question(1, 11, 13), ASKED[1]), (*POSTED, posting(13, to=1)))
    assert report.repeated == [("telegram", "room", "13")]
    assert report.most_copies == 2


def test_an_answer_that_was_never_settled_is_a_repeat_whatever_it_says() -> None:
    report = compare(ASKED, (*POSTED, posting(13, to=1, text="Something else.")))
    assert report.repeated == [("telegram", "room", "13")]
    assert report.most_copies == 1


def test_a_posting_that_the_platform_gave_no_id_is_known_by_what_it_answers() -> None:
    known = ledger((1, 11), (2, 12))
    unnamed = replace(known, delivered=[replace(known.delivered[0], messages=())])
    report = compare((question(1, 11, 13),), (POSTED[0], posting(13, to=1)), unnamed)
    assert report.repeated == [("telegram", "room", "13")]


def test_the_same_question_twice_in_a_thread_may_have_the_same_answer_twice() -> None:
    asked = (question(1, 11, 12), question(2, 11, 12))
    report = compare(asked, (posting(11, to=1), posting(12, to=1)))
    assert report.problems == []
    assert report.most_copies == 1


def test_an_answer_before_the_answer_to_an_earlier_question_is_out_of_order() -> None:
    report = compare(ASKED, POSTED[::-1])
    assert report.out_of_order == [("telegram", "room", "12")]


def test_the_order_is_that_of_arrival() -> None:
    report = compare(ASKED, POSTED[::-1], ledger((2, 12), (1, 11)))
    assert report.problems == []
    assert report.came_late == [("telegram", "room", "1")]


@pytest.mark.parametrize(
    "wrong",
    [
        replace(RIGHT, used=3),
        replace(RIGHT, counted_again=1),
        replace(RIGHT, uncounted=1),
        replace(RIGHT, turns_again=1),
    ],
)
def test_a_ledger_that_does_not_add_up_is_said(wrong: Numbers) -> None:
    assert len(compare(ASKED, POSTED, ledger((1, 11), (2, 12), numbers=wrong)).problems) == 1


def test_leftovers_are_said() -> None:
    known = replace(ledger((1, 11), (2, 12)), leftovers={"messages not settled": 4})
    assert compare(ASKED, POSTED, known).problems == ["4 messages not settled"]


@pytest.mark.parametrize("line", ["nonsense", "{}", '{"event":"eaten"}', '{"event":"asked"}'])
def test_what_is_no_recording_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    file = tmp_path / "recording.jsonl"
    file.write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"recording\.jsonl, line 1"):
        read_recordings([file])


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_commands_clicks_and_private_replies_are_all_accounted_for(
    platform: str, addresses: Addresses, tmp_path: Path
) -> None:
    await teach(addresses)
    port = free_port()
    async with open_stand_in(platform, ports=[port]) as stand_in:
        environment = bot_environment(addresses, stand_in.environment, port=port)
        async with running_bot(environment, tmp_path / "bot.log") as bot:
            await stand_in.ask("how can I reset my password?")
            await stand_in.answered(1, timeout=60)
            await stand_in.tell("where is the holiday calendar")
            await stand_in.answered(2, timeout=60)
            await stand_in.command("/ask how can I reset my password?")
            await stand_in.answered(3, timeout=60)
            await stand_in.command("/usage")
            await stand_in.answered(4, timeout=60)
            await stand_in.click(stand_in.posted[0], stand_in.posted[0].buttons[0])
            await answered_all_but_commands(stand_in)
            await at_rest(addresses, within=60)
            assert await bot.stop() == 0
        history = await read_history(stand_in, addresses)
    assert history.report.problems == []
    assert len(stand_in.asked) == 5


async def answered_all_but_commands(stand_in: StandIn) -> None:
    """Wait until the last thing asked, a click, has come to the bot."""
    async with asyncio.timeout(60):
        while not stand_in.replies_to(stand_in.asked[-1]) and len(stand_in.posted) < 5:
            await asyncio.sleep(0.1)


def run(addresses: Addresses, *recordings: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.history", *map(str, recordings)],
        cwd=REPOSITORY,
        env={"POSTGRES_DSN": addresses.postgres_owner_dsn, "PATH": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


async def test_the_command_reads_what_the_control_api_exports(
    addresses: Addresses, tmp_path: Path
) -> None:
    await teach(addresses)
    port, recording = free_port(), tmp_path / "recording.jsonl"
    async with simulate(["telegram"]) as simulation, aiohttp.ClientSession() as session:
        url = f"{simulation.url}/telegram"
        environment = bot_environment(addresses, simulation.settings, port=port)
        async with running_bot(environment, tmp_path / "bot.log") as bot:
            for number in range(6):
                question = {"text": "how can I reset my password?", "channel": f"c{number % 2}"}
                await (await session.post(f"{url}/messages", json=question)).read()
            await (await session.get(f"{url}/postings", params={"count": 6, "wait": 20})).read()
            await at_rest(addresses, within=60)
            assert await bot.stop() == 0
        recording.write_bytes(await (await session.get(f"{url}/history")).read())

    clean = run(addresses, recording)
    assert (clean.returncode, clean.stdout) == (0, "6 asked, 6 posted: as promised.\n")

    lines = recording.read_text(encoding="utf-8").splitlines()
    posted = next(line for line in lines if '"posted"' in line)
    twice = tmp_path / "twice.jsonl"
    twice.write_text("\n".join([*lines, posted.replace('"id":"', '"id":"9')]), encoding="utf-8")
    found = run(addresses, twice)
    assert found.returncode == 1
    assert found.stdout.startswith("1 repeated: telegram ")

    await run_sql(addresses.postgres_owner_dsn, "UPDATE outbox SET state = 'ambiguous'")
    found = run(addresses, recording)
    assert found.returncode == 1
    assert "6 postings neither sent nor given up" in found.stdout

    (tmp_path / "bad.jsonl").write_text("nonsense\n", encoding="utf-8")
    assert run(addresses, tmp_path / "bad.jsonl").returncode == 2
