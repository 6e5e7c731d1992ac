"""Attach files to messages, on every platform."""

from simulator.discord import DiscordStandIn
from simulator.slack import SlackStandIn
from simulator.standin import StandIn
from simulator.telegram import TelegramStandIn, Upload

CSV = "text/csv"


async def attach(
    stand_in: StandIn, name: str, content: bytes, *, text: str = "look", kind: str = CSV
) -> None:
    """Send a file to the bot, with some words."""
    match stand_in:
        case SlackStandIn():
            await stand_in.share(name, content, text=text)
        case DiscordStandIn():
            stand_in.upload(name, content, text, content_type=kind)
        case TelegramStandIn():
            stand_in.upload([Upload(name, kind, content)], caption=text)
        case _:
            raise AssertionError(f"nobody can attach anything to {stand_in}")
