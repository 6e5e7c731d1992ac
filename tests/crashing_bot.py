"""The bot, dying as by kill -9 at a named point: `python -m tests.crashing_bot POINT N`."""

import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from adapters.platforms.discord.adapter import DiscordAdapter
from adapters.platforms.slack.adapter import SlackAdapter
from adapters.platforms.telegram.adapter import TelegramAdapter
from adapters.stores.postgres.inbox import PostgresInbox
from adapters.stores.postgres.outbox import PostgresOutbox
from adapters.stores.postgres.threads import PostgresRecorded, PostgresThreads
from bots.main import main
from core.router import Router

KILLED = 137

SENDERS: tuple[type, ...] = (SlackAdapter, DiscordAdapter, TelegramAdapter)
POINTS: dict[str, tuple[tuple[type, ...], str, bool]] = {
    # name: whose, which method, after it (else before)
    "before-admission": ((PostgresInbox,), "admit", False),
    "admitted": ((PostgresInbox,), "admit", True),
    "answering": ((Router,), "__call__", False),
    "answered": ((Router,), "__call__", True),
    "settled": ((PostgresInbox,), "settle", True),
    "before-post": (SENDERS, "send", False),
    "posted": (SENDERS, "send", True),
    "sent": ((PostgresOutbox,), "sent", True),
    "before-turns": ((PostgresThreads,), "append", False),
    "turns-written": ((PostgresThreads,), "append", True),
    "recorded": ((PostgresRecorded,), "mark", True),
}

Method = Callable[..., Awaitable[Any]]


class Countdown:
    """Ends the process at its last count."""

    def __init__(self, count: int) -> None:
        self.left = count

    def __call__(self) -> None:
        self.left -= 1
        if self.left == 0:
            os._exit(KILLED)


def crash_at(point: str, count: int) -> None:
    """Let the n-th call of a point be the last thing that this process does."""
    owners, name, after = POINTS[point]
    tick = Countdown(count)
    for owner in owners:
        setattr(owner, name, _dying(getattr(owner, name), tick, after=after))


def _dying(method: Method, tick: Countdown, *, after: bool) -> Method:
    async def call(*arguments: Any, **named: Any) -> Any:
        if not after:
            tick()
        result = await method(*arguments, **named)
        if after:
            tick()
        return result

    return call


if __name__ == "__main__":
    crash_at(sys.argv[1], int(sys.argv[2]))
    sys.argv[1:] = ["serve"]
    main()
