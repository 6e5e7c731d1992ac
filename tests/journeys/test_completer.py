"""A language model beside the real bot: in Slack, through a crash, and while it is away."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp

from bots.embedded import Addresses
from core.answers.compose import WRITTEN
from simulator.slack import SlackStandIn
from simulator.standin import Asked, Posted
from tests.completer import KEY, Says, model_server, says
from tests.completer import Asked as AskedModel
from tests.journeys.history import at_rest
from tests.journeys.knowledge import teach
from tests.journeys.platforms import ask_in_one_conversation, open_stand_in
from tests.ports import free_port
from tests.process import BotProcess, bot_environment, running_bot
from tests.stores.people import open_owner
from tests.stores.test_ledger import agree

WITHIN = 60.0
UNSURE = "can somebody reset my password on the phone?"
ANSWER = "Not on the phone: the account page does it [1]."
USED = "SELECT coalesce(sum(used), 0)::int FROM quotas WHERE resource_type = 'completions'"


def think(asked: AskedModel) -> Says:
    """Answer by the first passage; take what leans on a thread for the calendar's question."""
    if "before" in asked.material:
        return says("Where do I find the holiday calendar?")
    return says("Not on the phone: ", "the account page ", "does it [1].")


async def reply_to(stand_in: SlackStandIn, asked: Asked) -> Posted:
    async with asyncio.timeout(WITHIN):
        while not stand_in.replies_to(asked):
            await asyncio.sleep(0.05)
    return stand_in.replies_to(asked)[0]


async def deep_health(bot: BotProcess) -> Any:
    async with aiohttp.ClientSession() as session, session.get(f"{bot.url}/health/deep") as answer:
        assert KEY not in await answer.text()
        return (await answer.json())["stores"]


async def test_a_model_in_slack_that_crashes_are_not_charged_for_and_nobody_misses(
    addresses: Addresses, tmp_path: Path
) -> None:
    port = free_port()
    await teach(addresses)
    async with (
        model_server(think=think) as model,
        open_stand_in("slack", ports=[port]) as slack,
        open_owner(addresses) as owner,
    ):
        assert isinstance(slack, SlackStandIn)
        environment = bot_environment(addresses, slack.environment, model.environment, port=port)

        model.script.append(says(ANSWER, after=60))
        async with running_bot(environment, tmp_path / "first.log") as bot:
            first = await slack.ask(UNSURE)
            async with asyncio.timeout(WITHIN):
                while not model.asked:
                    await asyncio.sleep(0.02)
            await bot.kill()

        async with running_bot(environment, tmp_path / "bot.log") as bot:
            answer = await reply_to(slack, first)
            assert ANSWER in answer.text
            assert "it-handbook.md" in answer.text
            assert WRITTEN in answer.text
            assert await owner.one(USED) == 1

            again = await slack.ask(f"{UNSURE.upper()}")
            assert ANSWER in (await reply_to(slack, again)).text
            await ask_in_one_conversation(slack, "and that one?", again)
            async with asyncio.timeout(WITHIN):
                while not any("I understood" in posted.text for posted in slack.posted):
                    await asyncio.sleep(0.05)
            assert "pinned in the team space" in slack.posted[-1].text
            assert len(model.asked) == 3

            assert (await deep_health(bot))["language_model"]["state"] == "up"
            model.script.append(says(status=429, headers={"Retry-After": "30"}))
            other = await slack.ask(f"{UNSURE} it is broken")
            assert "Did you mean" in (await reply_to(slack, other)).text
            assert "429" in (await deep_health(bot))["language_model"]["state"]

            await owner.run(
                "UPDATE plan_limits SET per_month = 2 WHERE resource_type = 'completions'"
            )
            last = await slack.ask(f"{UNSURE} it is gone")
            offer = await reply_to(slack, last)
            assert "No language model calls are left" in offer.text
            assert "Ask for more" in offer.buttons

            await slack.tell("/usage")
            async with asyncio.timeout(WITHIN):
                while not any("2 of 2 language model calls" in one.text for one in slack.posted):
                    await asyncio.sleep(0.05)
            await at_rest(addresses, within=WITHIN)
            assert await owner.one(USED) == 2
            await agree(owner)
            assert await bot.stop() == 0
        assert KEY not in bot.lines()
        assert '"cache_hit":true' in bot.lines()
        assert '"action":"completion"' in bot.lines()
        assert '"action":"completion_failed"' in bot.lines()
