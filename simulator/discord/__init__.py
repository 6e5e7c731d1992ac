"""A stand-in for Discord: the REST API and the gateway, version 10."""

from simulator.discord.standin import DiscordStandIn

__all__ = ["DiscordStandIn"]
