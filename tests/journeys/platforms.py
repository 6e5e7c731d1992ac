"""The three platforms as the journeys see them: one stand-in, whichever it is."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from simulator.discord import DiscordStandIn
from simulator.slack import SlackStandIn
from simulator.standin import Asked, StandIn
from simulator.telegram import TelegramStandIn

PLATFORMS = ("slack", "discord", "telegram")
PATIENT_RETRIES = (0.3, 0.5, 1, 2, 3, 4, 5, 5, 5)
"""Seconds: Slack's three retries over six minutes, squeezed into a test's time."""


@asynccontextmanager
async def open_stand_in(
    name: str, *, ports: Sequence[int], shared: bool = False
) -> AsyncIterator[StandIn]:
    """A platform for bots on these HTTP ports; `shared`: each of them gets every event."""
    match name:
        case "slack":
            slack = SlackStandIn(
                [f"http://127.0.0.1:{port}" for port in ports],
                retry_delays=PATIENT_RETRIES,
                every_target=shared,
            )
            async with slack:
                yield slack
        case "discord":
            async with DiscordStandIn() as discord:
                yield discord
        case "telegram":
            async with TelegramStandIn(shared_polling=shared, longest_poll=5) as telegram:
                yield telegram
        case _:
            raise AssertionError(name)


async def ask_in_one_conversation(
    stand_in: StandIn, text: str, root: Asked, *, channel: str = "general"
) -> Asked:
    """Ask again where a message was asked, in what is one conversation on that platform."""
    match stand_in:
        case SlackStandIn():
            return await stand_in.ask(text, channel=channel, thread=root)
        case TelegramStandIn():
            return await stand_in.ask(text, channel=channel, reply_to=root)
        case _:
            return await stand_in.ask(text, channel=channel)


def all_acknowledged(stand_in: StandIn) -> bool:
    """Whether the bot took every message, where the platform asks for that: Discord does not."""
    match stand_in:
        case SlackStandIn():
            events = 2 if stand_in.both_events else 1
            taken = {attempt.event_id for attempt in stand_in.attempts if attempt.acknowledged}
            return len(taken) == events * len(stand_in.asked)
        case TelegramStandIn():
            return len(stand_in.updates) == 0
        case _:
            return True
