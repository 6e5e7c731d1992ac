"""Bots on slack-bolt, as its README shows them, against the stand-in on both transports."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_server import AsyncSlackAppServer
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond, AsyncSay
from slack_sdk.web.async_client import AsyncWebClient

from simulator.slack import SlackStandIn
from tests.platforms.slack import served, until


@pytest.fixture(params=["http", "sockets"])
async def slack(request: pytest.FixtureRequest) -> AsyncIterator[SlackStandIn]:
    async with SlackStandIn(
        retry_delays=(0.05, *[0.1] * 100), both_events=False, socket_mode=request.param == "sockets"
    ) as standin:
        yield standin


@asynccontextmanager
async def running(slack: SlackStandIn) -> AsyncIterator[AsyncApp]:
    """A bolt app with nothing in it yet, connected to the stand-in."""
    async with aiohttp.ClientSession() as session:
        app = AsyncApp(
            token=slack.environment["SLACK_BOT_TOKEN"],
            signing_secret=slack.signing_secret,
            client=AsyncWebClient(
                token=slack.environment["SLACK_BOT_TOKEN"],
                base_url=slack.environment["SLACK_API_URL"],
                session=session,
            ),
        )
        if slack.socket_mode:
            handler = AsyncSocketModeHandler(
                app, slack.environment["SLACK_APP_TOKEN"], ping_interval=0.5
            )
            await handler.connect_async()  # type: ignore[no-untyped-call]
            try:
                await until(lambda: slack.api.sockets.open)
                yield app
            finally:
                await handler.close_async()  # type: ignore[no-untyped-call]
        else:
            server = AsyncSlackAppServer(port=0, path="/slack/events", app=app)
            async with served([web.post("/slack/events", server.handle_post_requests)]) as base:
                slack.targets = [base]
                yield app


async def test_an_echo_bot_answers_mentions_and_direct_messages(slack: SlackStandIn) -> None:
    async with running(slack) as app:

        @app.event("app_mention")
        async def mentioned(event: dict[str, str], say: AsyncSay) -> None:
            await say(text=f"What's up? {event['text']}", thread_ts=event["ts"])

        @app.event("message")
        async def written(event: dict[str, str], say: AsyncSay) -> None:
            await say(text=event["text"], thread_ts=event["ts"])

        asked = [await slack.ask(f"number {number}", channel="random") for number in range(5)]
        told = await slack.tell("and & me")
        await slack.answered(6, timeout=60)
        for one in asked:
            (reply,) = slack.replies_to(one)
            assert reply.text.endswith(one.text)
        assert [reply.text for reply in slack.replies_to(told)] == ["and & me"]
    assert slack.api.unknown == []


async def test_a_command_with_a_button_is_answered(slack: SlackStandIn) -> None:
    async with running(slack) as app:

        @app.command("/hello-bolt")
        async def command(ack: AsyncAck, body: dict[str, str], respond: AsyncRespond) -> None:
            await ack(f"Hi <@{body['user_id']}>!")
            button = {"type": "button", "action_id": "go", "value": "1"}
            button |= {"text": {"type": "plain_text", "text": "Go"}}  # type: ignore[dict-item]
            blocks = [{"type": "actions", "elements": [button]}]
            await respond(text="ready?", blocks=blocks, response_type="in_channel")

        @app.action("go")
        async def go(ack: AsyncAck, respond: AsyncRespond, body: dict[str, Any]) -> None:
            await ack()
            await respond(f"gone at {body['actions'][0]['value']}", replace_original=False)

        used = await slack.command("/hello-bolt now", person="ada")
        await slack.answered(2, timeout=60)
        replies = {reply.text: reply for reply in slack.replies_to(used)}
        greeting = next(text for text in replies if text.startswith("Hi <@U"))
        assert replies[greeting].visible_to == "ada"
        question = next(reply for reply in replies.values() if reply.buttons)
        assert (question.buttons, question.visible_to) == (("Go",), None)
        clicked = await slack.click(question, "Go", person="bob")
        await slack.answered(3, timeout=60)
        assert [reply.text for reply in slack.replies_to(clicked)] == ["gone at 1"]
        await until(lambda: len(slack.attempts) == 2)
    assert {attempt.status for attempt in slack.attempts} == {200}


async def test_a_modal_is_opened_and_submitted(slack: SlackStandIn) -> None:
    done: list[object] = []
    async with running(slack) as app:
        title = {"type": "plain_text", "text": "My App"}
        modal = {"type": "modal", "callback_id": "view-id", "title": title, "blocks": []}

        @app.command("/open")
        async def command(ack: AsyncAck, body: dict[str, str], client: AsyncWebClient) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=modal)

        @app.view("view-id")
        async def submitted(ack: AsyncAck, view: dict[str, Any]) -> None:
            await ack()
            done.append(view["state"]["values"])

        await slack.command("/open")
        await until(lambda: slack.api.views.shown)
        (view_id,) = slack.api.views.shown
        await slack.submit(view_id, {"block": {"name": {"value": "Ada"}}})
        await until(lambda: done)
    assert done == [{"block": {"name": {"value": "Ada"}}}]


async def test_the_rarer_events_are_told(slack: SlackStandIn) -> None:
    heard: list[str] = []

    def listen(app: AsyncApp, name: str) -> None:
        async def note() -> None:
            heard.append(name)

        app.event(name)(note)

    async with running(slack) as app:
        names = ["reaction_added", "app_home_opened", "member_joined_channel"]
        for name in names:
            listen(app, name)
        channel = slack.workspace.channel("general")
        await app.client.chat_postMessage(channel=channel, text="hello")
        await slack.react(slack.posted[0], "eyes")
        await slack.open_app(tab="home")
        await slack.join()
        await until(lambda: len(heard) == len(names))
    assert sorted(heard) == sorted(names)


async def test_a_bolt_bot_outlives_a_refresh_and_a_cut() -> None:
    async with (
        SlackStandIn(
            retry_delays=(0.05, *[0.1] * 100), both_events=False, socket_mode=True
        ) as slack,
        running(slack) as app,
    ):

        @app.event("app_mention")
        async def mentioned(event: dict[str, str], say: AsyncSay) -> None:
            await say(text=event["text"], thread_ts=event["ts"])

        await slack.api.sockets.disconnect("refresh_requested")
        await until(lambda: slack.api.sockets.opened >= 2)
        await slack.ask("after the refresh")
        await slack.answered(1, timeout=60)
        opened = slack.api.sockets.opened
        slack.api.sockets.cut()
        await until(lambda: slack.api.sockets.opened > opened)
        await slack.ask("after the cut")
        await slack.answered(2, timeout=60)
