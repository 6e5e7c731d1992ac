"""Discord in the playground."""

from simulator.playground.discord.scene import DiscordScene

__all__ = ["DiscordScene"]
