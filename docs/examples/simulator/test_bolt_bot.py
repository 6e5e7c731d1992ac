"""A bot on slack-bolt, and its tests against a simulated Slack: `pytest test_bolt_bot.py`."""

import pytest
from aiohttp.test_utils import TestServer
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

pytestmark = pytest.mark.asyncio


def make_bot(settings):
    """A bot like yours: only its address is a setting."""
    client = AsyncWebClient(settings["SLACK_BOT_TOKEN"], base_url=settings["SLACK_API_URL"])
    app = AsyncApp(client=client, signing_secret=settings["SLACK_SIGNING_SECRET"])

    @app.event("app_mention")
    async def greet(event, say):
        await say(f"Hello <@{event['user']}>!", thread_ts=event.get("thread_ts", event["ts"]))

    @app.command("/hello")
    async def whisper(ack, command):
        await ack(f"Hello {command['user_name']}, between you and me!")

    @app.event("message")
    async def ignore():
        """Slack sends a mention a second time, as a message of the channel."""

    return app


async def test_a_mention_is_greeted_in_its_thread(slack):
    async with TestServer(make_bot(slack.environment).web_app()) as server:
        slack.targets = [str(server.make_url(""))]

        asked = await slack.ask("good morning", channel="general", person="ada")
        await slack.answered(1, timeout=5)

        [reply] = slack.replies_to(asked)
        assert reply.text.startswith("Hello <@U")


async def test_a_greeting_that_slack_refuses_is_no_greeting(slack):
    async with TestServer(make_bot(slack.environment).web_app()) as server:
        slack.targets = [str(server.make_url(""))]
        slack.fail_next(error="is_archived")

        await slack.ask("good morning", channel="old")
        await slack.ask("good morning", channel="general")
        await slack.answered(1, timeout=5)

        assert len(slack.posted) == 1


async def test_a_command_is_answered_to_one_person_over_socket_mode(slack):
    slack.socket_mode = True
    settings = {"SLACK_SIGNING_SECRET": "not needed", **slack.environment}
    handler = AsyncSocketModeHandler(make_bot(settings), settings["SLACK_APP_TOKEN"])
    await handler.connect_async()
    try:
        await slack.command("/hello", person="ada")
        await slack.answered(1, timeout=5)

        assert slack.posted[0].text == "Hello ada, between you and me!"
        assert slack.posted[0].visible_to == "ada"
    finally:
        await handler.close_async()
