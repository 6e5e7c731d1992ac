"""The whole bot behind Discord's signed endpoint."""

from pathlib import Path

from bots.embedded import Addresses
from simulator.discord import DiscordStandIn
from tests.journeys.knowledge import teach
from tests.ports import free_port
from tests.process import bot_environment, running_bot

WITHIN = 60.0


async def test_commands_and_clicks_by_http_are_answered(
    addresses: Addresses, tmp_path: Path
) -> None:
    await teach(addresses)
    port = free_port()
    async with DiscordStandIn() as discord:
        environment = bot_environment(addresses, discord.environment, port=port)
        async with running_bot(environment, tmp_path / "bot.log") as bot:
            await discord.verify_endpoint(f"http://127.0.0.1:{port}/discord/interactions")
            asked = await discord.command("/ask how can I reset my password?", copies=2)
            await discord.answered(1, timeout=WITHIN)
            await discord.command("/usage", person="grace")
            await discord.answered(2, timeout=WITHIN)
            await discord.click(discord.posted[0], "👍", person="grace")
            await discord.command("/help", channel=None)
            await discord.answered(3, timeout=WITHIN)
            assert await bot.stop() == 0

    first, usage, *_ = discord.posted
    assert first.id == discord.interaction(asked).original
    assert "Reset password" in first.text
    assert (first.visible_to, usage.visible_to) == (None, "grace")
    assert set(discord.endpoint.statuses) == {200, 401}
    assert discord.api.unserved == []
    token = discord.interaction(asked).token
    assert token not in (tmp_path / "bot.log").read_text()
