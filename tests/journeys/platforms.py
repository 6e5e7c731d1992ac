"""The three platforms as the journeys see them: one stand-in, whichever it is."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from simulator.discord import DiscordStandIn
from simulator.slack import SlackStandIn
from simulator.standin import Asked, StandIn
from simulator.telegram import TelegramStandIn

PLATFORMS = ("slack", "discord", "telegram")
REACHED_WITHIN = 60.0
PATIENT_RETRIES = (0.3, 0.5, 1, 2, *[3] * 60)
"""Seconds: as long as Slack delivers again, in smaller steps. A bot may take its time to start."""


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


async def reached(*stand_ins: StandIn, bots: int = 1) -> None:
    """Wait until the bots hear of everything: what is no message of a channel Discord tells once.

    The others deliver again, or keep it until they are asked.
    """
    for stand_in in stand_ins:
        if isinstance(stand_in, DiscordStandIn):
            async with asyncio.timeout(REACHED_WITHIN):
                await stand_in.gateway.has_connected(bots)
                await stand_in.guilds.registered("ask")


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
