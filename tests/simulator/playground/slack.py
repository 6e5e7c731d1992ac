"""What the tests of the playground's Slack share: a populated team, and a small bot in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from simulator.playground.scene import Scene
from simulator.playground.slack import SlackScene
from simulator.playground.values import (
    ChannelShown,
    Line,
    MessageShown,
    Person,
    Room,
    Say,
    WireEvent,
)
from tests.platforms.slack import until

ADA = Person(name="ada", display="Ada Lovelace", about="engineer", admin=True)
BOB = Person(name="bob", display="Bob Stone", about="support")
GENERAL = Room(
    name="general",
    topic="Everything & more",
    lines=(
        Line(
            person="bob",
            text="Where is the *printer*?",
            ago=timedelta(days=2),
            replies=(Line(person="ada", text="Second floor", ago=timedelta(days=1)),),
        ),
    ),
)
RANDOM = Room(name="random")
ANSWER = {"type": "markdown", "text": "**Yes**, see [the page](https://example.com/a)."}
BUTTONS = {
    "type": "actions",
    "elements": [
        {
            "type": "button",
            "action_id": f"rate_{value}",
            "value": value,
            "text": {"type": "plain_text", "text": label},
        }
        for value, label in (("up", "👍"), ("down", ":thumbsdown:"))
    ],
}


@dataclass
class Watched:
    """What a scene told, and how often the pane changed."""

    events: list[WireEvent] = field(default_factory=list)
    changes: int = 0

    def change(self) -> None:
        self.changes += 1

    def named(self, name: str) -> list[WireEvent]:
        return [event for event in self.events if event.name == name]


def watched(scene: SlackScene) -> Watched:
    watch = Watched()
    scene.watch(changed=watch.change, heard=watch.events.append)
    return watch


def populated() -> SlackScene:
    scene = SlackScene()
    shown: Scene = scene
    shown.populate([ADA, BOB], [GENERAL, RANDOM])
    return scene


def channel(scene: SlackScene, name: str = "general") -> ChannelShown:
    return next(one for one in scene.pane().channels if one.name == name)


def direct(scene: SlackScene, person: str = "ada") -> ChannelShown:
    return next(one for one in scene.pane().channels if one.person == person)


def messages(scene: SlackScene, author: str | None = None) -> list[MessageShown]:
    return [one for one in scene.pane().messages if author in (None, one.author)]


def mention(scene: SlackScene, text: str = "@Trialogue is it?", thread: str | None = None) -> Say:
    return Say(channel=channel(scene).id, person="ada", text=text, thread=thread)


async def shown(scene: SlackScene, count: int, author: str = "") -> list[MessageShown]:
    """The messages of the bot, once there are so many."""
    await until(lambda: len(messages(scene, author)) >= count)
    return messages(scene, author)


@asynccontextmanager
async def bot(scene: SlackScene) -> AsyncIterator[AsyncApp]:
    """A bolt app in Socket Mode that answers mentions, direct messages, commands and clicks."""
    environment = scene.environment
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(
            token=environment["SLACK_BOT_TOKEN"],
            base_url=environment["SLACK_API_URL"],
            session=session,
        )
        app = AsyncApp(token=environment["SLACK_BOT_TOKEN"], client=client)
        _teach(app)
        handler = AsyncSocketModeHandler(app, environment["SLACK_APP_TOKEN"], ping_interval=0.5)
        await handler.connect_async()  # type: ignore[no-untyped-call]
        try:
            await until(lambda: scene.connected)
            yield app
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]


def _teach(app: AsyncApp) -> None:
    async def answer(event: dict[str, str], client: AsyncWebClient) -> None:
        await client.chat_postMessage(
            channel=event["channel"],
            thread_ts=event.get("thread_ts", event["ts"]),
            text="Yes",
            blocks=[ANSWER, BUTTONS],
        )

    async def usage(ack: AsyncAck, respond: AsyncRespond, body: dict[str, str]) -> None:
        await ack()
        await respond(text=f"used by <@{body['user_id']}>: {body['text']}", blocks=[])

    async def rate(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond(text="thanks", response_type="ephemeral", replace_original=False)

    async def listen() -> None:
        pass

    app.event("app_mention")(answer)
    app.event("message")(answer)
    for name in ("reaction_added", "reaction_removed"):
        app.event(name)(listen)

    async def ask(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        for text in ("First", "Second"):
            await respond(text=text, blocks=[], response_type="in_channel")

    app.command("/ask")(ask)
    app.command("/usage")(usage)
    app.action("rate_up")(rate)
