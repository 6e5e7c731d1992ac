"""A bot on discord.py, and its tests against a simulated Discord: `pytest test_discord_bot.py`."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import yarl
from discord import Client, Intents
from discord.gateway import DiscordWebSocket
from discord.http import Route

pytestmark = pytest.mark.asyncio


class Greeter(Client):
    """A bot like yours."""

    async def on_message(self, message):
        if self.user in message.mentions and not message.author.bot:
            await message.reply(f"Hello {message.author.mention}!")


@asynccontextmanager
async def running(bot, settings, monkeypatch):
    """discord.py has no setting for its addresses: these two are all that is to be changed."""
    monkeypatch.setattr(Route, "BASE", settings["DISCORD_API_URL"])
    gateway = yarl.URL(settings["DISCORD_GATEWAY_URL"])
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
    async with asyncio.TaskGroup() as tasks, bot:
        await bot.login(settings["DISCORD_TOKEN"])
        tasks.create_task(bot.connect())
        await bot.wait_until_ready()
        yield


async def test_a_mention_is_greeted_with_a_reply(discord, monkeypatch):
    async with running(Greeter(intents=Intents.default()), discord.environment, monkeypatch):
        asked = await discord.ask("good morning", channel="general", person="ada")
        await discord.answered(1, timeout=5)

        [reply] = discord.replies_to(asked)
        assert reply.text.startswith("Hello <@")


async def test_a_second_answer_waits_while_discord_says_so(discord, monkeypatch):
    async with running(Greeter(intents=Intents.default()), discord.environment, monkeypatch):
        discord.fail_next(429, retry_after=0.5)
        await discord.ask("good morning")
        await discord.answered(1, timeout=5)


async def test_a_lost_connection_is_survived(discord, monkeypatch):
    async with running(Greeter(intents=Intents.default()), discord.environment, monkeypatch):
        discord.gateway.cut()
        await discord.ask("good morning")  # it is delivered when the session is resumed
        await discord.answered(1, timeout=15)
