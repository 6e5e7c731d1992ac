"""The whole bot on Slack's Socket Mode: sockets and processes come and go, nothing is lost."""

import asyncio
from pathlib import Path

import pytest

from bots.embedded import Addresses
from simulator.slack import SlackStandIn
from tests.contract.inbox import until
from tests.journeys.history import answered_all, at_rest, read_history
from tests.journeys.knowledge import GATES, teach
from tests.journeys.platforms import PATIENT_RETRIES
from tests.ports import free_port
from tests.process import bot_environment, running_bot, start_bot

WITHIN = 60.0
QUESTIONS = 60


async def test_the_bot_answers_over_sockets(addresses: Addresses, tmp_path: Path) -> None:
    await teach(addresses)
    async with SlackStandIn(retry_delays=PATIENT_RETRIES, socket_mode=True) as slack:
        environment = bot_environment(addresses, slack.environment, port=free_port())
        assert "SLACK_SIGNING_SECRET" not in environment
        async with running_bot(environment, tmp_path / "bot.log") as bot:
            asked = await slack.ask("how can I reset my password?", person="ada")
            await slack.answered(1, timeout=WITHIN)
            used = await slack.command("/usage", person="ada")
            await slack.answered(2, timeout=WITHIN)
            await slack.click(slack.posted[0], "👍", person="ada")
            await until(lambda: len(slack.attempts) == 4)  # two events, a command and a click
            await at_rest(addresses, within=WITHIN)
            assert await bot.stop() == 0
        log = bot.lines()
    assert "Reset password" in slack.replies_to(asked)[0].text
    assert [reply.visible_to for reply in slack.replies_to(used)] == ["ada"]
    assert slack.api.unknown == []
    assert {attempt.status for attempt in slack.attempts} == {200}
    for secret in (slack.api.token, slack.api.app_token, "ticket=", "/commands/T0"):
        assert secret not in log


@pytest.mark.timeout(600)
async def test_restarts_of_bots_and_refreshes_of_sockets_lose_nothing(
    addresses: Addresses, tmp_path: Path
) -> None:
    await teach(addresses, *GATES)
    async with SlackStandIn(
        retry_delays=PATIENT_RETRIES, socket_mode=True, both_events=False
    ) as slack:
        settings = [
            bot_environment(addresses, slack.environment, port=free_port()) for _ in range(2)
        ]
        bots = [await start_bot(one, tmp_path / "bots.log") for one in settings]
        try:
            for bot in bots:
                await bot.ready()
            async with asyncio.TaskGroup() as tasks:
                asking = tasks.create_task(_ask(slack))
                tasks.create_task(_refresh(slack, asking))
                await asyncio.sleep(2)
                for number, end in enumerate((bots[0].stop, bots[1].kill)):
                    await end()
                    bots[number] = await start_bot(settings[number], tmp_path / "bots.log")
                    await bots[number].ready()
            await answered_all(slack, within=WITHIN)
            await at_rest(addresses, within=WITHIN)
            for bot in bots:
                assert await bot.stop() == 0
        finally:
            for bot in bots:
                await bot.kill()
        history = await read_history(slack, addresses)
    assert history.unanswered == []
    assert history.most_copies == 1
    assert history.counted == history.answered == QUESTIONS


async def _ask(slack: SlackStandIn) -> None:
    for number in range(QUESTIONS):
        await slack.ask(GATES[number % len(GATES)].phrasings[0], person=f"person {number % 7}")
        await asyncio.sleep(0.2)


async def _refresh(slack: SlackStandIn, asking: asyncio.Task[None]) -> None:
    while not asking.done():
        await asyncio.sleep(1.3)
        await slack.api.sockets.disconnect("refresh_requested", after=0.2)
        await asyncio.sleep(1.3)
        slack.api.sockets.cut()
