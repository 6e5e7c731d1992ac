"""What the tests of the playground's Discord share: people, rooms, and a bot on discord.py."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from simulator.playground.discord import DiscordScene
from simulator.playground.values import (
    ChannelShown,
    Line,
    MessageShown,
    Person,
    Room,
    WireEvent,
)

PEOPLE = (
    Person(name="maya", display="Maya Chen", admin=True),
    Person(name="tom", display="Tom Okafor"),
)
ROOMS = (
    Room(
        name="help",
        topic="Ask anything",
        lines=(
            Line(
                person="maya",
                text="Who resets **passwords**?",
                ago=timedelta(days=2),
                replies=(Line(person="tom", text="The service desk.", ago=timedelta(days=1)),),
            ),
        ),
    ),
    Room(name="general", lines=(Line(person="tom", text="Lunch?", ago=timedelta(hours=30)),)),
)


class Watch:
    """What a scene tells: wire events, and how often something changed."""

    def __init__(self, scene: DiscordScene) -> None:
        self.scene = scene
        self.changes = 0
        self.events: list[WireEvent] = []
        self._news = asyncio.Event()
        scene.watch(changed=self._changed, heard=self._heard)

    def names(self) -> list[str]:
        return [event.name for event in self.events]

    def named(self, name: str) -> list[WireEvent]:
        return [event for event in self.events if event.name == name]

    async def until(self, is_so: Callable[[], object], *, timeout: float = 60) -> None:
        """Wait until something is so; it is looked at whenever the scene tells of anything."""
        async with asyncio.timeout(timeout):
            while not is_so():
                self._news.clear()
                await self._news.wait()

    async def shown(self, text: str) -> MessageShown:
        """The newest message whose words hold a text, as soon as it is shown."""
        await self.until(lambda: found(self.scene, text))
        return found(self.scene, text)[-1]

    def _changed(self) -> None:
        self.changes += 1
        self._news.set()

    def _heard(self, event: WireEvent) -> None:
        self.events.append(event)
        self._news.set()


def found(scene: DiscordScene, text: str) -> list[MessageShown]:
    return [message for message in scene.pane().messages if text in message.text]


def channel(scene: DiscordScene, name: str) -> ChannelShown:
    return next(one for one in scene.pane().channels if one.name == name and not one.person)


def direct(scene: DiscordScene, person: str) -> ChannelShown:
    return next(one for one in scene.pane().channels if one.person == person)


class Echo(discord.Client):
    """Answers what is for it, with two buttons; it cannot read the rest."""

    def __init__(self) -> None:
        intents = discord.Intents.none()
        intents.guilds = intents.guild_messages = intents.dm_messages = True
        super().__init__(intents=intents)
        self.heard: list[discord.Message] = []
        self.tree = app_commands.CommandTree(self)

        @self.tree.command(name="echo", description="Repeat something.")
        async def echo(interaction: Any, text: str) -> None:
            await interaction.response.send_message(f"echo {text}", ephemeral=True)

        @self.tree.command(name="slow", description="Take one's time.")
        async def slow(interaction: Any) -> None:
            await interaction.response.defer()
            await asyncio.sleep(0.3)
            await interaction.followup.send("slow **answer**")

        @self.tree.command(name="silent", description="Do not answer.")
        async def silent(_: Any) -> None:
            return

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        if message.author.bot:
            return
        self.heard.append(message)
        if message.guild and self.user not in message.mentions:
            return
        view = discord.ui.View(timeout=None)
        for name in ("Yes", "No"):
            view.add_item(discord.ui.Button(label=name, custom_id=f"echo:{name}"))
        said = message.content.replace(f"<@{message.channel._state.self_id}>", "").strip()
        await message.reply(f"You said: {said}", view=view)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        if interaction.type is discord.InteractionType.component:
            data: Any = interaction.data
            await interaction.response.send_message(f"clicked {data['custom_id']}")


@asynccontextmanager
async def bot_in(scene: DiscordScene, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Echo]:
    """The bot, ready, with its commands announced."""
    environment = scene.environment
    monkeypatch.setattr(Route, "BASE", environment["DISCORD_API_URL"])
    monkeypatch.setattr(
        DiscordWebSocket, "DEFAULT_GATEWAY", URL(environment["DISCORD_GATEWAY_URL"])
    )
    client = Echo()
    client._connection.guild_ready_timeout = 0.2
    async with client:
        task = asyncio.ensure_future(client.start(environment["DISCORD_TOKEN"]))
        try:
            await scene.stand_in.connected()
            await asyncio.wait_for(client.wait_until_ready(), 60)
            yield client
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
