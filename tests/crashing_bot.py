"""The bot, dying as by kill -9 at a named point: `python -m tests.crashing_bot POINT N`.

With words instead of N it dies whenever it is there with them: `... answering "this kills me"`.
A third argument is a file: it lives on at the point until that is there.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from adapters.platforms.discord.adapter import DiscordAdapter
from adapters.platforms.slack.adapter import SlackAdapter
from adapters.platforms.telegram.adapter import TelegramAdapter
from adapters.stores.postgres.inbox import PostgresInbox
from adapters.stores.postgres.outbox import PostgresOutbox
from adapters.stores.postgres.threads import PostgresRecorded, PostgresThreads
from adapters.stores.postgres.waiting import PostgresWaiting
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

LATE_POINTS: dict[str, tuple[tuple[type, ...], str, bool]] = {
    "before-late-answers": ((PostgresWaiting,), "answer", False),
    "late-answers": ((PostgresWaiting,), "answer", True),
}
"""On the way of those who wait, where not every message comes by."""

Method = Callable[..., Awaitable[Any]]
Trigger = Callable[..., bool]
"""Whether a call with these arguments is the last thing that this process does."""


class Countdown:
    """Goes off at its last count."""

    def __init__(self, count: int) -> None:
        self.left = count

    def __call__(self, *_: Any) -> bool:
        self.left -= 1
        return self.left == 0


class Poison:
    """Goes off whenever its words are in what is handled."""

    def __init__(self, words: str) -> None:
        self.words = words

    def __call__(self, *arguments: Any) -> bool:
        return any(self.words in repr(argument) for argument in arguments)


def crash_at(point: str, trigger: Trigger, *, until: Path | None = None) -> None:
    """End the process at a point where the trigger goes off, as soon as a file is there."""
    owners, name, after = (POINTS | LATE_POINTS)[point]
    for owner in owners:
        setattr(owner, name, _dying(getattr(owner, name), trigger, after, until))


def _dying(method: Method, trigger: Trigger, after: bool, until: Path | None) -> Method:
    async def call(*arguments: Any, **named: Any) -> Any:
        if not after and trigger(*arguments):
            await _die(until)
        result = await method(*arguments, **named)
        if after and trigger(*arguments):
            await _die(until)
        return result

    return call


async def _die(until: Path | None) -> None:
    while until is not None and not until.exists():
        await asyncio.sleep(0.01)
    os._exit(KILLED)


if __name__ == "__main__":
    point, given, *lives_on = sys.argv[1:]
    trigger = Countdown(int(given)) if given.isdecimal() else Poison(given)
    crash_at(point, trigger, until=Path(lives_on[0]) if lives_on else None)
    sys.argv[1:] = ["serve"]
    main()
